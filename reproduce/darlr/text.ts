// How the tables of reproduce/darlr/page.ts put figures into words.
import type { Interval } from '../../src/math/bootstrap.ts'
import { differenceText } from '../shared/figures.ts'
import type { Result } from './job.ts'
import type { PublishedRow } from './published.ts'
import { curveOf, halfWidth, type Points, type Spread, spread } from './statistics.ts'

/** A difference in points ± its standard error; without one where it is of one seed. */
export function pointsText({ difference, error }: Points): string {
  return Number.isNaN(error) ? `${signed(difference)} (1 seed)` : `${signed(difference)} ± ${error.toFixed(2)}`
}

export function spreadText({ mean, sd, count }: Spread): string {
  return count > 1 ? `${plusMinus(mean, sd)} (${count} seeds)` : `${mean.toFixed(2)} (1 seed)`
}

export function overEpochs(result: Result | undefined): string {
  const curve = result === undefined ? [] : curveOf(result)
  if (curve.length === 0) return '–'
  const { mean, sd } = spread(curve)
  return plusMinus(mean, sd)
}

/** The mean over seeds with its 95 % interval (Student). */
export function endText(end: Spread): string {
  if (end.count === 1) return end.mean.toFixed(2)
  const half = halfWidth(end)
  return `${end.mean.toFixed(2)} [${(end.mean - half).toFixed(2)}, ${(end.mean + half).toFixed(2)}]`
}

export const windowOf = ({ window }: PublishedRow) => (window === undefined ? '' : ` (N ${window})`)
export const plusMinus = (value: number, sd: number) => `${value.toFixed(2)} ± ${sd.toFixed(2)}`
export function plusMinusOf(values: readonly number[]): string {
  const { mean, sd, count } = spread(values.filter(Number.isFinite))
  return count === 0 ? '–' : count === 1 ? mean.toFixed(2) : plusMinus(mean, sd)
}

export const count = (value: number) => value.toLocaleString('en-US')
export const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`
export const signed = (value: number, digits = 2) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`

export const intervalText = (interval: Interval) => differenceText(interval, (value) => signed(value))
