import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng } from '../math/index.ts'
import { anytimeAbove, anytimeErrors, anytimeInterval } from './anytime.ts'
import { cuped } from './cuped.ts'
import { differenceOf, fixedInterval, meanOf, turned } from './effects.ts'
import { momentsOf, ratioValues, winsorized } from './moments.ts'
import { detectableEffect, powerOf, usersNeeded } from './power.ts'
import { ratioMismatch, sequentialRatioMismatch } from './sample-ratio.ts'

const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true })
const column = fc.array(finite, { minLength: 3, maxLength: 30 })

describe('effects', () => {
  it('say nothing where nothing varied, or from one user', () => {
    const still = differenceOf(momentsOf([1, 1, 1]), momentsOf([2, 2]))
    expect(fixedInterval(still)).toEqual({ mean: 1, low: Number.NaN, high: Number.NaN, p: Number.NaN })
    expect(anytimeInterval(still, { planned: 10 }).p).toBeNaN()
    expect(fixedInterval(meanOf(momentsOf([3]))).p).toBeNaN()
    expect(momentsOf([]).mean).toBeNaN()
  })

  it('turn around with their sign', () => {
    const effect = meanOf(momentsOf([1, 2, 4]))
    const [one, other] = [anytimeInterval(effect, { planned: 9 }), anytimeInterval(turned(effect), { planned: 9 })]
    expect([other.low, other.high, other.p]).toEqual([-one.high, -one.low, one.p])
  })
})

describe('an interval that may be watched', () => {
  it('excludes zero exactly where its p value is below one minus its level', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -8, max: 8, noNaN: true }),
        fc.double({ min: 0.01, max: 30, noNaN: true }),
        fc.constantFrom(0.9, 0.95, 0.999),
        (mean, share, level) => {
          const effect = { mean, error: 1, n: 1000 * share, degrees: 10 }
          const { low, high, p } = anytimeInterval(effect, { planned: 1000, level })
          fc.pre(Math.min(Math.abs(low), Math.abs(high)) > 1e-9)
          expect(low > 0 || high < 0).toBe(p < 1 - level)
          const above = anytimeAbove(effect, 0.5, { planned: 1000, level })
          fc.pre(Math.abs(above.low - 0.5) > 1e-9)
          expect(above.low > 0.5).toBe(above.p < 1 - level)
        },
      ),
    )
  })

  it('is narrowest where it was planned, counted in users', () => {
    // A standard error falls as 1 / √users, so this is half the width at one number of users under several plans.
    const half = (users: number, planned: number) => anytimeErrors(users / planned, 0.05) / Math.sqrt(users)
    for (const planned of [0.2, 0.5, 0.9, 1.1, 2, 5]) expect(half(1, planned)).toBeGreaterThan(half(1, 1))
    expect(anytimeErrors(1, 0.05)).toBeCloseTo(3.035, 3)
  })
})

describe('ratios, CUPED and capping', () => {
  it('a ratio to one a user is the values themselves', () => {
    fc.assert(
      fc.property(column, (values) => {
        const ratio = ratioValues(
          values,
          values.map(() => 1),
        )
        for (const [i, value] of ratio.entries()) expect(value).toBeCloseTo(values[i], 8)
      }),
    )
  })

  it('CUPED never adds variance within arms, and a past that says nothing changes nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(finite, finite), { minLength: 4, maxLength: 30 }), (pairs) => {
        const half = pairs.length >> 1
        const arm = (part: typeof pairs) => ({
          values: Float64Array.from(part, ([y]) => y),
          before: Float64Array.from(part, ([, x]) => x),
        })
        expect(cuped([arm(pairs.slice(0, half)), arm(pairs.slice(half))]).removed).toBeGreaterThan(-1e-9)
      }),
    )
    const values = Float64Array.of(1, 2, 5)
    const unknown = cuped([{ values, before: Float64Array.of(Number.NaN, Number.NaN, Number.NaN) }])
    expect(unknown).toEqual({ arms: [values], slope: 0, removed: 0 })
    expect(cuped([{ values, before: Float64Array.of(4, 4, 4) }]).arms).toEqual([values])
  })

  it('a user without a past stays, and the others are moved around theirs alone', () => {
    const [arm] = cuped([{ values: Float64Array.of(1, 2, 3, 100), before: Float64Array.of(1, 2, 3, Number.NaN) }]).arms
    expect([...arm]).toEqual([2, 2, 2, 100])
  })

  it('caps nothing where all are alike, and nobody where there is nobody', () => {
    expect(winsorized([Float64Array.of(2, 2), Float64Array.of(2)])).toMatchObject({ limit: 2, capped: 0 })
    expect(winsorized([new Float64Array(0)]).limit).toBeNaN()
  })
})

describe('sample ratio mismatch', () => {
  const even = (control: number, treatment: number) => ({ counts: [control, treatment], weights: [1, 1] })

  it('sums over periods with other weights, and does not mind how many days there were', () => {
    const days = [even(100, 90), even(80, 95), { counts: [90, 10], weights: [9, 1] }]
    const two = ratioMismatch(days)
    expect(two.degrees).toBe(2)
    expect(two.statistic).toBeCloseTo((2 * 2.5 ** 2) / 182.5, 12)
    expect(ratioMismatch([even(180, 185), days[2]])).toEqual(two)
    // Looked at as one with the mean weights, changed weights would look like a mismatch.
    expect(two.p).toBeGreaterThan(0.5)
  })

  it('an arm that was to get nobody must not get anybody', () => {
    expect(ratioMismatch([{ counts: [10, 10, 0], weights: [1, 1, 0] }]).p).toBe(1)
    expect(ratioMismatch([{ counts: [10, 10, 1], weights: [1, 1, 0] }]).p).toBe(0)
    expect(sequentialRatioMismatch([{ counts: [10, 10, 1], weights: [1, 1, 0] }])).toBe(0)
  })

  it('watched every day it is silent where nothing is wrong, and speaks of a loss of six in a hundred', () => {
    const watched = (loss: number, seed: number) => {
      const rng = createRng(seed).split('arms')
      const days = Array.from({ length: 20 }, () => {
        let control = 0
        let lost = 0
        for (let user = 0; user < 2000; user++) {
          if (rng.float() < 0.5) control++
          else if (rng.float() < loss) lost++
        }
        return even(control, 2000 - control - lost)
      })
      return sequentialRatioMismatch(days)
    }
    const seeds = [...Array(20).keys()]
    expect(seeds.filter((seed) => watched(0, seed) < 0.05).length).toBeLessThanOrEqual(2)
    expect(seeds.filter((seed) => watched(0.06, seed) < 0.001).length).toBeGreaterThanOrEqual(18)
  })
})

describe('power', () => {
  it('is what was asked for at the users that it takes, and the effect is the one that shows', () => {
    for (const interval of ['fixed', 'anytime'] as const) {
      const plan = { variance: 2, interval, power: 0.9, shares: [0.9, 0.1] } as const
      const users = usersNeeded(0.1, plan)
      expect(powerOf(0.1, users, plan)).toBeCloseTo(0.9, 3)
      expect(detectableEffect(users, plan)).toBeCloseTo(0.1, 4)
    }
    expect(usersNeeded(0, { variance: 1 })).toBe(Number.POSITIVE_INFINITY)
  })
})
