import { weightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'
import { gentlest, spreadOf } from '../slope.ts'
import { corrected } from './dr.ts'

/**
 * Doubly robust, but where a weight is above τ the model alone is believed.
 * @param tau absent: as low as the data allow (SLOPE++)
 */
export function createSwitchDr(tau?: number): Estimator {
  return {
    name: 'switch-dr',
    title: 'doubly robust, switched off at heavy weights',
    levels: ['item'],
    needs: ['predicted'],
    source: 'Wang, Agarwal and Dudík, 2017',
    terms(logged, target) {
      const weights = weightsOf(logged, target)
      const unbiased = { top: corrected(logged, target, weights) }
      const at = (τ: number) =>
        corrected(
          logged,
          target,
          weights.map((weight) => (weight <= τ ? weight : 0)),
        ) // w 1[w ≤ τ]
      if (tau !== undefined) return { top: at(tau), unbiased }
      return { top: gentlest([...spreadOf(weights, 10), Number.POSITIVE_INFINITY], at, logged.users), unbiased }
    },
  }
}

export const switchDr = createSwitchDr()
