import { type Logged, stepsOf, type Target } from './logged.ts'

/** Weights between two bounds. */
export interface WeightBin {
  readonly from: number
  readonly to: number
  /** Share of the steps. */
  readonly steps: number
  /** Share of the sum of weights: what these steps have to say. */
  readonly weight: number
}

/** From a thousandth to a thousand, two bins a decade; what is beyond is counted with what is at the end. */
const [LEAST, MOST, A_DECADE] = [-3, 3, 2]

/** How far the weights of a target spread: with the product of weights down to each step. */
export function weightBins(logged: Logged, { probabilities }: Target): WeightBin[] {
  const { start, end, count } = stepsOf(logged)
  const bins = (MOST - LEAST) * A_DECADE + 2
  const steps = new Float64Array(bins)
  const weights = new Float64Array(bins)
  let sum = 0
  for (let unit = 0; unit < logged.units; unit++) {
    let weight = 1
    for (let step = start(unit); step < end(unit); step++) {
      weight *= probabilities[step] / logged.propensities[step]
      if (!Number.isFinite(weight)) break
      const place = 1 + Math.floor((Math.log10(weight) - LEAST) * A_DECADE)
      const bin = Math.max(0, Math.min(bins - 1, place))
      steps[bin]++
      weights[bin] += weight
      sum += weight
    }
  }
  const bound = (bin: number) => 10 ** (LEAST + bin / A_DECADE)
  return Array.from({ length: bins }, (_, bin) => ({
    from: bin === 0 ? 0 : bound(bin - 1),
    to: bin === bins - 1 ? Number.POSITIVE_INFINITY : bound(bin),
    steps: steps[bin] / count,
    weight: sum === 0 ? 0 : weights[bin] / sum,
  }))
}
