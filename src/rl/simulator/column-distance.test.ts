import fc from 'fast-check'
import { expect, test } from 'vitest'
import { drawnRewards, simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import { createRng, denseRewards, factorizedRewards } from '../../math/index.ts'
import { CONTROLS } from '../../policies/controls.ts'
import { leastByHazard, nearColumns, randomPlay } from './column-distance.ts'
import { episodeMetrics } from './episode-metrics.ts'
import { parseLeaveRule } from './leave-rule.ts'
import { rollOut } from './rollout.ts'
import { createEnvironment } from './simulator.ts'

/** Items on a line: the distance of two is that of their numbers. */
const line = (...values: number[]) => denseRewards({ users: [0], items: values.map((_, i) => i + 1), values })
const play = (...episodes: number[][]) => episodes.map((columns) => Int32Array.from(columns))

test('the least distance by hand: episodes are cut where users leave, so that later turns do not count', () => {
  const rewards = line(0, 1, 10, 13)
  const hazard = (share: number) => leastByHazard(rewards, play([0, 1, 2, 3], [3, 2, 0]), { window: 1, hazard: share })
  // Distances turn by turn: ∞ 1 9 3 and ∞ 3 10. Below 1: no leaving. From 1 on: 1 leaving in 2 + 3 turns. From 3 on: 2 in 2 + 2.
  expect(hazard(0.2)).toBe(2)
  expect(hazard(0.5)).toBe(6)
  expect(() => hazard(0.51)).toThrow(/at most 50\.0 % can be reached/)
  expect(() => leastByHazard(rewards, play([0], [1]), { window: 1, hazard: 0.1 })).toThrow(/no turn after a first/)
})

test('an exact repeat is at distance 0, and a window of two looks further back', () => {
  const rewards = line(0, 5, 20)
  expect(leastByHazard(rewards, play([0, 1, 0]), { window: 2, hazard: 1 / 3 })).toBe(2.5)
  expect(leastByHazard(rewards, play([0, 1, 0]), { window: 1, hazard: 1 / 3 })).toBeGreaterThan(5)
})

test('a greater share asks for a greater distance, whatever was played', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(5), { minLength: 2, maxLength: 8 }), { minLength: 1, maxLength: 6 }),
      fc.double({ min: 0.01, max: 0.15, noNaN: true }),
      fc.double({ min: 0.01, max: 0.15, noNaN: true }),
      (episodes, one, other) => {
        const rewards = line(0, 1, 3, 7, 15, 31)
        const found = (hazard: number) => leastByHazard(rewards, play(...episodes), { window: 3, hazard })
        // Episodes have at most eight turns and every one can be cut: 12.5 % is always reached.
        const [low, high] = [Math.min(one, other, 0.12), Math.min(Math.max(one, other), 0.125)]
        expect(found(low)).toBeLessThanOrEqual(found(high))
      },
    ),
    { numRuns: 50 },
  )
})

test('distance:WINDOW:SHARE% makes users of random play leave that often', async () => {
  const dataset = simulatedWorld({ rewards: drawnRewards(15, 60) })
  const environment = createEnvironment(dataset, { leave: [parseLeaveRule('distance:4:8%')], maxLength: 30 })
  const random = CONTROLS.find(({ name }) => name === 'random')!.create(environment, { shrinkage: 0 })
  const { endings, length } = episodeMetrics(
    await rollOut(random, environment, { mode: 'free', episodes: 2000, seed: 3 }),
    environment,
  )
  // 2,000 episodes have some 20,000 turns: the standard error is .002, and that of what was calibrated as large.
  expect(Math.abs(endings.distance! / (2000 * length) - 0.08)).toBeLessThan(0.01)
})

test('random play is the same for every matrix of one size', () => {
  expect(randomPlay(7)).toEqual(randomPlay(7))
  expect(randomPlay(7)).not.toEqual(randomPlay(8))
})

test('near means below, and a distance of 0 is never below 0', () => {
  const near = nearColumns(line(0, 3, 4), 3)
  expect([near(0, 1), near(1, 2), near(2, 2), near(2, 0)]).toEqual([false, true, true, false])
  expect(nearColumns(line(0, 0), 0)(0, 1)).toBe(false)
})

test('distances of factors are those of the rewards that they are factors of', () => {
  const rng = createRng(2).split('factors')
  const [width, users, items] = [3, 30, 21]
  const drawn = (count: number) => Float32Array.from({ length: count }, () => rng.normal())
  const ids = {
    users: Array.from({ length: users }, (_, u) => u),
    items: Array.from({ length: items }, (_, i) => i + 1),
  }
  const factors = { ...ids, width, userFactors: drawn(users * width), itemFactors: drawn(items * width) }
  const factorized = factorizedRewards(factors)
  const dense = denseRewards({ ...ids, values: ids.users.flatMap((row) => [...factorized.row(row)]) })
  const distance = (a: number, b: number) =>
    Math.sqrt(factorized.column(a).reduce((sum, value, u) => sum + (value - factorized.column(b)[u]) ** 2, 0))
  for (let a = 0; a < items; a++)
    for (let b = 0; b <= a; b++) {
      const exact = distance(a, b)
      for (const matrix of [factorized, dense])
        for (const [least, expected] of [
          [exact + 1e-3, true],
          [exact - 1e-3, false],
        ] as const)
          expect(nearColumns(matrix, least)(a, b), `${a} ${b}`).toBe(expected)
    }
})

test('what is known of a pair is that of no other', () => {
  const near = nearColumns(line(0, 10, 0.5, 11, 20, 21, 40), 2)
  const asked = () =>
    [0, 1, 2, 3, 4, 5, 6].flatMap((a) => [0, 1, 2, 3, 4, 5, 6].filter((b) => near(a, b)).map((b) => `${a}${b}`))
  const expected = ['00', '02', '11', '13', '20', '22', '31', '33', '44', '45', '54', '55', '66']
  expect(asked()).toEqual(expected)
  expect(asked()).toEqual(expected)
})
