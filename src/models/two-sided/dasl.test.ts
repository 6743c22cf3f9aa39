import { describe, expect, it } from 'vitest'
import {
  type BehaviorRow,
  batch,
  categoryOf,
  difference,
  otherSource,
  runNetwork,
  unlearned,
} from '../../../test/checks/networks.ts'
import { dot, plainWeights, plus, sigmoid, through, times, type Vector } from '../../../test/checks/plain-algebra.ts'
import type { Build } from '../../families/two-sided/index.ts'
import { dasl } from './dasl.ts'

const sizes = { width: 2, hidden: 3, history: 3, attention: 4, layers: [5, 4], mapping: 0.3 }
const network = (options: Readonly<Record<string, unknown>> = {}) => {
  const config = dasl.config.parse({ ...sizes, ...options })
  return (build: Build) => dasl.network(config, build)
}
const run = await runNetwork(network(), batch)

describe('logits are what the equations say', () => {
  const { vector, matrix } = plainWeights(run.weights)
  const product = (a: Vector, b: Vector) => a.map((ai, i) => ai * b[i])
  const affine = (name: string, x: Vector) => plus(through(x, matrix(`${name}/weight`)), vector(`${name}/bias`))
  const q = (item: number): number[] => [...matrix('item')[item], ...matrix('category')[categoryOf(item)]]
  type Side = 'target' | 'source'
  /** States after each of the last three liked items of a side, gate by gate. */
  const states = (side: Side, row: BehaviorRow) => {
    let state = [0, 0, 0]
    return row[side].slice(-3).map((item) => {
      const [input, past] = [
        affine(`${side}/gru0/input`, [...q(item), ...matrix(`user/${side}`)[row.user]]),
        affine(`${side}/gru0/state`, state),
      ]
      const gate = (x: Vector, i: number) => x.slice(3 * i, 3 * i + 3)
      const reset = plus(gate(input, 0), gate(past, 0)).map(sigmoid)
      const update = plus(gate(input, 1), gate(past, 1)).map(sigmoid)
      const candidate = plus(gate(input, 2), product(reset, gate(past, 2))).map(Math.tanh)
      state = state.map((h, i) => (1 - update[i]) * candidate[i] + update[i] * h)
      return state
    })
  }
  const logit = (side: Side, row: BehaviorRow, pooled: 'own' | 'both') => {
    const own = states(side, row)
    const all = [...own, ...states(side === 'target' ? 'source' : 'target', row)]
    const weights = all.map((h) =>
      Math.exp(dot(affine(`${side}/attention`, h).map(Math.tanh), vector(`${side}/attention/vector`))),
    )
    const total = weights.reduce((a, b) => a + b, 0)
    const summed = pooled === 'own' ? own : all
    const preference = plus([0, 0, 0], ...summed.map((h, i) => times(weights[i] / total, h)))
    const x = [...preference, ...q(row.item), ...matrix(`user/${side}`)[row.user]]
    const normed = plus(product(x, vector(`${side}/norm/gain`)), vector(`${side}/norm/bias`))
    const hidden = [0, 1].reduce((h, i) => affine(`${side}/layer${i}`, h).map(sigmoid), normed)
    const biases = matrix(`user/${side}/bias`)[row.user][0] + matrix('item/bias')[row.item][0]
    return dot(hidden, vector(`${side}/output/weight`)) + vector(`${side}/output/bias`)[0] + biases
  }

  it('of both sides, state by state', async () => {
    const both = await runNetwork(network({ pooled: 'both' }), batch)
    for (const side of ['target', 'source'] as const)
      for (const [pooled, found] of [
        ['own', run[side]!],
        ['both', both[side]!],
      ] as const) {
        const expected = batch[side].map((row) => logit(side, row, pooled))
        expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.5)
        expect(difference(found, expected)).toBeLessThan(1e-5)
      }
    // The other side's states are told apart from its mere presence.
    expect(difference(run.target, both.target)).toBeGreaterThan(0.01)
  })

  it('the penalty is the distance of mapped user vectors and of the map from an orthogonal one', () => {
    const map = matrix('mapping')
    const distances = batch.target.map(({ user }) => {
      const gap = plus(through(matrix('user/source')[user], map), times(-1, matrix('user/target')[user]))
      return dot(gap, gap)
    })
    const columns = map[0].map((_, i) => map.map((row) => row[i]))
    const excess = columns.flatMap((a, i) => columns.map((b, j) => (dot(a, b) - (i === j ? 1 : 0)) ** 2))
    const total = (x: Vector) => x.reduce((a, b) => a + b, 0)
    expect(run.penalty).toBeCloseTo(0.3 * (total(distances) / 5 + total(excess) / 4), 4)
  })

  it('features of an item are its vectors', () => {
    for (const side of ['target', 'source']) {
      const { shape, data } = run.features.get(side)!
      expect(shape).toEqual([4, 4])
      expect([...data]).toEqual([1, 7, 15, 0].flatMap(q))
    }
  })
})

it('every weight is learned, in all forms', async () => {
  expect(unlearned(run)).toEqual([])
  expect([...run.weights.keys()]).toEqual(expect.arrayContaining([...run.heads]))
  for (const options of [{ source: 'features' }, { source: 'none' }, { pooled: 'both' }, { mapping: 0 }])
    expect(unlearned(await runNetwork(network(options), batch)), JSON.stringify(options)).toEqual([])
})

it('what stands in the padding and how much there is of it changes nothing', async () => {
  const garbage = await runNetwork(network(), batch, { padding: 8 })
  expect(garbage.target).toEqual(run.target)
  for (const [name, { data }] of run.gradients) expect([...garbage.gradients.get(name)!.data], name).toEqual([...data])
  const longer = await runNetwork(network({ history: 6 }), batch)
  // All but the last target row have no more than three likes.
  expect(difference(longer.target.slice(0, -1), run.target.slice(0, -1))).toBeLessThan(1e-5)
})

it('the single-domain form reads nothing of the source', async () => {
  const single = await runNetwork(network({ source: 'none' }), batch)
  expect([single.source, single.penalty]).toEqual([undefined, undefined])
  expect(single.reads.filter((name) => name.includes('source'))).toEqual([])
  expect([...single.weights.keys()].filter((name) => /source|mapping/.test(name))).toEqual([])
  expect((await runNetwork(network({ source: 'none' }), otherSource)).target).toEqual(single.target)
})

it('with features only, the source is read but has no logits', async () => {
  const form = network({ source: 'features' })
  const features = await runNetwork(form, batch)
  expect(features.source).toBeUndefined()
  expect(features.target).toEqual(run.target)
  expect((await runNetwork(form, otherSource)).target).not.toEqual(features.target)
})
