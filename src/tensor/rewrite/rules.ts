import { addDims, type Dim } from '../dims.ts'
import * as ops from '../ops.ts'
import { is, makeNode, type PrimitiveName, type Sym } from '../sym.ts'
import { layoutRules } from './layout.ts'
import { productRules } from './products.ts'
import { scaleRules } from './scales.ts'
import { constantValue, expandTo, filled, isCanonicalConstant, isValue, sameShape } from './uniform.ts'

/** Whether a node's result is used in one place only, so that moving work into it repeats nothing. */
export type UsedOnce = (node: Sym) => boolean
/** The node that computes the same and is in the graph already, if there is one that several others read. */
export type Shared = (node: Sym) => Sym | undefined
export type Rule<P extends PrimitiveName> = (node: Sym<P>, usedOnce: UsedOnce, shared: Shared) => Sym | undefined

/**
 * A node that computes the same with less, or undefined. Inputs have been rewritten before; new nodes will be rewritten after, so a
 * rule takes one step. Every rule must lower some cost, or two rules could undo one another for ever.
 */
export function rewrite<P extends PrimitiveName>(node: Sym<P>, usedOnce: UsedOnce, shared: Shared): Sym | undefined {
  const value = constantValue(node)
  if (value !== undefined && !isCanonicalConstant(node)) return filled(value, node)
  return rules[node.primitive]?.(node, usedOnce, shared)
}

// Elementwise: compute before repeating, and let the consumer broadcast.

function beforeExpand(node: Sym): Sym | undefined {
  const sources = node.inputs.map((x) => (x.primitive === 'expand' ? x.inputs[0] : x))
  if (sources.every((x, i) => x === node.inputs[i])) return undefined
  return expandTo(makeNode(node.primitive, sources, node.attributes), node.shape)
}

/** Applies `rule` where no operand is an expand any more: uniform operands are then scalar constants. */
function elementwise<P extends PrimitiveName>(rule?: Rule<P>): Rule<P> {
  return (node, usedOnce, shared) => beforeExpand(node) ?? rule?.(node, usedOnce, shared)
}

const add: Rule<'add'> = (node, usedOnce) => {
  const [a, b] = node.inputs as [Sym, Sym]
  if (isValue(a, 0)) return b
  if (isValue(b, 0)) return a
  if (a === b) return ops.multiply(a, 2)
  if (b.primitive === 'negate') return ops.subtract(a, b.inputs[0])
  if (a.primitive === 'negate') return ops.subtract(b, a.inputs[0])
  if (is(a, 'pad') && is(b, 'pad')) return joinedPads(a, b) ?? joinedPads(b, a)
  return factoredOut(a, b, usedOnce)
}

/** a · c + b · c = (a + b) · c: one product less. */
function factoredOut(a: Sym, b: Sym, usedOnce: UsedOnce): Sym | undefined {
  const [left, right] = [a, b].map((x) => factorsOf(x, x.shape, usedOnce)) as [Sym[], Sym[]]
  if (left.length < 2 || right.length < 2 || !sameShape(a.shape, b.shape)) return undefined
  const common = left.find((x) => right.includes(x) && sameShape(x.shape, a.shape))
  if (common === undefined) return undefined
  const rest = [left, right].map((xs) => xs.toSpliced(xs.indexOf(common), 1).reduce(ops.multiply))
  return ops.multiply(ops.add(rest[0], rest[1]), common)
}

/** The factors of a product whose partial products nothing else reads. */
function factorsOf(x: Sym, shape: readonly Dim[], usedOnce: UsedOnce): Sym[] {
  if (x.primitive !== 'multiply' || !usedOnce(x) || !sameShape(x.shape, shape)) return [x]
  return x.inputs.flatMap((factor) => factorsOf(factor, shape, usedOnce))
}

/** Slices of one array send their gradients back as padded parts; neighbors are put side by side instead of added. */
function joinedPads(first: Sym<'pad'>, second: Sym<'pad'>): Sym | undefined {
  const { axis, before } = first.attributes
  const [a, b] = [first.inputs[0], second.inputs[0]]
  if (!sameShape(first.shape, second.shape) || second.attributes.axis !== axis) return undefined
  const isNext = second.attributes.before === addDims(before, a.shape[axis])
  return isNext ? ops.pad(ops.concat([a, b], axis), axis, before, second.attributes.after) : undefined
}

const subtract: Rule<'subtract'> = (node) => {
  const [a, b] = node.inputs as [Sym, Sym]
  if (isValue(b, 0)) return a
  if (isValue(a, 0)) return ops.negate(b)
  return b.primitive === 'negate' ? ops.add(a, b.inputs[0]) : undefined
}

const where: Rule<'where'> = (node) => {
  const [mask, a, b] = node.inputs as [Sym, Sym, Sym]
  const chosen = is(mask, 'constant') ? constantValue(mask) : undefined
  return chosen === undefined ? undefined : expandTo(chosen !== 0 ? a : b, node.shape)
}

const zeroOfZero = (node: Sym) => (constantValue(node.inputs[0]) === 0 ? filled(0, node) : undefined)

const rules: { readonly [P in PrimitiveName]?: Rule<P> } = {
  add: elementwise(add),
  subtract: elementwise(subtract),
  multiply: elementwise(scaleRules.multiply),
  divide: elementwise(scaleRules.divide),
  maximum: elementwise(),
  greater: elementwise(),
  equal: elementwise(),
  where: elementwise(where),
  negate: elementwise(scaleRules.negate),
  exp: elementwise(),
  log: elementwise(),
  sqrt: elementwise(),
  tanh: elementwise(),
  sigmoid: elementwise(),
  relu: elementwise(),
  erf: elementwise(),
  softplus: elementwise(),
  cast: elementwise(),
  ...productRules,
  ...layoutRules,
  scatterAdd: zeroOfZero,
  takeRows: zeroOfZero,
  sparseProduct: zeroOfZero,
  stopGradient: (node) => node.inputs[0],
}
