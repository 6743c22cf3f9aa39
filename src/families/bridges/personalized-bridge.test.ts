import { expect, it } from 'vitest'
import { expectSlopes, normalsFor, type Values, valuesOf } from '../../../test/checks/finite-differences.ts'
import { createRng } from '../../math/index.ts'
import { createParameters } from '../../nn/index.ts'
import { input, square, sum } from '../../tensor/index.ts'
import { attendedBehaviors, joinedSource, knownMean, personalizedBridge } from './personalized-bridge.ts'

const [B, T, n, hidden] = [2, 3, 2, 3]
const items = input('items', [B, T, n])
const keep = input('keep', [B, T])
const vector = input('vector', [B, n])
/** The second user liked one item only; what stands at padding must not matter. */
const feeds = {
  items: [0.5, -1, 2, 0.25, -0.5, 1, 1, -2, 7, 7, -9, 9],
  keep: [1, 1, 1, 1, 0, 0],
  vector: [1, -1, 0.5, 2],
}

function network() {
  const parameters = createParameters(createRng(3))
  const source = { vector, behaviors: () => ({ items, keep }) }
  const bridged = personalizedBridge(parameters, 'bridge', source, { width: n, hidden })
  const liked = attendedBehaviors(parameters, 'bridge', items, keep, n)
  const weights: Record<string, readonly number[]> = {}
  for (const [i, [name, symbol]] of [...parameters.symbols].entries()) weights[name] = normalsFor(symbol, 20 + i)
  return { parameters, bridged, liked, values: { ...feeds, ...weights } as Values }
}

const relu = (x: number) => Math.max(0, x)
/** x W + b, where W is [inputs, outputs]. */
const affine = (x: readonly number[], weight: readonly number[], bias: readonly number[]) =>
  bias.map((b, j) => b + x.reduce((total, xi, i) => total + xi * weight[i * bias.length + j], 0))

it('attends to what was liked, and makes a map of it', () => {
  const { bridged, liked, values } = network()
  const [found, attended] = valuesOf([bridged, liked], values)
  const of = (name: string) => values[`bridge/${name}`]
  for (let b = 0; b < B; b++) {
    const rows = [0, 1, 2]
      .filter((t) => feeds.keep[b * T + t] === 1)
      .map((t) => feeds.items.slice((b * T + t) * n, (b * T + t + 1) * n))
    const logits = rows.map((row) => {
      const inner = affine(row, of('attention/hidden/weight'), of('attention/hidden/bias')).map(relu)
      return inner.reduce((total, x, i) => total + x * of('attention/score')[i], 0)
    })
    const total = logits.reduce((all, logit) => all + Math.exp(logit), 0)
    const q = [0, 1].map((f) => rows.reduce((all, row, t) => all + (Math.exp(logits[t]) / total) * row[f], 0))
    const inner = affine(q, of('meta/hidden/weight'), of('meta/hidden/bias')).map(relu)
    const map = affine(inner, of('meta/output/weight'), of('meta/output/bias'))
    const u = feeds.vector.slice(b * n, (b + 1) * n)
    for (const f of [0, 1]) {
      expect(attended[b * n + f]).toBeCloseTo(q[f], 10)
      expect(found[b * n + f]).toBeCloseTo(u[0] * map[f] + u[1] * map[n + f], 10)
    }
  }
})

it('takes who liked nothing for a vector of zeros', () => {
  const { liked, values } = network()
  expect(valuesOf([liked], { ...values, keep: [0, 0, 0, 1, 1, 1] })[0].slice(0, n)).toEqual([0, 0])
})

it('has the derivatives of its equations', () => {
  const { parameters, bridged, values } = network()
  const gradients = expectSlopes(sum(square(bridged)), [...parameters.symbols.values()], values)
  for (const [i, name] of [...parameters.symbols.keys()].entries())
    expect(
      gradients[i].some((slope) => Math.abs(slope) > 1e-9),
      name,
    ).toBe(true)
})

it('means over those sources that know a user', () => {
  const vectors = [input('a', [3, 1]), input('b', [3, 1])]
  const sources = [input('known a', [3, 1]), input('known b', [3, 1])].map((known) => ({ known }))
  const values = { a: [1, 2, 3], b: [5, 6, 7], 'known a': [1, 1, 0], 'known b': [1, 0, 0] }
  expect(valuesOf([knownMean(vectors, sources)], values)[0]).toEqual([3, 2, 0])
})

it('takes several sources for one, whose lists are one and whose vectors stand side by side', () => {
  const names = ['a', 'b']
  const sources = names.map((name, s) => ({
    vector: input(`${name}/vector`, [1, n]),
    behaviors: () => ({ items: input(`${name}/items`, [1, s + 1, n]), keep: input(`${name}/keep`, [1, s + 1]) }),
  }))
  const joined = joinedSource(sources, n)
  const { items: all, keep: kept } = joined.behaviors()
  const parameters = createParameters(createRng(3))
  const bridged = personalizedBridge(parameters, 'bridge', joined, { width: joined.width, output: n, hidden })
  const values: Record<string, readonly number[]> = {
    ...{ 'a/vector': [1, 2], 'a/items': [3, 4], 'a/keep': [1] },
    ...{ 'b/vector': [0, 0], 'b/items': [5, 6, 7, 8], 'b/keep': [1, 0] },
  }
  expect(valuesOf([joined.vector, all, kept], values)).toEqual([
    [1, 2, 0, 0],
    [3, 4, 0, 0, 0, 0, 5, 6, 0, 0, 7, 8],
    [1, 1, 0],
  ])
  for (const [i, [name, symbol]] of [...parameters.symbols].entries()) values[name] = normalsFor(symbol, 40 + i)
  expect(parameters.symbols.get('bridge/meta/output/bias')!.shape).toEqual([2 * n * n])
  // The first rows of the map are of the source that knows the user; with a bias alone the map is that bias.
  const still: Values = { ...values, 'bridge/meta/output/weight': new Array(hidden * 2 * n * n).fill(0) }
  const bias = still['bridge/meta/output/bias']
  const [found] = valuesOf([bridged], still)
  expect(found.length).toBe(n)
  for (const f of [0, 1]) expect(found[f]).toBeCloseTo(1 * bias[f] + 2 * bias[n + f], 10)
})
