import { expect, test } from 'vitest'
import { simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import type { Trajectories } from '../../core/index.ts'
import { dominatedItems, episodeMetrics, episodeRewards } from './episode-metrics.ts'
import { parseLeaveRule } from './leave-rule.ts'
import { createEnvironment } from './simulator.ts'

const trajectories: Trajectories = {
  users: Int32Array.of(0, 1, 0),
  lengths: Int32Array.of(3, 1, 2),
  maxLength: 3,
  items: Int32Array.of(1, 2, 3, 2, 0, 0, 1, 1, 0),
  rewards: Float32Array.of(1, 2, 3, 4, 0, 0, 1, 1, 0),
  endings: Int8Array.of(-1, -1, -1),
}
const world = (categories: string[], values?: number[]) =>
  simulatedWorld({
    rewards: [[1, 1, 1, 1, 1, 1]],
    categories,
    ...(values && { log: values.map((value, item) => [0, item, value] as const) }),
  })

test('sums, means and distinct items by hand', () => {
  const environment = createEnvironment(world(['a', 'b', 'c', 'd', 'e', 'f']))
  const metrics = episodeMetrics(trajectories, environment, Uint8Array.of(0, 1, 0, 0, 0, 0, 0))
  expect(metrics.rTra).toBeCloseTo(12 / 3)
  expect(metrics.rEach).toBeCloseTo(12 / 6)
  expect(metrics.length).toBeCloseTo(6 / 3)
  expect(metrics.coverage).toBeCloseTo(3 / 6)
  expect(metrics.coveragePerTurn).toBeCloseTo(3 / 6)
  expect(metrics.mcd).toBeCloseTo(3 / 6)
  expect(metrics.rTraHalfWidth).toBeCloseTo(0) // both users are at the mean: 6 and 2, and 4
  const apart = { ...trajectories, users: Int32Array.of(0, 1, 2) }
  expect(episodeMetrics(apart, environment).rTraHalfWidth).toBeCloseTo((1.96 * 2) / Math.sqrt(3)) // 6, 4 and 2
  const together = { ...trajectories, users: Int32Array.of(0, 0, 1) } // 2 above the mean and 2 below it
  expect(episodeMetrics(together, environment).rTraHalfWidth).toBeCloseTo((1.96 * Math.sqrt(16)) / 3)
  expect(episodeMetrics({ ...trajectories, users: new Int32Array(3) }, environment).rTraHalfWidth).toBeNaN()
  expect([...episodeRewards(trajectories)]).toEqual([6, 4, 2])
  expect(episodeMetrics(trajectories, environment)).not.toHaveProperty('mcd')
})

test('both conventions of length and return, what ended the episodes, and repeats by hand', () => {
  const leave = [parseLeaveRule('low-reward:1'), parseLeaveRule('distance:4:1')]
  const apart = simulatedWorld({ rewards: [[1, 9, 3, 4, 5, 6]] })
  const left = { ...trajectories, endings: Int8Array.of(-1, 0, 1) }
  const metrics = episodeMetrics(left, createEnvironment(apart, { leave }))
  expect(metrics.lengthAccepted).toBeCloseTo((3 + 0 + 1) / 3) // the turn at which a user left does not count
  expect(metrics.returnAccepted).toBeCloseTo((6 + 0 + 1) / 3)
  expect(metrics.rewardAccepted).toBeCloseTo(7 / 4)
  expect(metrics.endings).toEqual({ 'low-reward': 1, distance: 1, 'max-length': 1 })
  expect(metrics.repeatEndings).toBe(1) // the third episode, at item 1 after item 1
  expect(metrics.repeats).toBeCloseTo(1 / 3) // of two later turns of the first, none of the second, one of the third
  expect([metrics.distinctItems, metrics.distinctFirstItems]).toEqual([3, 2])
  const none = { ...trajectories, lengths: Int32Array.of(1, 1, 1), endings: Int8Array.of(0, 0, 0) }
  expect(episodeMetrics(none, createEnvironment(apart, { leave }))).toMatchObject({ rewardAccepted: 0, repeats: 0 })
})

test.each<[string, string[], number[] | undefined, number | undefined, number[]]>([
  ['of equal shares, as many as make up 80 %', ['a', 'b', 'c', 'd', 'e', ''], undefined, undefined, [1, 1, 1, 1, 0, 0]],
  ['one that exceeds 80 % alone', ['a', 'a', 'a', 'a', 'a', 'b'], undefined, undefined, [1, 1, 1, 1, 1, 0]],
  ['those above the mean alone', ['a', 'a', 'b', 'b', 'c', 'c'], [1, 1, 1, 1, 5, 1], undefined, [0, 0, 0, 0, 1, 1]],
  ['those above the given bound', ['a', 'a', 'b', 'b', 'c', 'c'], [1, 1, 2, 2, 5, 0], 1.5, [0, 0, 1, 1, 0, 0]],
])('dominated categories: %s', (_, categories, values, positiveAbove, expected) => {
  const dataset = world(categories, values)
  // Without values of its own every row of the log pays 1, which is not above their mean of 1.
  const dominated = dominatedItems(createEnvironment(dataset), values ? positiveAbove : 0)!
  expect(expected.map((_, i) => dominated[dataset.items.id(`i000${i}`)!])).toEqual(expected)
  expect(dominated[0]).toBe(0)
})

test('without categories there are none; without positive rows they cannot be told', () => {
  const { categories, ...without } = world(['a', 'a', 'a', 'a', 'a', 'a'])
  expect(categories).toBeDefined()
  expect(dominatedItems(createEnvironment(without))).toBeUndefined()
  expect(() => dominatedItems(createEnvironment({ ...without, categories }), 1)).toThrow(
    expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining('above 1') }),
  )
})
