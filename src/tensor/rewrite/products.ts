import { productOfDims } from '../dims.ts'
import * as ops from '../ops.ts'
import { shapeOf } from '../shapes.ts'
import { is, makeNode, type Sym } from '../sym.ts'
import type { Rule } from './rules.ts'
import { scaled, scaleOf } from './scales.ts'
import { constantValue, expandTo, filled, sameShape } from './uniform.ts'

const matmul: Rule<'matmul'> = (node) => {
  const [a, b] = node.inputs as [Sym, Sym]
  const { attributes } = node
  if (constantValue(a) === 0 || constantValue(b) === 0) return filled(0, node)
  const lighter = weightedRows(node)
  if (lighter !== undefined) return lighter
  for (const [i, x] of node.inputs.entries()) {
    const replaced = (y: Sym, changed: Partial<typeof attributes> = {}) =>
      makeNode('matmul', i === 0 ? [y, b] : [a, y], { ...attributes, ...changed })
    const scale = scaleOf(x)
    if (scale !== undefined) return replaced(scale.base, { scale: attributes.scale * scale.factor })
    if (is(x, 'transpose') && swapsLastTwo(x.attributes.permutation))
      return replaced(
        x.inputs[0],
        i === 0 ? { transposeA: !attributes.transposeA } : { transposeB: !attributes.transposeB },
      )
    // The batch axes of a product broadcast, so repeating them beforehand is for nothing unless they would be lost.
    const source = is(x, 'expand') ? x.inputs[0] : x
    if (source === x || source.shape.length < 2 || !sameShape(source.shape.slice(-2), x.shape.slice(-2))) continue
    const inputs = i === 0 ? [source, b] : [a, source]
    if (sameShape(shapeOf('matmul', inputs, attributes).shape, node.shape)) return replaced(source)
  }
  return undefined
}

/**
 * (w ∘ A) B = w ∘ (A B) and (w ∘ A)ᵀ B = Aᵀ (w ∘ B) for a weight a row, where that weighs the smaller matrix: the gradient of a
 * softmax over thousands of items is weighted once a position instead of once a position and item.
 */
function weightedRows(node: Sym<'matmul'>): Sym | undefined {
  const [a, b] = node.inputs as [Sym, Sym]
  const { transposeA } = node.attributes
  if (a.primitive !== 'multiply' || a.shape.length !== 2 || b.shape.length !== 2) return undefined
  const [rows, columns] = a.shape
  const others = node.shape[1]
  if (typeof columns !== 'number' || typeof others !== 'number' || others >= columns) return undefined
  for (const [matrix, weight] of [a.inputs, a.inputs.toReversed()] as [Sym, Sym][]) {
    if (!sameShape(matrix.shape, a.shape) || !sameShape(weight.shape, [rows, 1])) continue
    if (!transposeA) return ops.multiply(makeNode('matmul', [matrix, b], node.attributes), weight)
    if (!node.attributes.transposeB) return makeNode('matmul', [matrix, ops.multiply(b, weight)], node.attributes)
  }
  return undefined
}

function swapsLastTwo(permutation: readonly number[]): boolean {
  const rank = permutation.length
  return rank >= 2 && permutation.every((axis, i) => axis === (i === rank - 1 ? i - 1 : i === rank - 2 ? i + 1 : i))
}

const sum: Rule<'sum'> = (node, usedOnce) => {
  const x = node.inputs[0]
  const { axes, keepDims } = node.attributes
  if (axes.every((axis) => x.shape[axis] === 1)) return ops.reshape(x, node.shape)
  const scale = scaleOf(x)
  if (scale !== undefined) return scaled(ops.sum(scale.base, axes, { keepDims }), scale.factor)
  if (is(x, 'sum')) return ops.reshape(sumOfSum(x, axes), node.shape)
  const weighted = is(x, 'multiply') && usedOnce(x) ? weightedColumns(x, axes) : undefined
  if (weighted !== undefined) return ops.reshape(weighted, node.shape)
  return (is(x, 'expand') ? sumOfExpand(x, node) : undefined) ?? asOneAxis(node)
}

/** Columns from which weighing them costs more than the product that does it by the way. */
const MANY_COLUMNS = 1024

/** A sum of weighted rows is a product with the weights: no matrix of weighted rows is written. */
function weightedColumns({ inputs, shape }: Sym<'multiply'>, axes: readonly number[]): Sym | undefined {
  const [rows, columns] = shape
  if (shape.length !== 2 || axes.length !== 1 || axes[0] !== 0) return undefined
  if (typeof columns !== 'number' || columns < MANY_COLUMNS) return undefined
  for (const [matrix, weight] of [inputs, inputs.toReversed()] as [Sym, Sym][])
    if (sameShape(matrix.shape, shape) && sameShape(weight.shape, [rows, 1]))
      return ops.matmul(weight, matrix, { transposeA: true }) // [1, columns]
  return undefined
}

/** Several adjacent axes at either end are one axis of a matrix: a bias gradient [B, T, d] → [d] is a sum of rows. */
function asOneAxis(node: Sym<'sum'>): Sym | undefined {
  const shape = node.inputs[0].shape
  const { axes } = node.attributes
  const isFront = axes.every((axis, i) => axis === i)
  const isBack = axes.every((axis, i) => axis === shape.length - axes.length + i)
  if (axes.length < 2 || isFront === isBack) return undefined
  const split = isFront ? axes.length : shape.length - axes.length
  const matrix = ops.reshape(node.inputs[0], [productOfDims(shape.slice(0, split)), productOfDims(shape.slice(split))])
  return ops.reshape(ops.sum(matrix, isFront ? 0 : 1), node.shape)
}

function sumOfSum(inner: Sym<'sum'>, axes: readonly number[]): Sym {
  const source = inner.inputs[0]
  const { axes: innerAxes, keepDims } = inner.attributes
  const left = source.shape.map((_, i) => i).filter((i) => keepDims || !innerAxes.includes(i))
  return ops.sum(source, [...new Set([...innerAxes, ...axes.map((axis) => left[axis])])])
}

/** An axis that was repeated only to be summed multiplies by its extent. */
function sumOfExpand(x: Sym<'expand'>, node: Sym<'sum'>): Sym | undefined {
  const source = x.inputs[0]
  const added = x.shape.length - source.shape.length
  const isRepeated = (axis: number) => axis < added || source.shape[axis - added] !== x.shape[axis]
  const { axes } = node.attributes
  if (!axes.some(isRepeated)) return undefined
  const times = productOfDims(axes.filter(isRepeated).map((axis) => x.shape[axis]))
  const own = axes.filter((axis) => !isRepeated(axis)).map((axis) => axis - added)
  const total = ops.multiply(ops.sum(source, own, { keepDims: true }), ops.extent(times))
  const kept = x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim))
  return ops.reshape(expandTo(total, kept), node.shape)
}

export const productRules = { matmul, sum }
