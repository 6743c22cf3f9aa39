import { expect, test } from 'vitest'
import { simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import { rangeScale, rewardScale } from './reward-scale.ts'

test('rewards are scaled by the training values, and not where they are all the same', () => {
  const scale = rewardScale(simulatedWorld({ rewards: [[1, 3, 5]] }))
  expect([1, 2, 5].map(scale)).toEqual([0, 0.25, 1])
  const flat = simulatedWorld({ rewards: [[1, 1]] })
  expect(rewardScale(flat)(1)).toBe(1)
  expect(rewardScale({ ...flat, log: { ...flat.log, value: undefined } })(1)).toBe(1)
})

test('a range is brought to 0 … 1, and what lies beyond it beyond', () => {
  expect([-2, 0, 4].map(rangeScale({ min: -2, max: 2 }))).toEqual([0, 0.5, 1.5])
  expect(rangeScale({ min: 2, max: 2 })(7)).toBe(7)
})
