import { describe, expect, it } from 'vitest'
import { type LoggedWorldOptions, loggedWorld, modelled, servedAsTarget } from '../../test/worlds/logged-worlds.ts'
import { ipw } from './estimators/ipw.ts'
import { evaluate } from './evaluate.ts'
import type { Logged, Target } from './logged.ts'

const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
const worthOf = (logged: Logged, target: Target) => mean(ipw.terms(logged, target).top)

describe('worlds whose answer is known', () => {
  const world = loggedWorld({ seed: 2, users: 20_000, unitsPerUser: 5 })
  const { logged, target, truth, served } = world

  it('pay what they say they pay', () => {
    expect(truth.overall - served.overall).toBeGreaterThan(0.01)
    expect(mean(logged.rewards)).toBeCloseTo(served.overall, 2)
    expect(worthOf(logged, target)).toBeCloseTo(truth.overall, 2)
    expect(worthOf(logged, servedAsTarget(world))).toBeCloseTo(mean(logged.rewards), 12)
    expect(mean(modelled(world).target.expected)).toBeCloseTo(truth.overall, 2)
  })

  it('lie outside the log where they are told to', () => {
    expect(mean(world.outside)).toBe(0)
    const hidden = loggedWorld({ flaw: 'never-shown' })
    const weights = hidden.target.probabilities.map((share, unit) => share / hidden.logged.propensities[unit])
    expect(mean(hidden.outside)).toBeGreaterThan(0.1)
    expect(mean(weights)).toBeCloseTo(1 - mean(hidden.outside), 1)
    expect(worthOf(hidden.logged, hidden.target)).toBeLessThan(hidden.truth.overall - 0.02)
  })

  it('have several loggers, which show all only together', () => {
    const several = loggedWorld({ seed: 2, users: 20_000, loggers: 2, complementary: true })
    expect(mean(several.outside)).toBeGreaterThan(0.2)
    const balanced = { ...several.logged, propensities: several.logged.mixture! }
    expect(worthOf(balanced, several.target)).toBeCloseTo(several.truth.overall, 2)
  })

  it('drift, and tell rewards late', () => {
    const drifting = loggedWorld({ seed: 2, users: 20_000, drift: 0.4 })
    expect(worthOf(drifting.logged, drifting.target)).toBeCloseTo(drifting.truth.overall, 2)
    const late = loggedWorld({ seed: 2, users: 20_000, delay: 3 })
    expect(mean(late.logged.rewards)).toBeLessThan(0.95 * late.served.overall)
  })
})

describe('no refusal', () => {
  it.each<[string, LoggedWorldOptions]>([
    ['near', { distance: 0.3 }],
    ['far', { distance: 2 }],
    ['drifting', { drift: 0.4 }],
    ['told late', { delay: 3 }],
    ['of values', { values: true }],
    ['of one service', { domains: { shop: 1 } }],
    ['of two policies', { loggers: 2 }],
    ['of two policies that only together show all', { loggers: 2, complementary: true }],
    ['of users who come back', { unitsPerUser: 15 }],
  ])('comes in a world that is %s', (_, options) => {
    const world = loggedWorld({ users: 1200, ...options })
    const { logged, target } = modelled(world)
    const [{ overall }] = evaluate(logged, [target], { samples: 100 }).targets
    expect(overall.refusal).toBeUndefined()
    const { difference, error } = overall.estimates.find(({ estimator }) => estimator === overall.by)!
    const gain = world.truth.overall - world.served.overall
    if (options.delay === undefined) expect(Math.abs(difference.mean - gain)).toBeLessThan(4 * error)
  })
})

describe('estimators', () => {
  const world = loggedWorld({ seed: 1013, users: 1200, distance: 1 })
  const verdictWith = (error: number) => {
    const { logged, target } = modelled(world, error)
    return evaluate(logged, [target], { samples: 100 }).targets[0].overall.verdict
  }

  it('disagree where the reward model is wrong, and not by the chance of each', () => {
    expect(verdictWith(0)).toBe('better')
    expect(verdictWith(0.3)).toBe('estimators disagree')
  })
})
