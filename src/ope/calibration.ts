import { chiSquareTail } from '../statistics/index.ts'

/**
 * Pairs of a step and an item that could have been shown there, in bins by propensity: a quarter of an octave each, so that a log
 * of any length takes the same room.
 */
export interface Calibration {
  /** [BINS] */
  readonly pairs: Float64Array
  /** Σ π₀. [BINS] */
  readonly expected: Float64Array
  /** Σ π₀ (1 − π₀), the variance of how many are shown. [BINS] */
  readonly variance: Float64Array
  /** How many were shown. [BINS] */
  readonly shown: Float64Array
}

const BINS_AN_OCTAVE = 4
/** Down to 2⁻³²: what is less probable is not seen in any log. */
const BINS = 32 * BINS_AN_OCTAVE

export function createCalibration(): Calibration {
  const bins = () => new Float64Array(BINS)
  return { pairs: bins(), expected: bins(), variance: bins(), shown: bins() }
}

/** Counts an item that could have been shown. What chance does not decide, with a propensity of 0 or 1, says nothing and is passed over. */
export function addPair(
  { pairs, expected, variance, shown }: Calibration,
  propensity: number,
  wasShown: boolean,
): void {
  if (!(propensity > 0 && propensity < 1)) return
  const bin = Math.min(BINS - 1, Math.floor(-Math.log2(propensity) * BINS_AN_OCTAVE))
  pairs[bin]++
  expected[bin] += propensity
  variance[bin] += propensity * (1 - propensity)
  if (wasShown) shown[bin]++
}

/** Neighboring bins together. */
export interface CalibrationGroup {
  readonly pairs: number
  readonly expected: number
  readonly variance: number
  readonly shown: number
}

/** At most ten groups of bins, from the least probable items on, of about as many expected showings each. */
export function calibrationGroups({ pairs, expected, variance, shown }: Calibration, most = 10): CalibrationGroup[] {
  const share = expected.reduce((sum, value) => sum + value, 0) / most
  const groups: CalibrationGroup[] = []
  let open = { pairs: 0, expected: 0, variance: 0, shown: 0 }
  for (let bin = expected.length - 1; bin >= 0; bin--) {
    open = {
      pairs: open.pairs + pairs[bin],
      expected: open.expected + expected[bin],
      variance: open.variance + variance[bin],
      shown: open.shown + shown[bin],
    }
    if (open.expected > 0 && (open.expected >= share || bin === 0)) {
      groups.push(open)
      open = { pairs: 0, expected: 0, variance: 0, shown: 0 }
    }
  }
  return groups
}

/**
 * Whether items were shown as often as their propensities say. χ² with as many degrees of freedom as groups errs on the side of
 * silence: items of one step are shown in place of one another, so they vary less together than alone.
 * @returns `slope` of how often items were shown over how probable they were: 1 where propensities are right
 */
export function calibrationTest(groups: readonly CalibrationGroup[]): { readonly p: number; readonly slope: number } {
  const square = groups.reduce((sum, { shown, expected, variance }) => sum + (shown - expected) ** 2 / variance, 0)
  let [weights, x, y] = [0, 0, 0]
  const points = groups.map(({ pairs, expected, variance, shown }) => ({
    weight: pairs ** 2 / variance,
    probable: expected / pairs,
    often: shown / pairs,
  }))
  for (const { weight, probable, often } of points) {
    weights += weight
    x += weight * probable
    y += weight * often
  }
  let [across, squares] = [0, 0]
  for (const { weight, probable, often } of points) {
    across += weight * (probable - x / weights) * (often - y / weights)
    squares += weight * (probable - x / weights) ** 2
  }
  // Equally probable items have no line through them; then how many were shown of how many were expected says it.
  return { p: chiSquareTail(square, groups.length), slope: groups.length > 1 ? across / squares : y / x }
}
