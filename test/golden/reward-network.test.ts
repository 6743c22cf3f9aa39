import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Dataset, LabelFeature } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { createRewardNetwork } from '../../src/families/rewards/network.ts'
import { createRewardTrainer, rewardLoss } from '../../src/families/rewards/train.ts'
import { grad, runWith } from '../../src/tensor/index.ts'

type Nested = number | readonly Nested[]
type Named = Readonly<Record<string, Nested>>
interface Labels {
  readonly labels: readonly string[]
  readonly of: readonly (readonly number[])[]
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'reward-network.json'), 'utf8')) as {
  readonly config: { readonly width: number; readonly hidden: number[]; readonly learningRate: number }
  readonly gender: Labels
  readonly color: Labels
  readonly price: readonly (number | null)[]
  readonly pairs: readonly (readonly [user: number, item: number, reward: number, weight: number])[]
  readonly weights: Named
  readonly cases: readonly {
    readonly output: 'identity' | 'sigmoid'
    readonly l2: number
    readonly l2Vectors: number
    readonly mean: Nested
    readonly logVariance: Nested
    readonly loss: number
    readonly gradients: Named
    readonly weightsAfterOneStep: Named
  }[]
}
const flat = (x: Nested): number[] => (typeof x === 'number' ? [x] : x.flatMap(flat))

function labelFeature(name: string, { labels, of }: Labels): LabelFeature {
  const start = Int32Array.of(0, ...of.map((_, entity) => of.slice(0, entity + 1).flat().length))
  return { name, kind: 'labels', labels, start, ids: Int32Array.from(of.flat()) }
}

/** Only sizes and features matter to the network. */
function world(): Dataset {
  const users = golden.gender.of.map((_, user) => `u${user}`)
  const items = golden.color.of.slice(1).map((_, item) => `i${item}`)
  const log = users.flatMap((user) => items.map((item) => ({ user, item })))
  const dataset = buildDataset('golden', {
    user: log.map(({ user }) => user),
    item: log.map(({ item }) => item),
    domain: log.map(() => 'shop'),
  })
  return {
    ...dataset,
    userFeatures: [labelFeature('gender', golden.gender)],
    itemFeatures: [
      labelFeature('color', golden.color),
      { name: 'price', kind: 'number', values: Float32Array.from(golden.price, (price) => price ?? Number.NaN) },
    ],
  }
}

const column = (i: 0 | 1 | 2 | 3) => golden.pairs.map((pair) => pair[i])
const pairs = {
  users: Int32Array.from(column(0)),
  items: Int32Array.from(column(1)),
  rewards: Float32Array.from(column(2)),
  weights: Float32Array.from(column(3)),
}

describe('the reward network equals that of PyTorch', () => {
  it.each(golden.cases)('$output, l2 $l2, l2Vectors $l2Vectors', async (expected) => {
    const ours = { start: 'glorot', l2Of: 'layers', loss: 'likelihood', adam: 'lazy' } as const
    const config = {
      ...{ ...golden.config, ...ours, deviation: 0.001, ensemble: 1, output: expected.output },
      ...penalties(expected),
    }
    const network = createRewardNetwork(world(), config, { seed: 1 })
    const { graph, members } = network
    const { tables, parameters, tensors } = members[0]
    expect(Object.keys(tensors).sort()).toEqual(Object.keys(golden.weights).sort())
    for (const [name, { data }] of Object.entries(tensors)) data.set(flat(golden.weights[name]))

    const dense = [...parameters.symbols]
    const symbols = [...graph.lookups.map(({ rows }) => rows), ...dense.map(([, symbol]) => symbol)]
    const loss = rewardLoss(graph, config)
    const gradients = Object.fromEntries(grad(loss, symbols).map((gradient, i) => [`gradient${i}`, gradient]))
    const { mean, logVariance } = graph
    const program = await network.programs.compile({ mean, logVariance, loss, ...gradients })
    const feeds = network.feeds(pairs.users, pairs.items)
    const N = pairs.users.length
    const out = await runWith(program, {
      ...feeds,
      ...tensors,
      reward: { shape: [N], data: pairs.rewards },
      weight: { shape: [N], data: pairs.weights },
    })
    expectNear('mean', out.mean.data, expected.mean)
    expectNear('logVariance', out.logVariance.data, expected.logVariance)
    expectNear('loss', out.loss.data, expected.loss)
    const summed = new Map<string, Float32Array>()
    for (const [i, { table, ids }] of graph.lookups.entries()) {
      const { rows, width } = tables.get(table)!
      const sums = new Float32Array(rows * width)
      const gradient = out[`gradient${i}`].data
      for (const [place, row] of (feeds[ids].data as Int32Array).entries())
        if (row > 0) for (let j = 0; j < width; j++) sums[row * width + j] += gradient[place * width + j]
      summed.set(table, sums)
    }
    for (const [i, [name]] of dense.entries())
      summed.set(name, out[`gradient${graph.lookups.length + i}`].data as Float32Array)
    expect([...summed.keys()].sort()).toEqual(Object.keys(expected.gradients).sort())
    for (const [name, gradient] of summed) expectNear(`gradient of ${name}`, gradient, expected.gradients[name])

    const trainer = createRewardTrainer(network, config)
    expect((await trainer.step(0, pairs)).loss * N).toBeCloseTo(expected.loss, 3)
    for (const [name, { data }] of Object.entries(tensors))
      expectNear(`${name} after a step`, data, expected.weightsAfterOneStep[name])
    await network.dispose()
  })
})

const penalties = ({ l2, l2Vectors }: { readonly l2: number; readonly l2Vectors: number }) => ({ l2, l2Vectors })

/** Within what float32 leaves of values of this size. */
function expectNear(what: string, ours: ArrayLike<number>, theirs: Nested): void {
  const expected = flat(theirs)
  expect(ours.length, what).toBe(expected.length)
  for (const [i, x] of expected.entries())
    expect(Math.abs(ours[i] - x), `${what}, place ${i}: ${ours[i]} and ${x}`).toBeLessThan(5e-6 * (1 + Math.abs(x)))
}
