import { normalQuantile } from '../../../statistics/index.ts'
import type { Experiment } from '../experiment.ts'
import type { Reading } from './readings.ts'

const TWO_SIDED = normalQuantile(0.975)

/** What was expected of the first metric before the start, beside what was found. */
export interface Forecast {
  readonly expected: { readonly mean: number; readonly low: number; readonly high: number }
  readonly found: { readonly mean: number; readonly low: number; readonly high: number }
  readonly source: string
  /** How many standard errors, of both together, they are apart. */
  readonly apart: number
  /** Whether chance explains that. */
  readonly right: boolean
}

/** None where none was made, or nothing is found yet to hold against it. */
export function forecastIn(
  { forecast }: Pick<Experiment, 'forecast'>,
  found: Reading,
): { readonly forecast?: Forecast } {
  const read = forecast && forecastOf(forecast, found)
  return read !== undefined && Number.isFinite(read.apart) ? { forecast: read } : {}
}

export function forecastOf(
  { mean, low, high, source }: NonNullable<Experiment['forecast']>,
  { difference, error }: Reading,
): Forecast {
  const apart = (difference.mean - mean) / Math.hypot((high - low) / (2 * TWO_SIDED), error)
  return {
    expected: { mean, low, high },
    found: { mean: difference.mean, low: difference.low, high: difference.high },
    source,
    apart,
    right: Math.abs(apart) <= TWO_SIDED,
  }
}

/** Standard error of what was found less what was expected. */
function spreadOf(...both: readonly { readonly low: number; readonly high: number }[]): number {
  return Math.hypot(...both.map(({ low, high }) => (high - low) / (2 * TWO_SIDED)))
}

/** Of several experiments: whether forecasts are as good as they say. */
export interface Calibration {
  readonly experiments: number
  /** Share of forecasts that chance explains; .95 where they are as unsure as they say. */
  readonly right: number
  /** How much was found for each unit that was forecast: below 1 where forecasts promise too much. */
  readonly slope: number
  /** Root mean square of the standard errors that they are apart: 1 where intervals are as wide as they should be. */
  readonly spread: number
}

export function calibrationOf(forecasts: readonly Forecast[]): Calibration {
  const n = forecasts.length
  let [together, squares, total] = [0, 0, 0]
  for (const { expected, found, apart: errors } of forecasts) {
    const weight = 1 / spreadOf(expected, found) ** 2
    together += weight * expected.mean * found.mean
    squares += weight * expected.mean ** 2
    total += errors ** 2
  }
  const right = forecasts.filter((one) => one.right).length / n
  return { experiments: n, right, slope: together / squares, spread: Math.sqrt(total / n) }
}
