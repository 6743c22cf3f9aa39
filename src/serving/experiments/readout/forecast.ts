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

export function forecastOf(
  { mean, low, high, source }: NonNullable<Experiment['forecast']>,
  { difference, error }: Reading,
): Forecast {
  const spread = Math.hypot((high - low) / (2 * TWO_SIDED), error)
  const apart = (difference.mean - mean) / spread
  return {
    expected: { mean, low, high },
    found: { mean: difference.mean, low: difference.low, high: difference.high },
    source,
    apart,
    right: Math.abs(apart) <= TWO_SIDED,
  }
}
