import { expect, it } from 'vitest'
import { createRng } from '../math/index.ts'
import { weightedDifferenceInterval, weightedRewardInterval } from './weighted-rewards.ts'

/** Two items, the second shown to one in ten and better; the target shows it to half. */
const TRUTH = { value: 0.5 * 0.2 + 0.5 * 0.6, logged: 0.9 * 0.2 + 0.1 * 0.6 }
function log(units: number, seed: number) {
  const rng = createRng(seed).split('weighted')
  const [weights, rewards] = [new Float64Array(units), new Float64Array(units)]
  for (let i = 0; i < units; i++) {
    const second = rng.float() < 0.1
    weights[i] = second ? 5 : 0.5 / 0.9
    rewards[i] = rng.float() < (second ? 0.6 : 0.2) ? 1 : 0
  }
  return { weights, rewards }
}

it('holds the truth at every length of the log at once, and finds it at last', () => {
  let missed = 0
  for (let seed = 0; seed < 40; seed++) {
    const { weights, rewards } = log(600, seed)
    const outside = [50, 200, 600].some((units) => {
      const value = weightedRewardInterval(weights.subarray(0, units), rewards.subarray(0, units))
      const gained = weightedDifferenceInterval(weights.subarray(0, units), rewards.subarray(0, units))
      expect(gained.p < 0.05).toBe(gained.low > 0 || gained.high < 0)
      return (
        value.low > TRUTH.value ||
        value.high < TRUTH.value ||
        gained.low > TRUTH.value - TRUTH.logged ||
        gained.high < TRUTH.value - TRUTH.logged
      )
    })
    if (outside) missed++
  }
  expect(missed).toBeLessThanOrEqual(3)
  const { weights, rewards } = log(100_000, 1)
  const { low, high } = weightedRewardInterval(weights, rewards)
  expect(high - low).toBeLessThan(0.05)
  expect(weightedDifferenceInterval(weights, rewards).low).toBeGreaterThan(0.12)
})

it('says nothing of an empty log, and little of one row', () => {
  const none = weightedRewardInterval([], [])
  expect(none.low).toBeNaN()
  expect(none.high).toBeNaN()
  expect(weightedRewardInterval([1], [1])).toEqual({ mean: 1, low: 0, high: 1 })
})
