import { elementCount, type Tensor } from '../../core/index.ts'
import { computeNode } from '../executors/reference/executor.ts'
import { topologicalOrder } from '../grad.ts'
import { identityOf } from '../sparse.ts'
import { constant, is, makeNode, type Sym, scalarConstant, withOriginOf } from '../sym.ts'
import { rewrite } from './rules.ts'

/**
 * The same values from fewer nodes: equal nodes are shared, the rules of rules.ts applied, small constants computed, and what no
 * output needs dropped. Values may differ in the last bits (scales are multiplied beforehand) and where 0 · ∞ stood.
 */
export function simplify(outputs: ReadonlyMap<string, Sym>): Map<string, Sym> {
  // The second pass knows how often each remaining node is used, which decides whether a scale may move into a product.
  return pass(pass(outputs, new Map()), 'counted')
}

function pass(outputs: ReadonlyMap<string, Sym>, counting: 'counted' | ReadonlyMap<Sym, number>): Map<string, Sym> {
  const order = topologicalOrder(outputs.values())
  const originalUses = counting === 'counted' ? countUses(order, outputs) : counting
  const settled = new Map<Sym, Sym>()
  const interned = new Map<string, Sym>()
  const uses = new Map<Sym, number>()

  const settle = (node: Sym): Sym => {
    const done = settled.get(node)
    if (done !== undefined) return done
    const inputs = node.inputs.map(settle) // shallow: only what a rule has just made is not settled yet
    const same = inputs.every((x, i) => x === node.inputs[i])
    const rebuilt = same ? node : makeNode(node.primitive, inputs, node.attributes)
    const key = keyOf(rebuilt)
    let result = interned.get(key)
    if (result === undefined) {
      const better = fold(rebuilt) ?? rewrite(rebuilt, (x) => uses.get(x) === 1, shared)
      result = better === undefined ? rebuilt : settle(better)
      interned.set(key, result)
    }
    settled.set(node, result)
    settled.set(result, result)
    return result
  }

  const shared = (node: Sym) => {
    const known = interned.get(keyOf(node))
    return known !== undefined && (uses.get(known) ?? 0) > 1 ? known : undefined
  }

  for (const node of order) {
    const result = withOriginOf(node, () => settle(node))
    uses.set(result, (uses.get(result) ?? 0) + (originalUses.get(node) ?? 0))
  }
  return new Map([...outputs].map(([name, node]) => [name, settled.get(node)!]))
}

function countUses(order: readonly Sym[], outputs: ReadonlyMap<string, Sym>): Map<Sym, number> {
  const uses = new Map<Sym, number>()
  const count = (x: Sym) => uses.set(x, (uses.get(x) ?? 0) + 1)
  for (const node of order) node.inputs.forEach(count)
  for (const node of outputs.values()) count(node)
  return uses
}

const COMMUTATIVE = new Set(['add', 'multiply'])

/** Two nodes with one key compute the same. */
function keyOf(node: Sym): string {
  if (is(node, 'constant')) return constantKey(node)
  const ids = node.inputs.map((x) => x.id)
  if (COMMUTATIVE.has(node.primitive)) ids.sort((a, b) => a - b)
  if (is(node, 'sparseProduct')) {
    const { matrix, transposed } = node.attributes
    return `sparseProduct ${ids.join()} #${identityOf(matrix)} ${transposed}`
  }
  const shape = is(node, 'input') ? node.shape.join() : ''
  return `${node.primitive} ${ids.join()} ${JSON.stringify(node.attributes)} ${shape} ${node.dtype}`
}

function constantKey(node: Sym<'constant'>): string {
  const { value } = node.attributes
  if (typeof value === 'number') return `constant ${node.dtype} ${Object.is(value, -0) ? '-0' : value}`
  return value.data.length <= FOLDED_ELEMENTS
    ? `constant ${node.dtype} ${value.shape} ${Array.from(value.data, (x) => (Object.is(x, -0) ? '-0' : x))}`
    : `constant #${node.id}`
}

/** Larger results stay to be computed: a graph should not carry arrays that nobody wrote into it. */
const FOLDED_ELEMENTS = 1024

function fold(node: Sym): Sym | undefined {
  const isConstant = node.inputs.length > 0 && node.inputs.every((x) => is(x, 'constant'))
  // A repeated constant stays an expand, which rules and consumers see through.
  if (!isConstant || is(node, 'expand') || node.shape.some((dim) => typeof dim === 'string')) return undefined
  if (elementCount(node.shape as number[]) > FOLDED_ELEMENTS) return undefined
  const inputs = node.inputs.map((x) => computeNode(x, [], new Map(), new Map(), 'float64'))
  const { shape, data } = computeNode(node, inputs, new Map(), new Map(), 'float64')
  if (shape.length === 0) return scalarConstant(data[0], node.dtype)
  return constant({ shape, data: data instanceof Float64Array ? Float32Array.from(data) : data } satisfies Tensor)
}
