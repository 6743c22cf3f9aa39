import type { Terms } from './estimator.ts'
import { type Logged, stepsOf, type Target } from './logged.ts'

/** w₁:ₖ = Π π(aⱼ|x, a₁:ⱼ₋₁) / π₀(aⱼ|x, a₁:ⱼ₋₁) over the steps j ≤ k of a unit: how much more probable its beginning is. [steps] */
export function weightsSoFar(logged: Logged, { probabilities }: Target): Float64Array {
  const { count, start, end } = stepsOf(logged)
  const weights = new Float64Array(count)
  for (let unit = 0; unit < logged.units; unit++) {
    let weight = 1
    for (let step = start(unit); step < end(unit); step++) {
      weight *= probabilities[step] / logged.propensities[step]
      weights[step] = weight
    }
  }
  return weights
}

/** Each unit adds what `ofStep` says of its steps. */
export function summed(logged: Logged, ofStep: (step: number, first: boolean) => number): Terms {
  const { start, end } = stepsOf(logged)
  const top = new Float64Array(logged.units)
  for (let unit = 0; unit < logged.units; unit++)
    for (let step = start(unit); step < end(unit); step++) top[unit] += ofStep(step, step === start(unit))
  return { top }
}

/**
 * Weighted rewards, each rank or turn divided by the sum of its own weights, not by the number of units.
 * @param ended the weight of a unit where it has no step left, of its last weight; its reward there is 0
 */
export function normalizedByStep(logged: Logged, weights: Float64Array, ended: (last: number) => number): Terms {
  const { start, end } = stepsOf(logged)
  let parts = 1
  for (let unit = 0; unit < logged.units; unit++) parts = Math.max(parts, end(unit) - start(unit))
  const top = new Float64Array(logged.units * parts)
  const bottom = new Float64Array(logged.units * parts)
  for (let unit = 0; unit < logged.units; unit++) {
    let weight = 1
    for (let part = 0; part < parts; part++) {
      const step = start(unit) + part
      const there = step < end(unit)
      weight = there ? weights[step] : ended(weight)
      bottom[unit * parts + part] = weight
      if (there) top[unit * parts + part] = weight * logged.rewards[step]
    }
  }
  return { parts, top, bottom }
}

/** The weight of each unit as a whole, and what it paid. [units] each */
export function wholeUnits(logged: Logged, target: Target): { weights: Float64Array; paid: Float64Array } {
  const { start, end } = stepsOf(logged)
  const soFar = weightsSoFar(logged, target)
  const weights = new Float64Array(logged.units)
  for (let unit = 0; unit < logged.units; unit++) weights[unit] = end(unit) > start(unit) ? soFar[end(unit) - 1] : 1
  return { weights, paid: summed(logged, (step) => logged.rewards[step]).top }
}
