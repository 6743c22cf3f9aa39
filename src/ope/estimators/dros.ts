import { weightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'
import { gentlest, spreadOf } from '../slope.ts'
import { corrected } from './dr.ts'

/**
 * Doubly robust with weights that shrink the more the heavier they are: λ w / (w² + λ), the direct method at λ = 0 and doubly
 * robust at λ = ∞.
 * @param lambda absent: as low as the data allow (SLOPE++)
 */
export function createDros(lambda?: number): Estimator {
  return {
    name: 'dros',
    title: 'doubly robust with optimistic shrinkage',
    levels: ['item'],
    needs: ['predicted'],
    source: 'Su, Dimakopoulou, Krishnamurthy and Dudík, 2020; λ: Tucker and Lee, 2021',
    terms(logged, target) {
      const weights = weightsOf(logged, target)
      const unbiased = { top: corrected(logged, target, weights) }
      const at = (λ: number) =>
        corrected(logged, target, λ === Number.POSITIVE_INFINITY ? weights : weights.map((w) => (λ * w) / (w * w + λ)))
      if (lambda !== undefined) return { top: at(lambda), unbiased }
      const squares = spreadOf(weights, 10).map((weight) => weight ** 2)
      return { top: gentlest([...squares, Number.POSITIVE_INFINITY], at, logged.users), unbiased }
    },
  }
}

export const dros = createDros()
