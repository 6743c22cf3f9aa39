import { expect, test } from 'vitest'
import { shownInTurn } from '../../test/worlds/shown-items.ts'
import { simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import { trainInMemory } from '../contract/train-in-memory.ts'
import type { TrainEvent } from '../core/index.ts'
import { behaviorCloning, returnWeights } from './behavior-cloning.ts'

test('weights by returns, by hand: exp((G − 4) / (β · 2)) with mean 1, cut at the bound', () => {
  const returns = Float32Array.of(2, 2, 6, 6)
  const [low, high] = [Math.exp(-1), Math.exp(1)]
  const level = (low + high) / 2
  const rounded = (values: Float32Array) => [...values].map((value) => Number(value.toFixed(5)))
  expect(rounded(returnWeights(returns, { beta: 1, bound: 20 }))).toEqual(
    rounded(Float32Array.of(low / level, low / level, high / level, high / level)),
  )
  const cut = (low + 1.5) / 2
  expect(rounded(returnWeights(returns, { beta: 1, bound: 1.5 }))).toEqual(
    rounded(Float32Array.of(low / cut, low / cut, 1.5 / cut, 1.5 / cut)),
  )
  expect([...returnWeights(Float32Array.of(3, 3), { beta: 1, bound: 20 })]).toEqual([1, 1])
  expect(() => returnWeights(Float32Array.of(1, Number.NaN), { beta: 1, bound: 20 })).toThrow(/set weights to none/)
})

const ITEMS = 6
const rewards = Array.from({ length: 20 }, () => Array.from({ length: ITEMS }, (_, item) => (item === 4 ? 5 : 1)))
const dataset = simulatedWorld({ rewards })
const world = { dataset, split: { name: 'all', part: new Uint8Array(dataset.log.length) } }

/** Items 1, 2 and 3, each followed by the next. */
const shown = (users: number) => shownInTurn([1, 2, 3], { users, length: 6, reward: 3 })

const small = { width: 8, hidden: [16], learningRate: 0.02, batchSize: 32, epochs: 20, demonstrations: 'shown' }

test('what it is shown it does in the same states, and the held-out episodes choose the epoch', async () => {
  const { model, events } = await trainInMemory(behaviorCloning, small, world, {
    openDemonstrations: async () => shown(20),
  })
  const items = { start: 1, end: ITEMS + 1 }
  for (const [before, after] of [
    [1, 2],
    [2, 3],
    [3, 1],
  ]) {
    const query = { history: Int32Array.of(before), values: Float32Array.of(3), domain: 0 }
    const scores = await model.score([query], items)
    expect(1 + scores.indexOf(Math.max(...scores)), `after ${before}`).toBe(after)
  }
  const epochs = events.filter((event): event is Extract<TrainEvent, { type: 'epoch' }> => event.type === 'epoch')
  const likelihoods = epochs.map(({ validation }) => validation!.likelihood)
  const done = events.at(-1) as Extract<TrainEvent, { type: 'done' }>
  expect(likelihoods[done.bestEpoch - 1]).toBe(Math.max(...likelihoods))
  expect(likelihoods[done.bestEpoch - 1]).toBeGreaterThan(likelihoods[0] + 0.5)
})

test('demonstrations of one episode are all learned from, and none are refused', async () => {
  const openDemonstrations = async () => shown(1)
  const { events } = await trainInMemory(behaviorCloning, { ...small, epochs: 2 }, world, { openDemonstrations })
  expect(events.at(-1)).toMatchObject({ type: 'done', bestEpoch: 2 })
  const alone = trainInMemory(behaviorCloning, { ...small, demonstrations: '' }, world)
  await expect(alone).rejects.toMatchObject({
    code: 'bad-config',
    message: expect.stringContaining('tributary demonstrate'),
  })
  const foreign = async () => ({ ...shown(1), items: new Int32Array(6).fill(99) })
  await expect(trainInMemory(behaviorCloning, small, world, { openDemonstrations: foreign })).rejects.toMatchObject({
    code: 'mismatch',
  })
})
