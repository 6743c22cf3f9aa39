import { expect, it } from 'vitest'
import { createRng } from '../math/index.ts'
import { weightedWorth } from './weighted-rewards.ts'

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
      const { value, difference: gained } = weightedWorth({
        weights: weights.subarray(0, units),
        rewards: rewards.subarray(0, units),
      })
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
  const { value, difference } = weightedWorth({ weights, rewards })
  expect(value.high - value.low).toBeLessThan(0.05)
  expect(difference.low).toBeGreaterThan(0.12)
})

it('says nothing of an empty log, and little of one row', () => {
  const none = weightedWorth({ weights: new Float64Array(0), rewards: new Float64Array(0) })
  expect(none.value.low).toBeNaN()
  expect(none.difference.high).toBeNaN()
  const one = weightedWorth({ weights: Float64Array.of(1), rewards: Float64Array.of(1) })
  expect(one).toEqual({ value: { mean: 1, low: 0, high: 1 }, difference: { mean: 0, low: -1, high: 1, p: 1 } })
})

it('of units of several steps says what their sums are worth', () => {
  // Two steps of which the second pays nothing and weighs as much as the first: the same as one, on a scale twice as wide.
  const { weights, rewards } = log(400, 3)
  const twice = (column: Float64Array, second: number) =>
    Float64Array.from({ length: 800 }, (_, i) => column[i >> 1] * (i % 2 === 0 ? 1 : second))
  const starts = Int32Array.from({ length: 401 }, (_, unit) => 2 * unit)
  const pairs = weightedWorth({ weights: twice(weights, 1), rewards: twice(rewards, 0), starts })
  const halves = weightedWorth({ weights, rewards: rewards.map((reward) => reward / 2) })
  expect(pairs.value.mean).toBeCloseTo(2 * halves.value.mean, 12)
  expect(pairs.value.low).toBeCloseTo(2 * halves.value.low, 9)
  expect(pairs.value.high).toBeCloseTo(2 * halves.value.high, 9)
  expect(pairs.difference.low).toBeCloseTo(2 * halves.difference.low, 9)
  expect(pairs.difference.p).toBeCloseTo(halves.difference.p, 9)
})
