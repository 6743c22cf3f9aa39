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
import { dot, plainWeights, plus, through, times, type Vector } from '../../../test/checks/plain-algebra.ts'
import { minet } from './minet.ts'

const sizes = { width: 2, targetHistory: 3, sourceHistory: 4, hidden: 5, rank: 2, layers: [6, 4] }
const network = (options: Readonly<Record<string, unknown>> = {}) => {
  const config = minet.config.parse({ ...sizes, ...options })
  return (build: Parameters<typeof minet.network>[1]) => minet.network(config, build)
}
const run = await runNetwork(network(), batch)

describe('logits are what the equations say', () => {
  const { vector, matrix } = plainWeights(run.weights)
  const relu = (x: Vector) => x.map((xi) => Math.max(0, xi))
  const product = (a: Vector, b: Vector) => a.map((ai, i) => ai * b[i])
  const q = (item: number): number[] => [...matrix('item')[item], ...matrix('category')[categoryOf(item)]]
  const attended = (name: string, liked: readonly number[], row: BehaviorRow, compared: (c: Vector) => Vector) => {
    const clicks = liked.map(q)
    const weights = clicks.map((c) => {
      const x = [...c, ...q(row.item), ...matrix('user')[row.user], ...product(compared(c), q(row.item))]
      return Math.exp(dot(relu(through(x, matrix(`attention/${name}/weight`))), vector(`attention/${name}/vector`)))
    })
    const total = weights.reduce((a, b) => a + b, 0)
    return plus(times(0, q(row.item)), ...clicks.map((c, i) => times(weights[i] / total, c)))
  }
  const tower = (name: string, x: Vector) => {
    const hidden = [0, 1].reduce((h, i) => relu(through(h, matrix(`${name}/layer${i}`))), x)
    return dot(hidden, vector(`${name}/output`))
  }

  it('of the target tower, over what was liked on both sides', () => {
    const expected = batch.target.map((row) => {
      const transfer = (c: Vector) => through(through(c, matrix('transfer/down')), matrix('transfer/up'))
      const interests = {
        user: matrix('user')[row.user],
        target: attended('target', row.target.slice(-3), row, (c) => c),
        source: attended('source', row.source.slice(-4), row, transfer),
      }
      const z = [...q(row.item), ...Object.values(interests).flat()]
      const weighted = Object.entries(interests).flatMap(([name, interest]) => {
        const hidden = relu(through(z, matrix(`interest/${name}/weight`)))
        const logarithm = dot(hidden, vector(`interest/${name}/vector`)) + vector(`interest/${name}/bias`)[0]
        return times(Math.exp(logarithm), interest)
      })
      return tower('target', [...q(row.item), ...weighted])
    })
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.5)
    expect(difference(run.target, expected)).toBeLessThan(1e-4)
  })

  it('of the source tower, over item and user alone', () => {
    const expected = batch.source.map(({ user, item }) => tower('source', [...q(item), ...matrix('user')[user]]))
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.5)
    expect(difference(run.source!, expected)).toBeLessThan(1e-4)
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
  for (const source of ['features', 'none']) expect(unlearned(await runNetwork(network({ source }), batch))).toEqual([])
})

it('what stands in the padding and how much there is of it changes nothing', async () => {
  const garbage = await runNetwork(network(), batch, { padding: 8 })
  expect(garbage.target).toEqual(run.target)
  for (const [name, { data }] of run.gradients) expect([...garbage.gradients.get(name)!.data], name).toEqual([...data])
  // All but the last target row have no more than three likes.
  const longer = await runNetwork(network({ targetHistory: 9, sourceHistory: 9 }), batch, { weights: run.weights })
  expect(difference(longer.target.slice(0, -1), run.target.slice(0, -1))).toBeLessThan(1e-5)
})

it('the single-domain form reads nothing of the source', async () => {
  const single = await runNetwork(network({ source: 'none' }), batch)
  expect(single.source).toBeUndefined()
  expect(single.reads.filter((name) => name.includes('source'))).toEqual([])
  expect([...single.weights.keys()].filter((name) => /source|transfer/.test(name))).toEqual([])
  expect((await runNetwork(network({ source: 'none' }), otherSource)).target).toEqual(single.target)
})

it('with features only, the source is read but has no logits', async () => {
  const form = network({ source: 'features' })
  const features = await runNetwork(form, batch)
  expect(features.source).toBeUndefined()
  expect(features.target).toEqual(run.target)
  expect((await runNetwork(form, otherSource)).target).not.toEqual(features.target)
})
