import { addDims, type Dim, productOfDims } from './dims.ts'
import * as ops from './ops.ts'
import { shapeOf } from './shapes.ts'
import { is, makeNode, type PrimitiveName, type Sym } from './sym.ts'

/** Whether a node's result is used in one place only, so that moving work into it repeats nothing. */
type UsedOnce = (node: Sym) => boolean
type Rule<P extends PrimitiveName> = (node: Sym<P>, usedOnce: UsedOnce) => Sym | undefined

/**
 * A node that computes the same with less, or undefined. Inputs have been rewritten before; new nodes will be rewritten after, so a
 * rule takes one step. Every rule must lower some cost, or two rules could undo one another for ever.
 */
export function rewrite<P extends PrimitiveName>(node: Sym<P>, usedOnce: UsedOnce): Sym | undefined {
  const value = constantValue(node)
  if (value !== undefined && !isCanonicalConstant(node)) return filled(value, node)
  return rules[node.primitive]?.(node, usedOnce)
}

const sameShape = (a: readonly Dim[], b: readonly Dim[]) => a.length === b.length && a.every((dim, i) => dim === b[i])

const expandTo = (x: Sym, shape: readonly Dim[]) => (sameShape(x.shape, shape) ? x : ops.expand(x, shape))

const filled = (value: number, like: Sym) => expandTo(ops.asSym(value, like.dtype), like.shape)

/** The number that every element equals, where the graph says so. */
function constantValue(node: Sym): number | undefined {
  if (is(node, 'constant')) {
    const { value } = node.attributes
    if (typeof value === 'number') return value
    const first = value.data[0]
    return value.data.length <= 64 && value.data.every((x) => x === first) ? first : undefined
  }
  return node.primitive === 'expand' || node.primitive === 'reshape' || node.primitive === 'transpose'
    ? constantValue(node.inputs[0]!)
    : undefined
}

function isCanonicalConstant(node: Sym): boolean {
  if (is(node, 'constant')) return typeof node.attributes.value === 'number'
  return is(node, 'expand') && isCanonicalConstant(node.inputs[0]!) && node.inputs[0]!.shape.length === 0
}

// Elementwise: compute before repeating, and let the consumer broadcast.

function beforeExpand(node: Sym): Sym | undefined {
  const sources = node.inputs.map((x) => (x.primitive === 'expand' ? x.inputs[0]! : x))
  if (sources.every((x, i) => x === node.inputs[i])) return undefined
  return expandTo(makeNode(node.primitive, sources, node.attributes), node.shape)
}

/** Applies `rule` where no operand is an expand any more: uniform operands are then scalar constants. */
function elementwise<P extends PrimitiveName>(rule?: Rule<P>): Rule<P> {
  return (node, usedOnce) => beforeExpand(node) ?? rule?.(node, usedOnce)
}

const isValue = (x: Sym, value: number) => is(x, 'constant') && constantValue(x) === value

// Scales: x · c, x / c and −x for a constant c are carried to one place, best into a product that scales for nothing.

function scaleOf(node: Sym): { base: Sym; factor: number } | undefined {
  const [a, b] = node.inputs as [Sym, Sym]
  if (node.primitive === 'negate') return { base: a, factor: -1 }
  const [left, right] = [a, b].map((x) => (x !== undefined && x.shape.length === 0 ? constantValue(x) : undefined))
  if (node.primitive === 'multiply' && right !== undefined) return { base: a, factor: right }
  if (node.primitive === 'multiply' && left !== undefined) return { base: b, factor: left }
  if (node.primitive === 'divide' && right !== undefined && right !== 0) return { base: a, factor: 1 / right }
  return undefined
}

function scaled(x: Sym, factor: number): Sym {
  if (factor === 1) return x
  return factor === -1 ? ops.negate(x) : ops.multiply(x, factor)
}

function rescale(node: Sym, usedOnce: UsedOnce): Sym | undefined {
  const scale = scaleOf(node)
  if (scale === undefined) return undefined
  const { base, factor } = scale
  if (factor === 0) return filled(0, node)
  if (factor === 1 || (factor === -1 && node.primitive !== 'negate')) return scaled(base, factor)
  const inner = scaleOf(base)
  if (inner !== undefined) return scaled(inner.base, factor * inner.factor)
  if (is(base, 'matmul') && usedOnce(base)) return scaledProduct(base, factor)
  const product = base.primitive === 'reshape' && usedOnce(base) ? base.inputs[0]! : undefined
  if (product !== undefined && is(product, 'matmul') && usedOnce(product))
    return ops.reshape(scaledProduct(product, factor), base.shape)
  if (node.primitive === 'negate' && base.primitive === 'subtract' && usedOnce(base))
    return ops.subtract(base.inputs[1]!, base.inputs[0]!)
  return undefined
}

function scaledProduct(product: Sym<'matmul'>, factor: number): Sym {
  return makeNode('matmul', product.inputs, {
    ...product.attributes,
    scale: product.attributes.scale * factor,
  })
}

const add: Rule<'add'> = (node) => {
  const [a, b] = node.inputs as [Sym, Sym]
  if (isValue(a, 0)) return b
  if (isValue(b, 0)) return a
  if (b.primitive === 'negate') return ops.subtract(a, b.inputs[0]!)
  if (a.primitive === 'negate') return ops.subtract(b, a.inputs[0]!)
  if (is(a, 'pad') && is(b, 'pad')) return joinedPads(a, b) ?? joinedPads(b, a)
  return undefined
}

/** Slices of one array send their gradients back as padded parts; neighbors are put side by side instead of added. */
function joinedPads(first: Sym<'pad'>, second: Sym<'pad'>): Sym | undefined {
  const { axis, before } = first.attributes
  const [a, b] = [first.inputs[0]!, second.inputs[0]!]
  const isNext = second.attributes.axis === axis && second.attributes.before === addDims(before, a.shape[axis]!)
  return isNext ? ops.pad(ops.concat([a, b], axis), axis, before, second.attributes.after) : undefined
}

const subtract: Rule<'subtract'> = (node) => {
  const [a, b] = node.inputs as [Sym, Sym]
  if (isValue(b, 0)) return a
  if (isValue(a, 0)) return ops.negate(b)
  return b.primitive === 'negate' ? ops.add(a, b.inputs[0]!) : undefined
}

const multiply: Rule<'multiply'> = (node, usedOnce) => {
  const simpler = rescale(node, usedOnce)
  if (simpler !== undefined || scaleOf(node) !== undefined) return simpler
  const [a, b] = node.inputs as [Sym, Sym]
  for (const [x, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (x.primitive === 'divide' && isValue(x.inputs[0]!, 1)) return ops.divide(other, x.inputs[1]!)
    const scale = scaleOf(x)
    // Outward only where the scale then runs over no more elements than before.
    if (scale !== undefined && usedOnce(x) && sameShape(x.shape, node.shape))
      return scaled(ops.multiply(scale.base, other), scale.factor)
  }
  return undefined
}

const divide: Rule<'divide'> = (node, usedOnce) =>
  isValue(node.inputs[0]!, 0) ? filled(0, node) : rescale(node, usedOnce)

const where: Rule<'where'> = (node) => {
  const [mask, a, b] = node.inputs as [Sym, Sym, Sym]
  const chosen = is(mask, 'constant') ? constantValue(mask) : undefined
  return chosen === undefined ? undefined : expandTo(chosen !== 0 ? a : b, node.shape)
}

// Products and sums.

const matmul: Rule<'matmul'> = (node) => {
  const [a, b] = node.inputs as [Sym, Sym]
  const { attributes } = node
  if (constantValue(a) === 0 || constantValue(b) === 0) return filled(0, node)
  for (const [i, x] of node.inputs.entries()) {
    const replaced = (y: Sym, changed: Partial<typeof attributes> = {}) =>
      makeNode('matmul', i === 0 ? [y, b] : [a, y], { ...attributes, ...changed })
    const scale = scaleOf(x)
    if (scale !== undefined) return replaced(scale.base, { scale: attributes.scale * scale.factor })
    if (is(x, 'transpose') && swapsLastTwo(x.attributes.permutation))
      return replaced(
        x.inputs[0]!,
        i === 0 ? { transposeA: !attributes.transposeA } : { transposeB: !attributes.transposeB },
      )
    // The batch axes of a product broadcast, so repeating them beforehand is for nothing unless they would be lost.
    const source = is(x, 'expand') ? x.inputs[0]! : x
    if (source === x || source.shape.length < 2 || !sameShape(source.shape.slice(-2), x.shape.slice(-2))) continue
    const inputs = i === 0 ? [source, b] : [a, source]
    if (sameShape(shapeOf('matmul', inputs, attributes).shape, node.shape)) return replaced(source)
  }
  return undefined
}

function swapsLastTwo(permutation: readonly number[]): boolean {
  const rank = permutation.length
  return rank >= 2 && permutation.every((axis, i) => axis === (i === rank - 1 ? i - 1 : i === rank - 2 ? i + 1 : i))
}

const sum: Rule<'sum'> = (node) => {
  const x = node.inputs[0]!
  const { axes, keepDims } = node.attributes
  if (axes.every((axis) => x.shape[axis] === 1)) return ops.reshape(x, node.shape)
  const scale = scaleOf(x)
  if (scale !== undefined) return scaled(ops.sum(scale.base, axes, { keepDims }), scale.factor)
  if (is(x, 'sum')) return ops.reshape(sumOfSum(x, axes), node.shape)
  return is(x, 'expand') ? sumOfExpand(x, node) : undefined
}

function sumOfSum(inner: Sym<'sum'>, axes: readonly number[]): Sym {
  const source = inner.inputs[0]!
  const { axes: innerAxes, keepDims } = inner.attributes
  const left = source.shape.map((_, i) => i).filter((i) => keepDims || !innerAxes.includes(i))
  return ops.sum(source, [...new Set([...innerAxes, ...axes.map((axis) => left[axis]!)])])
}

/** An axis that was repeated only to be summed multiplies by its extent. */
function sumOfExpand(x: Sym<'expand'>, node: Sym<'sum'>): Sym | undefined {
  const source = x.inputs[0]!
  const added = x.shape.length - source.shape.length
  const isRepeated = (axis: number) => axis < added || source.shape[axis - added] !== x.shape[axis]
  const { axes } = node.attributes
  if (!axes.some(isRepeated)) return undefined
  const times = productOfDims(axes.filter(isRepeated).map((axis) => x.shape[axis]!))
  const own = axes.filter((axis) => !isRepeated(axis)).map((axis) => axis - added)
  const total = ops.multiply(ops.sum(source, own, { keepDims: true }), ops.extent(times))
  const kept = x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim))
  return ops.reshape(expandTo(total, kept), node.shape)
}

// Layout.

const reshape: Rule<'reshape'> = (node, usedOnce) => {
  const x = node.inputs[0]!
  if (sameShape(x.shape, node.shape)) return x
  if (x.primitive === 'reshape') return ops.reshape(x.inputs[0]!, node.shape)
  if (x.primitive === 'expand' && productOfDims(x.inputs[0]!.shape) === 1)
    return ops.expand(ops.reshape(x.inputs[0]!, []), node.shape)
  if ((is(x, 'sum') || is(x, 'max')) && usedOnce(x)) {
    const attributes = { ...x.attributes, keepDims: !x.attributes.keepDims }
    const { shape } = shapeOf(x.primitive, x.inputs, attributes as never)
    if (sameShape(shape, node.shape)) return makeNode(x.primitive, x.inputs, attributes as never)
  }
  return undefined
}

const transpose: Rule<'transpose'> = (node) => {
  const x = node.inputs[0]!
  const { permutation } = node.attributes
  if (is(x, 'transpose'))
    return ops.transpose(
      x.inputs[0]!,
      permutation.map((axis) => x.attributes.permutation[axis]!),
    )
  const moved = permutation.filter((axis) => x.shape[axis] !== 1)
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!) ? ops.reshape(x, node.shape) : undefined
}

const expand: Rule<'expand'> = (node) => {
  const x = node.inputs[0]!
  if (sameShape(x.shape, node.shape)) return x
  if (x.primitive === 'expand') return ops.expand(x.inputs[0]!, node.shape)
  if (x.primitive !== 'reshape') return undefined
  const source = x.inputs[0]!
  const added = x.shape.length - source.shape.length
  const isPrefixed = added > 0 && sameShape(x.shape, [...new Array<Dim>(added).fill(1), ...source.shape])
  return isPrefixed ? ops.expand(source, node.shape) : undefined
}

const slice: Rule<'slice'> = (node) => {
  const x = node.inputs[0]!
  const { axis, start, end } = node.attributes
  if (sameShape(x.shape, node.shape)) return x
  if (is(x, 'slice') && x.attributes.axis === axis)
    return ops.slice(x.inputs[0]!, axis, addDims(x.attributes.start, start), addDims(x.attributes.start, end))
  if (is(x, 'pad') && x.attributes.axis === axis) {
    const inner = x.inputs[0]!
    const isInner = x.attributes.before === start && addDims(start, inner.shape[axis]!) === end
    return isInner ? inner : undefined
  }
  if (is(x, 'concat') && x.attributes.axis === axis) {
    let from: Dim = 0
    for (const part of x.inputs) {
      const to = addDims(from, part.shape[axis]!)
      if (from === start && to === end) return part
      from = to
    }
  }
  if (is(x, 'expand')) {
    const source = x.inputs[0]!
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
  const x = node.inputs[0]!
  if (sameShape(x.shape, node.shape)) return x
  return constantValue(x) === 0 ? filled(0, node) : undefined
}

const zeroOfZero = (node: Sym) => (constantValue(node.inputs[0]!) === 0 ? filled(0, node) : undefined)

const rules: { readonly [P in PrimitiveName]?: Rule<P> } = {
  add: elementwise(add),
  subtract: elementwise(subtract),
  multiply: elementwise(multiply),
  divide: elementwise(divide),
  maximum: elementwise(),
  greater: elementwise(),
  equal: elementwise(),
  where: elementwise(where),
  negate: elementwise(rescale),
  exp: elementwise(),
  log: elementwise(),
  sqrt: elementwise(),
  tanh: elementwise(),
  sigmoid: elementwise(),
  relu: elementwise(),
  erf: elementwise(),
  softplus: elementwise(),
  cast: elementwise(),
  matmul,
  sum,
  reshape,
  transpose,
  expand,
  slice,
  concat,
  pad,
  scatterAdd: zeroOfZero,
  takeRows: zeroOfZero,
  stopGradient: (node) => node.inputs[0],
}
