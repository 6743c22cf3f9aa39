import { expect, test } from 'vitest'
import { shownInTurn } from '../../test/worlds/shown-items.ts'
import { simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import { trainInMemory } from '../contract/train-in-memory.ts'
import { createPrograms, input, runWith } from '../tensor/index.ts'
import { inverseSoftLoss, iqLearn } from './iq-learn.ts'

test('the loss by hand', async () => {
  const programs = createPrograms({ threads: 1 })
  const names = ['taken', 'soft', 'next'] as const
  const [taken, soft, next] = names.map((name) => input(name, [2]))
  const program = await programs.compile({ loss: inverseSoftLoss(taken, soft, next, 0.5) })
  const numbers = (...values: number[]) => ({ shape: [2], data: Float32Array.from(values) })
  const { loss } = await runWith(program, { taken: numbers(3, 1), soft: numbers(4, 2), next: numbers(2, 0) })
  // r = 1 and 1; r − r² / 2 = .5 and .5; V − γ V′ = 2 and 2.
  expect(loss.data[0]).toBeCloseTo(1.5)
  await programs.dispose()
})

test('what it is shown it does in the same states', async () => {
  const dataset = simulatedWorld({ rewards: Array.from({ length: 20 }, () => [1, 1, 1, 1, 5, 1]) })
  const { model } = await trainInMemory(
    iqLearn,
    { width: 8, hidden: [16], learningRate: 0.02, batchSize: 32, epochs: 100, demonstrations: 'shown' },
    { dataset, split: { name: 'all', part: new Uint8Array(dataset.log.length) } },
    { openDemonstrations: async () => shownInTurn([1, 2, 3], { users: 20, length: 6, reward: 3 }) },
  )
  for (const [before, after] of [
    [[1], 2],
    [[1, 2], 3],
    [[1, 2, 3], 1],
  ] as const) {
    const query = { history: Int32Array.from(before), values: Float32Array.from(before, () => 3), domain: 0 }
    const scores = await model.score([query], { start: 1, end: 7 })
    expect(1 + scores.indexOf(Math.max(...scores)), `after ${before}`).toBe(after)
  }
  await model.dispose()
})
