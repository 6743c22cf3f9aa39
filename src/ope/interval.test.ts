import { describe, expect, it } from 'vitest'
import { createRng } from '../math/index.ts'
import { ESTIMATORS } from './estimators/index.ts'
import { estimate } from './interval.ts'
import type { Logged, Target } from './logged.ts'

/** Two domains of three items; users come back `visits` times and have a taste of their own, which no model knows. */
function world(seed: number, users: number, visits: number): { logged: Logged; target: Target } {
  const rng = createRng(seed)
  const units = users * visits
  const logged = {
    units,
    users: Int32Array.from({ length: units }, (_, unit) => Math.floor(unit / visits)),
    domains: Int32Array.from({ length: units }, (_, unit) => unit % 2),
    domainNames: ['books', 'music'],
    rewards: new Float64Array(units),
    propensities: new Float64Array(units),
  }
  const probabilities = new Float64Array(units)
  const [shown, wanted] = [
    [0.5, 0.3, 0.2],
    [0.2, 0.3, 0.5],
  ]
  for (let user = 0; user < users; user++) {
    const taste = 0.5 * rng.normal()
    for (let visit = 0; visit < visits; visit++) {
      const unit = user * visits + visit
      const draw = rng.float()
      const item = draw < 0.5 ? 0 : draw < 0.8 ? 1 : 2
      logged.propensities[unit] = shown[item]
      probabilities[unit] = wanted[item]
      logged.rewards[unit] = 1 + 0.2 * item + taste + 0.3 * rng.normal()
    }
  }
  return { logged, target: { name: 'target', probabilities } }
}

const able = ESTIMATORS.filter(({ name }) => ['ipw', 'snipw'].includes(name))

describe('estimates', () => {
  const { logged, target } = world(1, 400, 5)

  it('are those of the formulas, by domain and overall', () => {
    const { overall, domains } = estimate(logged, target, able, { seed: 1, samples: 200 })
    expect(domains.map(({ domain, units }) => [domain, units])).toEqual([
      ['books', 1000],
      ['music', 1000],
    ])
    for (const { units, logging, estimates } of [overall, ...domains]) {
      const [ipw, snipw] = estimates
      expect(ipw.value.mean - ipw.difference.mean).toBeCloseTo(logging.mean, 12)
      expect(snipw.value.mean).toBeCloseTo(1.26, 0)
      expect(units).toBeGreaterThan(0)
    }
    const [first] = overall.estimates
    expect(first.value.mean).toBeCloseTo(
      (domains[0].estimates[0].value.mean + domains[1].estimates[0].value.mean) / 2,
      12,
    )
  })

  it('have the same intervals drawn and by the delta method', () => {
    const drawn = estimate(logged, target, able, { seed: 1 })
    const formula = estimate(logged, target, able, { seed: 1, drawnBelow: 0 })
    for (const scope of ['overall', 0, 1] as const) {
      const [a, b] = [drawn, formula].map((of) => (scope === 'overall' ? of.overall : of.domains[scope]))
      for (const [k, { value, difference, error }] of a.estimates.entries()) {
        const other = b.estimates[k]
        expect(error).toBe(other.error)
        for (const [mine, theirs] of [[value, other.value] as const, [difference, other.difference] as const]) {
          const width = theirs.high - theirs.low
          expect(Math.abs(mine.low - theirs.low)).toBeLessThan(0.06 * width)
          expect(Math.abs(mine.high - theirs.high)).toBeLessThan(0.06 * width)
        }
      }
    }
  })

  it('are wider where users come back than rows alone would tell', () => {
    const rows = { ...logged, users: Int32Array.from({ length: logged.units }, (_, unit) => unit) }
    const [clustered, alone] = [logged, rows].map((of) => estimate(of, target, able, { seed: 1, drawnBelow: 0 }))
    expect(width(clustered.overall.logging)).toBeGreaterThan(1.5 * width(alone.overall.logging))
  })

  it('are the same for the same seed, and no interval comes from one user', () => {
    const again = () => estimate(logged, target, able, { seed: 4, samples: 50 })
    expect(again()).toEqual(again())
    const one = { ...logged, users: new Int32Array(logged.units) }
    expect(estimate(one, target, able, { seed: 4, samples: 50 }).overall.logging.low).toBeNaN()
    expect(estimate(one, target, able, { seed: 4, drawnBelow: 0 }).overall.logging.low).toBeNaN()
  })

  it('hold what an estimator was shrunk from, where it takes on a bias', () => {
    const wrong = new Float64Array(logged.units).fill(2)
    const named = (name: string) => ESTIMATORS.find((one) => one.name === name) as (typeof ESTIMATORS)[number]
    const modeled = [
      { ...logged, predicted: wrong },
      { ...target, expected: wrong },
    ] as const
    const { estimates } = estimate(...modeled, ['dr', 'dm', 'dros', 'switch-dr'].map(named), {
      seed: 1,
      samples: 200,
    }).overall
    const [dr, dm, ...shrunk] = estimates
    expect(dm.value.mean).toBeCloseTo(2, 12)
    expect(dr.value.high).toBeLessThan(1.6)
    for (const { value, p, error } of [dm, ...shrunk]) {
      expect(value.low).toBeLessThanOrEqual(dr.value.low)
      expect(value.high).toBeGreaterThanOrEqual(dr.value.high)
      expect(p).toBeGreaterThanOrEqual(dr.p)
      expect(error).toBeGreaterThanOrEqual(dr.error)
    }
  })

  it('say which column is missing or too short', () => {
    expect(() => estimate(logged, target, ESTIMATORS, { seed: 1 })).toThrow(/no column predicted/)
    const short = { ...logged, rewards: new Float64Array(3) }
    expect(() => estimate(short, target, able, { seed: 1 })).toThrow('the column rewards has 3 rows; it must have 2000')
  })
})

function width({ low, high }: { readonly low: number; readonly high: number }): number {
  return high - low
}
