// How the tables of reproduce/darlr/page.ts put figures into words.
import { type Interval, mean } from '../../src/math/bootstrap.ts'
import type { Result } from './job.ts'
import type { PublishedRow } from './published.ts'
import { curveOf, endOf, halfWidth, lastQuarter, spread } from './statistics.ts'

/** Published standard deviations beyond which a difference wants an explanation. */
export const FAR = 2

/** The papers' statistic here and there. */
export function overEpochsAway(result: Result | undefined, paper: PublishedRow | undefined): number | undefined {
  if (result === undefined || paper === undefined || curveOf(result).length === 0) return undefined
  return (mean(curveOf(result)) - paper.rTra) / paper.sd
}

/** The last quarter here and there; where no curve is published, the published mean. */
export function endAway(
  results: readonly Result[],
  paper: PublishedRow | undefined,
  curve: readonly number[] | undefined,
): number | undefined {
  const end = endOf(results)
  if (paper === undefined || end.length === 0) return undefined
  return (mean(end) - (curve ? mean(lastQuarter(curve)) : paper.rTra)) / paper.sd
}

export function awayText(value: number | undefined): string {
  if (value === undefined) return '–'
  const text = signed(value, 1)
  return Math.abs(value) > FAR ? `**${text}**` : text
}

export function overEpochs(result: Result | undefined): string {
  const curve = result === undefined ? [] : curveOf(result)
  if (curve.length === 0) return '–'
  const { mean, sd } = spread(curve)
  return plusMinus(mean, sd)
}

export function endText(results: readonly Result[]): string {
  const end = endOf(results)
  if (end.length === 0) return '–'
  const all = spread(end)
  if (all.count === 1) return `${all.mean.toFixed(2)} (1 seed)`
  const half = halfWidth(all)
  const interval = `[${(all.mean - half).toFixed(2)}, ${(all.mean + half).toFixed(2)}]`
  return `${plusMinus(all.mean, all.sd)} ${interval} (${all.count} seeds)`
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

export function intervalText({ mean, low, high }: Interval): string {
  const text = `${signed(mean)} [${signed(low)}, ${signed(high)}]`
  return low > 0 || high < 0 ? `**${text}**` : text
}
