import * as ops from '../ops.ts'
import { is, makeNode, type Sym } from '../sym.ts'
import type { Rule, UsedOnce } from './rules.ts'
import { constantValue, filled, isValue, sameShape } from './uniform.ts'

/** x · c, x / c and −x for a constant c: the rules carry such scales to one place, best into a product, which scales for nothing. */
export function scaleOf(node: Sym): { base: Sym; factor: number } | undefined {
  const [a, b] = node.inputs as [Sym, Sym]
  if (node.primitive === 'negate') return { base: a, factor: -1 }
  const [left, right] = [a, b].map((x) => (x !== undefined && x.shape.length === 0 ? constantValue(x) : undefined))
  if (node.primitive === 'multiply' && right !== undefined) return { base: a, factor: right }
  if (node.primitive === 'multiply' && left !== undefined) return { base: b, factor: left }
  if (node.primitive === 'divide' && right !== undefined && right !== 0) return { base: a, factor: 1 / right }
  return undefined
}

export function scaled(x: Sym, factor: number): Sym {
  if (factor === 1) return x
  return factor === -1 ? ops.negate(x) : ops.multiply(x, factor)
}

export function rescale(node: Sym, usedOnce: UsedOnce): Sym | undefined {
  const scale = scaleOf(node)
  if (scale === undefined) return undefined
  const { base, factor } = scale
  if (factor === 0) return filled(0, node)
  if (factor === 1 || (factor === -1 && node.primitive !== 'negate')) return scaled(base, factor)
  const inner = scaleOf(base)
  if (inner !== undefined) return scaled(inner.base, factor * inner.factor)
  const scalar = base.primitive === 'multiply' ? base.inputs.findIndex((x) => x.shape.length === 0) : -1
  if (scalar >= 0 && base.shape.length > 0)
    return ops.multiply(base.inputs[1 - scalar], scaled(base.inputs[scalar], factor))
  if (is(base, 'matmul') && usedOnce(base)) return scaledProduct(base, factor)
  const product = base.primitive === 'reshape' && usedOnce(base) ? base.inputs[0] : undefined
  if (product !== undefined && is(product, 'matmul') && usedOnce(product))
    return ops.reshape(scaledProduct(product, factor), base.shape)
  const biased = product ?? base
  if (is(biased, 'add') && usedOnce(base) && usedOnce(biased)) {
    const scaledSum = scaledBias(biased, factor, usedOnce)
    if (scaledSum !== undefined) return biased === base ? scaledSum : ops.reshape(scaledSum, base.shape)
  }
  if (node.primitive === 'negate' && base.primitive === 'subtract' && usedOnce(base))
    return ops.subtract(base.inputs[1], base.inputs[0])
  return undefined
}

function scaledProduct(product: Sym<'matmul'>, factor: number): Sym {
  return makeNode('matmul', product.inputs, {
    ...product.attributes,
    scale: product.attributes.scale * factor,
  })
}

/** (product + bias) · c, where the bias is a vector: scaling it costs nothing. */
function scaledBias(node: Sym<'add'>, factor: number, usedOnce: UsedOnce): Sym | undefined {
  const [product, bias] = node.inputs as [Sym, Sym]
  if (!is(product, 'matmul') || !usedOnce(product) || bias.shape.length !== 1) return undefined
  return ops.add(scaledProduct(product, factor), ops.multiply(bias, factor))
}

const multiply: Rule<'multiply'> = (node, usedOnce, shared) => {
  const simpler = rescale(node, usedOnce)
  if (simpler !== undefined || scaleOf(node) !== undefined) return simpler
  const [a, b] = node.inputs as [Sym, Sym]
  for (const [x, other] of [
    [a, b],
    [b, a],
  ] as const) {
    // A small reciprocal is better multiplied than divided by.
    if (x.primitive === 'divide' && isValue(x.inputs[0], 1) && sameShape(x.shape, node.shape))
      return ops.divide(other, x.inputs[1])
    const scale = scaleOf(x)
    // Outward only where the scale then runs over no more elements than before.
    if (scale !== undefined && usedOnce(x) && sameShape(x.shape, node.shape))
      return scaled(ops.multiply(scale.base, other), scale.factor)
    if (x.primitive !== 'multiply' || !usedOnce(x) || !sameShape(x.shape, node.shape)) continue
    // (e · f) · other, where the graph has f · other anyway: one product less.
    for (const [e, f] of [x.inputs, x.inputs.toReversed()] as [Sym, Sym][]) {
      const product = sameShape(f.shape, node.shape) ? shared(ops.multiply(f, other)) : undefined
      if (product !== undefined) return ops.multiply(e, product)
    }
  }
  return undefined
}

const divide: Rule<'divide'> = (node, usedOnce) =>
  isValue(node.inputs[0], 0) ? filled(0, node) : rescale(node, usedOnce)

export const scaleRules = { multiply, divide, negate: rescale }
