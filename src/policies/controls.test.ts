import { describe, expect, test } from 'vitest'
import { drawnRewards, simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import type { Dataset, Policy } from '../core/index.ts'
import { createEnvironment, episodeRewards, parseLeaveRule, rollOut } from '../rl/index.ts'
import { CONTROLS } from './controls.ts'

const create = (name: string, dataset: Dataset, shrinkage = 0): Policy =>
  CONTROLS.find((control) => control.name === name)!.create(createEnvironment(dataset), { shrinkage })
const everything = (dataset: Dataset) => ({ start: 1, end: dataset.items.size })
const scoresOf = async (policy: Policy, dataset: Dataset, user = 0) =>
  Array.from(await policy.score([{ user, history: new Int32Array(0), domain: 0 }], everything(dataset)))

// Item 0 has one 5, item 1 two 4s and a 3, item 2 two 1s, item 3 nothing but a test row.
const rated = (() => {
  const log = [
    [0, 0, 5],
    [0, 1, 4],
    [1, 1, 4],
    [2, 1, 3],
    [1, 2, 1],
    [2, 2, 1],
    [2, 3, 5],
  ] as const
  const dataset = simulatedWorld({ rewards: drawnRewards(3, 4), log })
  const test = dataset.items.id('i0003')!
  return {
    ...dataset,
    log: { ...dataset.log, part: Uint8Array.from(dataset.log.item, (item) => (item === test ? 2 : 0)) },
  }
})()
const byName = async (policy: Policy) => {
  const scores = await scoresOf(policy, rated)
  return [0, 1, 2, 3].map((i) => scores[rated.items.id(`i000${i}`)! - 1])
}

test('popularity counts training rows', async () => {
  expect(await byName(create('popularity', rated))).toEqual([1, 3, 2, 0])
})

test('best-list shrinks the mean of the training values towards that of all', async () => {
  expect(await byName(create('best-list', rated, 0))).toEqual([5, Math.fround(11 / 3), 1, Number.NEGATIVE_INFINITY])
  expect(await byName(create('best-list', rated, 4))).toEqual(
    [17 / 5, 23 / 7, 14 / 6, 3].map(Math.fround), // the mean of all is 18 / 6
  )
})

test('hindsight-list has the mean of the true rewards of all users, oracle those of the one', async () => {
  const rewards = [
    [1, 2, 3],
    [5, 2, 1],
  ]
  const dataset = simulatedWorld({ rewards })
  expect(await scoresOf(create('hindsight-list', dataset), dataset)).toEqual([3, 2, 2])
  const oracle = create('oracle', dataset)
  for (const user of [0, 1]) expect(await scoresOf(oracle, dataset, user)).toEqual(rewards[user])
  const part = await oracle.score([{ user: 1, history: new Int32Array(0), domain: 0 }], { start: 2, end: 3 })
  expect([...part]).toEqual([2])
  await expect(scoresOf(oracle, dataset, 2)).rejects.toThrow(expect.objectContaining({ code: 'bad-argument' }))
})

describe('in a world without a rule', () => {
  const dataset = simulatedWorld({
    rewards: drawnRewards(20, 60),
    categories: Array.from({ length: 60 }, (_, i) => `${i % 6}`),
  })
  const run = (name: string, leave: readonly string[] = []) =>
    rollOut(create(name, dataset), createEnvironment(dataset, { maxLength: 8, leave: leave.map(parseLeaveRule) }), {
      mode: 'noRepeat',
      episodes: 20,
      users: 'in-turn',
      seed: 1,
    })

  test('the oracle earns exactly the best rewards of each user, the hindsight list those of one order', async () => {
    const best = (rewards: readonly number[]) =>
      [...rewards]
        .sort((a, b) => b - a)
        .slice(0, 8)
        .reduce((a, b) => a + b)
    const { truth } = dataset
    const rows = Array.from({ length: 20 }, (_, u) => Array.from(truth!.row(u)))
    const oracle = episodeRewards(await run('oracle'))
    for (const [u, row] of rows.entries()) expect(oracle[u]).toBeCloseTo(best(row), 4)
    const hindsight = episodeRewards(await run('hindsight-list'))
    const means = rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / 20)
    expect(hindsight.reduce((a, b) => a + b) / 20).toBeCloseTo(best(means), 4)
  })

  test('random recommends every item about equally often', async () => {
    const { items } = await rollOut(create('random', dataset), createEnvironment(dataset, { maxLength: 8 }), {
      mode: 'noRepeat',
      episodes: 1500,
      seed: 1,
    })
    const counts = new Int32Array(61)
    for (const item of items) counts[item]++
    for (const count of counts.subarray(1)) expect(Math.abs(count - 200)).toBeLessThan(65) // 4.9 standard deviations
  })

  test.each(['best-list', 'hindsight-list', 'oracle'])('%s stays where a rule lets it', async (name) => {
    expect(new Set((await run(name, ['categories:4:0'])).lengths)).toEqual(new Set([8]))
  })
})
