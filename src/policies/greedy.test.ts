import { expect, test } from 'vitest'
import { believedWorld, openBelieved } from '../../test/worlds/believed-world.ts'
import { simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import { trainInMemory } from '../contract/train-in-memory.ts'
import { greedy } from './greedy.ts'

// Users of two tastes. By columns of what is believed, items 1 and 2 are near one another, and 3 and 4 are.
const believed = [
  [5, 4.9, 1, 1.2],
  [1, 1.1, 4, 4.5],
]
const dataset = simulatedWorld({ rewards: believed.map((row) => row.map(() => 3)) })
const world = { dataset, split: { name: 'all', part: new Uint8Array(dataset.log.length) } }
const range = { start: 1, end: 5 }

async function orderOf(leave: string[], history: number[], user?: number) {
  const openRun = openBelieved(believedWorld(dataset, believed))
  const { model } = await trainInMemory(greedy, { worldModel: 'believed', leave }, world, { openRun })
  const scores = await model.score(
    [{ ...(user !== undefined && { user }), history: Int32Array.from(history), domain: 0 }],
    range,
  )
  return [1, 2, 3, 4].sort((a, b) => scores[b - 1] - scores[a - 1])
}

test("takes what is believed of the user, and of strangers the mean of all users'", async () => {
  expect(await orderOf([], [], 0)).toEqual([1, 2, 4, 3])
  expect(await orderOf([], [], 1)).toEqual([4, 3, 2, 1])
  expect(await orderOf([], [])).toEqual([1, 2, 4, 3]) // 3, 3, 2.5 and 2.85
  expect(await orderOf([], [1, 2, 1], 0)).toEqual([1, 2, 4, 3])
})

test('what is too near to the last items comes behind all others, by the columns of what is believed', async () => {
  expect(await orderOf(['distance:1:1'], [1], 0)).toEqual([4, 3, 1, 2])
  expect(await orderOf(['distance:1:1'], [1, 3], 0)).toEqual([1, 2, 4, 3])
  expect(await orderOf(['distance:2:1'], [1, 3], 0)).toEqual([1, 2, 4, 3]) // all are too near: by their rewards
})
