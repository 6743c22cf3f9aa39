import { addDims, type Dim, productOfDims } from '../dims.ts'
import * as ops from '../ops.ts'
import { shapeOf } from '../shapes.ts'
import { is, makeNode, type Sym } from '../sym.ts'
import type { Rule } from './rules.ts'
import { scaled, scaleOf } from './scales.ts'
import { constantValue, expandTo, filled, sameShape } from './uniform.ts'

const reshape: Rule<'reshape'> = (node, usedOnce) => {
  const x = node.inputs[0]
  if (sameShape(x.shape, node.shape)) return x
  if (x.primitive === 'reshape') return ops.reshape(x.inputs[0], node.shape)
  if (x.primitive === 'expand' && productOfDims(x.inputs[0].shape) === 1)
    return ops.expand(ops.reshape(x.inputs[0], []), node.shape)
  if ((is(x, 'sum') || is(x, 'max')) && usedOnce(x)) {
    const attributes = { ...x.attributes, keepDims: !x.attributes.keepDims }
    const { shape } = shapeOf(x.primitive, x.inputs, attributes as never)
    if (sameShape(shape, node.shape)) return makeNode(x.primitive, x.inputs, attributes as never)
  }
  // Outward, where a product may take it up.
  const scale = usedOnce(x) ? scaleOf(x) : undefined
  return scale === undefined ? undefined : scaled(ops.reshape(scale.base, node.shape), scale.factor)
}

const transpose: Rule<'transpose'> = (node) => {
  const x = node.inputs[0]
  const { permutation } = node.attributes
  if (is(x, 'transpose'))
    return ops.transpose(
      x.inputs[0],
      permutation.map((axis) => x.attributes.permutation[axis]),
    )
  const moved = permutation.filter((axis) => x.shape[axis] !== 1)
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]) ? ops.reshape(x, node.shape) : undefined
}

const expand: Rule<'expand'> = (node) => {
  const x = node.inputs[0]
  if (sameShape(x.shape, node.shape)) return x
  if (x.primitive === 'expand') return ops.expand(x.inputs[0], node.shape)
  if (constantValue(x) !== undefined) return undefined // the canonical form of a uniform array
  if (productOfDims(x.shape) === productOfDims(node.shape)) return ops.reshape(x, node.shape)
  if (x.primitive !== 'reshape') return undefined
  // Axes of extent 1 in front come by themselves.
  const source = x.inputs[0]
  const added = x.shape.length - source.shape.length
  const isPrefixed = added > 0 && sameShape(x.shape, [...new Array<Dim>(added).fill(1), ...source.shape])
  return isPrefixed ? ops.expand(source, node.shape) : undefined
}

const slice: Rule<'slice'> = (node) => {
  const x = node.inputs[0]
  const { axis, start, end } = node.attributes
  if (sameShape(x.shape, node.shape)) return x
  if (is(x, 'slice') && x.attributes.axis === axis)
    return ops.slice(x.inputs[0], axis, addDims(x.attributes.start, start), addDims(x.attributes.start, end))
  if (is(x, 'pad') && x.attributes.axis === axis) {
    const inner = x.inputs[0]
    const isInner = x.attributes.before === start && addDims(start, inner.shape[axis]) === end
    return isInner ? inner : undefined
  }
  if (is(x, 'concat') && x.attributes.axis === axis) {
    let from: Dim = 0
    for (const part of x.inputs) {
      const to = addDims(from, part.shape[axis])
      if (from === start && to === end) return part
      from = to
    }
  }
  if (is(x, 'expand')) {
    const source = x.inputs[0]
    const own = source.shape[axis - x.shape.length + source.shape.length]
    if (own !== x.shape[axis]) return expandTo(source, node.shape)
  }
  return undefined
}

const concat: Rule<'concat'> = (node) => {
  const { axis } = node.attributes
  const parts = node.inputs
    .filter((x) => x.shape[axis] !== 0)
    .flatMap((x) => (is(x, 'concat') && x.attributes.axis === axis ? x.inputs : [x]))
  if (parts.length === 0) return filled(0, node)
  if (parts.length === 1) return parts[0]
  return sameParts(parts, node.inputs) ? undefined : ops.concat(parts, axis)
}

const sameParts = (a: readonly Sym[], b: readonly Sym[]) => a.length === b.length && a.every((x, i) => x === b[i])

const pad: Rule<'pad'> = (node) => {
  const x = node.inputs[0]
  if (sameShape(x.shape, node.shape)) return x
  return constantValue(x) === 0 ? filled(0, node) : undefined
}

export const layoutRules = { reshape, transpose, expand, slice, concat, pad }
