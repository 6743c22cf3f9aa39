import { modelOf, weightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'
import type { Logged, Target } from '../logged.ts'

/** The reward model, and what it got wrong, weighted: unbiased if either the model or the propensities are right. */
export const dr: Estimator = {
  name: 'dr',
  title: 'doubly robust',
  levels: ['item'],
  needs: ['predicted'],
  source: 'Dudík, Langford and Li, 2011',
  terms: (logged, target) => ({ top: corrected(logged, target, weightsOf(logged, target)) }),
}

/** q̂(x, π) + w (r − q̂(x, a)), for any weights. [steps] */
export function corrected(logged: Logged, target: Target, weights: Float64Array): Float64Array {
  const adds = correction(logged, target)
  return weights.map((weight, unit) => adds(unit, weight))
}

/** The same, unit by unit. */
export function correction(logged: Logged, target: Target): (unit: number, weight: number) => number {
  const { predicted, expected } = modelOf(logged, target)
  const { rewards } = logged
  return (unit, weight) => expected[unit] + weight * (rewards[unit] - predicted[unit])
}
