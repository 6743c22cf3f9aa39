import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  anytimeAbove,
  anytimeInterval,
  chiSquareTail,
  cuped,
  detectableEffect,
  differenceOf,
  fixedAbove,
  fixedInterval,
  gammaCdf,
  logGamma,
  meanOf,
  momentsOf,
  type Period,
  type Plan,
  powerOf,
  ratioMismatch,
  ratioValues,
  relativeDifferenceOf,
  sequentialRatioMismatch,
  signedRank,
  weightedWorth,
  winsorized,
} from '../../src/statistics/index.ts'

type Figures = Readonly<Record<string, number>>
type Table = readonly (readonly [number, number, number])[]
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'statistics.json'), 'utf8')) as {
  readonly tails: { readonly chiSquare: Table; readonly gamma: Table; readonly logGamma: readonly [number, number][] }
  readonly arms: {
    readonly control: readonly number[]
    readonly treatment: readonly number[]
    readonly welch: Figures
    readonly above: Figures
    readonly oneSample: Figures
    readonly relative: Figures
    readonly anytime: Figures & { readonly oneSided: Figures }
  }
  readonly ratios: {
    readonly above: readonly number[]
    readonly below: readonly number[]
    readonly mean: number
    readonly variance: number
  }
  readonly cuped: {
    readonly before: readonly (readonly number[])[]
    readonly values: readonly (readonly number[])[]
    readonly slope: number
    readonly means: readonly number[]
  }
  readonly winsorized: { readonly values: readonly number[]; readonly share: number; readonly limit: number }
  readonly mismatches: {
    readonly cases: readonly (Period & { readonly p: number; readonly sequential: number })[]
    readonly days: readonly (readonly [readonly number[], readonly number[]])[]
    readonly sequentialDays: number
    readonly concentration: number
  }
  readonly signedRank: readonly { readonly values: readonly number[]; readonly above: number; readonly p: number }[]
  readonly weightedRewards: {
    readonly weights: readonly number[]
    readonly rewards: readonly number[]
    readonly range: readonly [number, number]
    readonly value: Figures
    readonly difference: Figures
  }
  readonly power: readonly {
    readonly effect: number
    readonly users: number
    readonly plan: Plan
    readonly power: number
    readonly detectable: number
  }[]
}

/** Equal to nine digits, however small. */
function close(value: number, expected: number, what?: string): void {
  expect(Math.abs(value - expected), what).toBeLessThanOrEqual(1e-9 * Math.abs(expected))
}

const { arms } = golden
const [control, treatment] = [momentsOf(arms.control), momentsOf(arms.treatment)]
const difference = differenceOf(control, treatment)

it('tails agree with scipy, however far out', () => {
  for (const [x, degrees, tail] of golden.tails.chiSquare) close(chiSquareTail(x, degrees), tail, `χ² ${x}`)
  for (const [x, a, below] of golden.tails.gamma) close(gammaCdf(x, a), below, `gamma ${x}`)
  for (const [x, value] of golden.tails.logGamma) close(logGamma(x), value, `ln Γ ${x}`)
})

it("one look: Welch's interval and test, from two sides and one, and Student's of one column", () => {
  const { low, high, p } = fixedInterval(difference)
  close(difference.degrees, arms.welch.degrees)
  close(low, arms.welch.low)
  close(high, arms.welch.high)
  close(p, arms.welch.p)
  const above = fixedAbove(difference, -0.3)
  close(above.low, arms.above.low)
  close(above.p, arms.above.p)
  const one = meanOf(momentsOf(arms.control.map((x) => x - 0.8)))
  close(one.mean / one.error, arms.oneSample.statistic)
  close(fixedInterval(one).p, arms.oneSample.p)
})

it('a relative difference has the error of the delta method', () => {
  const relative = relativeDifferenceOf(control, treatment)
  close(relative.mean, arms.relative.mean)
  expect(relative.error).toBeCloseTo(arms.relative.error, 8)
})

it('an interval that may be watched turns around the e value of a normal mixture', () => {
  const { planned, low, high, p, pFar, farFloor, oneSided } = arms.anytime
  const found = anytimeInterval(difference, { planned })
  expect(found.low).toBeCloseTo(low, 8)
  expect(found.high).toBeCloseTo(high, 8)
  close(found.p, p)
  close(anytimeInterval({ ...difference, mean: difference.mean - farFloor }, { planned }).p, pFar)
  const above = anytimeAbove(difference, oneSided.floor, { planned })
  close(above.low, oneSided.low)
  close(above.p, oneSided.p)
})

it('a ratio of sums as values of users has the mean and the variance of the delta method', () => {
  const { mean, variance } = momentsOf(ratioValues(golden.ratios.above, golden.ratios.below))
  close(mean, golden.ratios.mean)
  close(variance, golden.ratios.variance)
})

it('CUPED takes off what least squares with the arm beside it would', () => {
  const { before, values, slope, means } = golden.cuped
  const adjusted = cuped(
    values.map((y, arm) => ({ values: Float64Array.from(y), before: Float64Array.from(before[arm]) })),
  )
  close(adjusted.slope, slope)
  for (const [arm, column] of adjusted.arms.entries()) close(momentsOf(column).mean, means[arm])
})

it("winsorizing ends at numpy's quantile of all arms together", () => {
  const { values, share, limit } = golden.winsorized
  const { arms: ended, ...found } = winsorized(
    [Float64Array.from(values.slice(0, 20)), Float64Array.from(values.slice(20))],
    share,
  )
  close(found.limit, limit)
  expect(found.capped).toBe(values.filter((value) => value > limit).length)
  expect(ended.flatMap((arm) => [...arm])).toEqual(values.map((value) => Math.min(value, found.limit)))
})

it('mismatches of sample ratios agree, for one look and for one a day, with weights that change', () => {
  const { cases, days, sequentialDays, concentration } = golden.mismatches
  for (const period of cases) {
    close(ratioMismatch([period]).p, period.p)
    expect(sequentialRatioMismatch([period])).toBeCloseTo(period.sequential, 7)
  }
  const periods = days.map(([counts, weights]) => ({ counts, weights }))
  expect(sequentialRatioMismatch(periods, concentration)).toBeCloseTo(sequentialDays, 9)
})

it('power and the effect that shows agree', () => {
  for (const { effect, users, plan, power, detectable } of golden.power) {
    close(powerOf(effect, users, plan), power)
    close(detectableEffect(users, plan), detectable)
  }
})

it("Wilcoxon's signed ranks agree with scipy: exact, with ties and zeros, and many", () => {
  for (const { values, above, p } of golden.signedRank) {
    const found = signedRank(Float64Array.from(values))
    expect(found.above).toBe(above)
    close(found.p, p)
  }
})

it('intervals of weighted rewards agree with a mixture of bets that is integrated', () => {
  const { weights, rewards, range, value, difference } = golden.weightedRewards
  const { value: found, difference: gained } = weightedWorth(
    { weights: Float64Array.from(weights), rewards: Float64Array.from(rewards) },
    { range },
  )
  close(found.low, value.low)
  close(found.high, value.high)
  expect(gained.low).toBeCloseTo(difference.low, 9)
  expect(gained.high).toBeCloseTo(difference.high, 9)
  close(gained.p, difference.p)
})
