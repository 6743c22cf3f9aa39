import { type Logged, stepsOf, type Target } from './logged.ts'

/** Weights above one bound and up to another. */
export interface WeightBin {
  readonly from: number
  readonly to: number
  /** Share of the steps. */
  readonly steps: number
  /** Share of the sum of weights: what these steps have to say. */
  readonly weight: number
}

/** Between these there is a bin each, and one beyond either end. */
const BOUNDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000]

/** How far the weights of a target spread: with the product of weights down to each step. */
export function weightBins(logged: Logged, { probabilities }: Target): WeightBin[] {
  const { start, end, count } = stepsOf(logged)
  const steps = new Float64Array(BOUNDS.length + 1)
  const weights = new Float64Array(BOUNDS.length + 1)
  let sum = 0
  for (let unit = 0; unit < logged.units; unit++) {
    let weight = 1
    for (let step = start(unit); step < end(unit); step++) {
      weight *= probabilities[step] / logged.propensities[step]
      if (!Number.isFinite(weight)) break
      let bin = 0
      while (weight > BOUNDS[bin]) bin++
      steps[bin]++
      weights[bin] += weight
      sum += weight
    }
  }
  return Array.from(steps, (counted, bin) => ({
    from: BOUNDS[bin - 1] ?? 0,
    to: BOUNDS[bin] ?? Number.POSITIVE_INFINITY,
    steps: counted / count,
    weight: sum === 0 ? 0 : weights[bin] / sum,
  }))
}
