import { expect, test } from 'vitest'
import { simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import { type Dataset, parseConfig, type Query, type RewardMatrix, type Split } from '../core/index.ts'
import { denseRewards, factorizedRewards } from '../math/index.ts'
import { gt } from './gt.ts'

/** User u likes item u: products of one factor each for every user, which tells them apart. */
const rewards = Array.from({ length: 4 }, (_, u) => Array.from({ length: 4 }, (_, i) => (u === i ? 3 : 0)))
const dataset = simulatedWorld({ rewards })
const { users, items } = dataset.truth!
const split: Split = { name: 'none', part: new Uint8Array(dataset.log.length) }
const small = { user: 'vector', width: 4, hidden: [8], episodes: 8, maxLength: 5, stepsPerEpoch: 400, batchSize: 40 }

async function trained(truth: RewardMatrix | undefined, set: Record<string, unknown> = {}) {
  const on: Dataset = { ...dataset, truth }
  const { config } = parseConfig(gt, { ...small, ...set })
  const model = gt.create(config, on, split, { seed: 1, threads: 1 })
  const context = { dataset: on, split, seed: 1, threads: 1, validate: async () => ({}) }
  try {
    for await (const event of gt.train(model, config, context)) if (event.type === 'done') break
  } catch (error) {
    await model.dispose()
    throw error
  }
  return model
}

test('it learns what the truth pays each user', async () => {
  const model = await trained(dataset.truth, { epochs: 10, learningRate: 0.02, gamma: 0, entropyCoefficient: 0.1 })
  const queries: Query[] = [0, 1, 2, 3].map((user) => ({ user, history: new Int32Array(0), domain: 0 }))
  const scores = await model.score(queries, { start: 1, end: 5 })
  for (let u = 0; u < 4; u++) {
    const own = [...scores.subarray(4 * u, 4 * u + 4)]
    expect(own.indexOf(Math.max(...own))).toBe(u)
  }
  await model.dispose()
})

test('neither the order of the truth nor its form matters', async () => {
  const order = [2, 0, 3, 1]
  const values = order.flatMap((u) => order.map((i) => rewards[u][i]))
  const shuffled = {
    users: order.map((u) => users[u]),
    items: order.map((i) => items[i]),
  }
  const eye = order.flatMap((u) => [0, 1, 2, 3].map((f) => (f === u ? 1 : 0)))
  const factors = { ...shuffled, width: 4, userFactors: eye, itemFactors: eye.map((x) => 3 * x) }
  const all = [dataset.truth, denseRewards({ ...shuffled, values }), factorizedRewards(factors)]
  const models = []
  for (const truth of all) models.push(await trained(truth, { epochs: 1 }))
  const weights = models.map((model) => model.weights().get('actor/weight')!.data)
  expect(weights[1]).toEqual(weights[0])
  expect(weights[2]).toEqual(weights[0])
  for (const model of models) await model.dispose()
})

test('without a truth there is nothing to learn in', async () => {
  await expect(trained(undefined)).rejects.toThrow(
    expect.objectContaining({ code: 'bad-dataset', message: expect.stringContaining('has none') }),
  )
})
