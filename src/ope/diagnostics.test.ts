import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng } from '../math/index.ts'
import { addPair, calibrationGroups, calibrationTest, createCalibration } from './calibration.ts'
import {
  calibrationCheck,
  driftChecks,
  effectiveSizeChecks,
  exploredCheck,
  heaviestCheck,
  lateCheck,
  meanWeightCheck,
  nullPolicyCheck,
  propensitiesCheck,
  supportCheck,
} from './diagnostics.ts'
import { driftOf } from './drift.ts'
import { figuresOf } from './figures.ts'
import type { Logged, Target } from './logged.ts'
import { nextSteps, trafficOf } from './next-steps.ts'
import { weightBins } from './weights.ts'

const DAY = 86_400_000

/** Items that were shown one at a time: a user, a propensity, a probability and a reward each. */
function logOf(rows: readonly (readonly [number, number, number, number?])[]): { logged: Logged; target: Target } {
  const column = (of: number) => Float64Array.from(rows, (row) => row[of] ?? 0)
  return {
    logged: {
      units: rows.length,
      users: Int32Array.from(rows, ([user]) => user),
      domains: new Int32Array(rows.length),
      domainNames: ['all'],
      propensities: column(1),
      rewards: column(3),
    },
    target: { name: 'target', probabilities: column(2) },
  }
}

describe('figures of a log', () => {
  // Weights 2, 1, 1, 0.5 of three users: sums 3, 1, 0.5 by user.
  const { logged, target } = logOf([
    [0, 0.5, 1],
    [0, 0.5, 0.5],
    [1, 0.25, 0.25],
    [2, 0.5, 0.25],
  ])

  it('are those of a hand', () => {
    const figures = figuresOf(logged, target)
    expect(figures).toMatchObject({ units: 4, steps: 4, users: 3, bad: 0, deterministic: false, hardlyShown: 0 })
    expect(figures.meanWeight).toBeCloseTo(4.5 / 4, 12)
    expect(figures.effectiveSteps).toBeCloseTo(4.5 ** 2 / (4 + 1 + 1 + 0.25), 12)
    expect(figures.effectiveUsers).toBeCloseTo(4.5 ** 2 / (9 + 1 + 0.25), 12)
    expect(figures.heaviest).toBeCloseTo(3 / 4.5, 12)
    // Users are off the mean by 3 − 2.25, 1 − 1.125 and 0.5 − 1.125.
    const residuals = 0.75 ** 2 + 0.125 ** 2 + 0.625 ** 2
    expect(figures.meanWeightError).toBeCloseTo(Math.sqrt((residuals * 3) / 2) / 4, 12)
    expect(
      weightBins(logged, target).flatMap(({ to, steps, weight }) => (steps > 0 ? [[to, steps, weight]] : [])),
    ).toEqual([
      [1, 0.75, 2.5 / 4.5],
      [3, 0.25, 2 / 4.5],
    ])
  })

  it('of lists take the weights down to each place', () => {
    const lists = {
      ...logged,
      units: 2,
      users: Int32Array.of(0, 1),
      domains: new Int32Array(2),
      starts: Int32Array.of(0, 2, 4),
    }
    // 2, 2·1; 1, 1·0.5
    expect(figuresOf(lists, target).effectiveSteps).toBeCloseTo(5.5 ** 2 / (4 + 4 + 1 + 0.25), 12)
    expect(figuresOf(lists, target).meanWeight).toBeCloseTo(4.5 / 4, 12)
  })

  it('count what is no probability, and what is known of candidates', () => {
    const broken = logOf([
      [0, 0, 0.5],
      [0, Number.NaN, 0.5],
      [0, 0.5, Number.NaN],
      [1, 0.5, 0.5],
      [1, 1.5, 0.5],
    ])
    expect(figuresOf(broken.logged, broken.target).bad).toBe(4)
    const sums = Float64Array.of(1, 0.9, 1.00001, Number.NaN)
    expect(figuresOf({ ...logged, sums }, target).badSums).toBe(2)
    const known = figuresOf(logged, { ...target, unsupported: Float64Array.of(0.1, 0, 0, 0.3) })
    expect(known).toMatchObject({ supportKnown: true })
    expect(known.hardlyShown).toBeCloseTo(0.1, 12)
  })

  it('have never more of an effective sample than there is, and all of it where weights are alike', () => {
    const row = fc.tuple(
      fc.nat(5),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    )
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const { logged, target } = logOf(rows)
        const { effectiveSteps, effectiveUsers, steps, users } = figuresOf(logged, target)
        expect(effectiveSteps).toBeLessThanOrEqual(steps + 1e-6)
        expect(effectiveUsers).toBeLessThanOrEqual(users + 1e-6)
        const alike = figuresOf(logged, { name: 'same', probabilities: logged.propensities })
        expect(alike.effectiveSteps).toBeCloseTo(steps, 6)
        expect(alike.meanWeight).toBeCloseTo(1, 9)
      }),
    )
  })
})

describe('checks', () => {
  const sound = {
    units: 1000,
    steps: 1000,
    users: 500,
    deterministic: false,
    bad: 0,
    badSums: Number.NaN,
    meanWeight: 1,
    meanWeightError: 0.01,
    hardlyShown: 0,
    supportKnown: true,
    effectiveSteps: 500,
    effectiveUsers: 250,
    heaviest: 0.05,
  }
  const all = (figures: typeof sound) => [
    propensitiesCheck(figures),
    exploredCheck(figures, 7, 'ranking'),
    supportCheck(figures),
    meanWeightCheck(figures),
    ...effectiveSizeChecks(figures),
    heaviestCheck(figures),
  ]

  it.each([
    ['nothing', {}, []],
    ['a missing propensity', { bad: 1 }, ['propensities refused']],
    ['candidates that do not sum to 1', { badSums: 1 }, ['propensities refused']],
    ['nothing drawn', { deterministic: true }, ['explored refused']],
    ['3 % hardly shown', { hardlyShown: 0.03 }, ['support refused']],
    ['2 % hardly shown', { hardlyShown: 0.02 }, []],
    ['10 % never shown', { meanWeight: 0.9, supportKnown: false }, ['support refused', 'mean weight refused']],
    ['weights 5 errors high', { meanWeight: 1.05 }, ['mean weight refused']],
    [
      'weights less by what is known to be hardly shown',
      { meanWeight: 0.985, hardlyShown: 0.015, supportKnown: true },
      [],
    ],
    [
      'weights 5 errors lower than that',
      { meanWeight: 0.935, hardlyShown: 0.015, supportKnown: true },
      ['mean weight refused'],
    ],
    ['weights 3 errors low', { meanWeight: 0.97, supportKnown: false }, []],
    ['199 effective users', { effectiveUsers: 199 }, ['effective users refused']],
    ['9 effective steps of 1,000', { effectiveSteps: 9 }, ['effective share refused']],
    ['users of 11 %', { heaviest: 0.11 }, ['heaviest users warning']],
    ['users of 26 %', { heaviest: 0.26 }, ['heaviest users refused']],
  ])('find %s', (_, change, found) => {
    const checks = all({ ...sound, ...change })
    expect(checks.flatMap(({ name, outcome }) => (outcome === 'sound' ? [] : [`${name} ${outcome}`]))).toEqual(found)
    for (const { sentence } of checks) expect(sentence).not.toMatch(/NaN|undefined/)
  })

  it('of the whole log warn or refuse beyond their bars', () => {
    expect(nullPolicyCheck(0, 0).outcome).toBe('sound')
    expect(nullPolicyCheck(3, 1).outcome).toBe('sound')
    expect(nullPolicyCheck(-4, 1).outcome).toBe('refused')
    expect(lateCheck(0.05).outcome).toBe('sound')
    expect(lateCheck(0.06).outcome).toBe('warning')
    expect(driftChecks({ z: -3.5, p: 0.5, mix: 0.5 }).map(({ outcome }) => outcome)).toEqual(['warning', 'sound'])
    expect(driftChecks({ z: Number.NaN, p: 1e-9, mix: 0.5 }).map(({ outcome }) => outcome)).toEqual(['warning'])
  })
})

describe('calibration', () => {
  /** Of four items with these propensities, one is shown each time by those. */
  function shownBy(shown: readonly number[], logged: readonly number[], steps = 20_000) {
    const calibration = createCalibration()
    const rng = createRng(3).split('shown')
    for (let step = 0; step < steps; step++) {
      let [left, item] = [rng.float(), 0]
      while (item < shown.length - 1 && left >= shown[item]) left -= shown[item++]
      for (const [other, propensity] of logged.entries()) addPair(calibration, propensity, other === item)
    }
    return calibrationGroups(calibration)
  }

  it('is sound where items are shown as often as they are probable', () => {
    const groups = shownBy([0.6, 0.25, 0.1, 0.05], [0.6, 0.25, 0.1, 0.05])
    expect(groups.reduce((sum, { shown }) => sum + shown, 0)).toBe(20_000)
    expect(groups.reduce((sum, { expected }) => sum + expected, 0)).toBeCloseTo(20_000, 6)
    expect(calibrationTest(groups).slope).toBeCloseTo(1, 1)
    expect(calibrationCheck(groups).outcome).toBe('sound')
  })

  it('is not where they were drawn from something sharper than what was logged', () => {
    const check = calibrationCheck(shownBy([0.8, 0.15, 0.04, 0.01], [0.6, 0.25, 0.1, 0.05]))
    expect(check).toMatchObject({ outcome: 'refused', sentence: expect.stringMatching(/slope 1\.\d+, p < \.001/) })
  })

  it('says nothing of what chance did not decide', () => {
    const calibration = createCalibration()
    addPair(calibration, 1, true)
    addPair(calibration, 0, false)
    expect(calibrationGroups(calibration)).toEqual([])
  })
})

describe('drift', () => {
  const days = (count: number, of: (day: number) => { reward: number; item: number }): Logged => {
    const rows = Array.from({ length: count * 40 }, (_, i) => ({ day: Math.floor(i / 40), user: i }))
    const { logged } = logOf(rows.map(({ user, day }) => [user, 0.5, 0.5, of(day).reward + (user % 2)]))
    const times = Float64Array.from(rows, ({ day }) => day * DAY)
    return { ...logged, times, items: Int32Array.from(rows, ({ day, user }) => of(day).item + (user % 2)) }
  }
  it('is none where the end is as the beginning', () => {
    expect(driftOf(days(9, () => ({ reward: 0, item: 0 })))).toEqual({ z: 0, mix: 0, p: 1 })
  })
  it('is told of rewards and of items', () => {
    const { z, mix, p } = driftOf(days(9, (day) => ({ reward: day / 10, item: day < 4 ? 0 : 1 })))
    expect(z).toBeGreaterThan(5)
    // Items 0 and 1, then 1 and 2.
    expect(mix).toBeCloseTo(0.5, 12)
    expect(p).toBeLessThan(1e-6)
  })
  it('is not told without times', () => {
    const { times, ...timeless } = days(3, () => ({ reward: 0, item: 0 }))
    expect(driftOf(timeless).z).toBeNaN()
  })
})

describe('what to do next', () => {
  it('is an A/B with as many users as it takes, in whole days of the traffic of the log', () => {
    const { logged } = logOf(Array.from({ length: 1000 }, (_, user) => [user, 0.5, 0.5, user % 2]))
    const traffic = trafficOf({ ...logged, times: Float64Array.from(logged.users, (user) => (user * 10 * DAY) / 1000) })
    expect(traffic).toMatchObject({ users: 1000, days: 10 })
    expect(traffic.variance).toBeCloseTo(0.25, 2)
    const next = nextSteps('better', { mean: 0.1, low: 0.05, high: 0.15 }, traffic, 'item')
    expect(next?.days).toBe(Math.max(7, Math.ceil(((next?.usersPerArm ?? 0) * 2 * 10) / 1000)))
    expect(next?.sentence).toMatch(
      /^prove it: an A\/B sees \+0\.10 a shown item with [\d,]+ users in each arm, \d+ days at this traffic$/,
    )
    // A quarter of the difference takes sixteen times the users.
    const smaller = nextSteps('worse', { mean: -0.025, low: -0.05, high: -0.01 }, traffic, 'item')
    expect((smaller?.usersPerArm ?? 0) / (next?.usersPerArm ?? 1)).toBeCloseTo(16, 0)
    expect(nextSteps('no difference', { mean: 0, low: -0.1, high: 0.1 }, traffic, 'item')?.usersPerArm).toBe(
      next?.usersPerArm,
    )
    expect(nextSteps('no difference', { mean: -0.1, low: -0.2, high: -0.01 }, traffic, 'item')).toBeUndefined()
    expect(nextSteps('not supported', { mean: 0.1, low: 0, high: 1 }, traffic, 'item')).toBeUndefined()
  })
})
