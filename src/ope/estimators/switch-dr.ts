import { weightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'
import { gentlest, spreadOf } from '../slope.ts'
import { correction, dr } from './dr.ts'

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
    shrinks: dr,
    source: 'Wang, Agarwal and Dudík, 2017; τ: Tucker and Lee, 2021',
    terms(logged, target) {
      const weights = weightsOf(logged, target)
      const adds = correction(logged, target)
      const switched = (unit: number, τ: number) => adds(unit, weights[unit] <= τ ? weights[unit] : 0) // w 1[w ≤ τ]
      const settings = () => [...spreadOf(weights, 10), Number.POSITIVE_INFINITY]
      const τ = tau ?? gentlest(settings(), switched, logged.users)
      return { top: weights.map((_, unit) => switched(unit, τ)) }
    },
  }
}

export const switchDr = createSwitchDr()
