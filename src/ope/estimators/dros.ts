import { weightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'
import { gentlest, spreadOf } from '../slope.ts'
import { correction, dr } from './dr.ts'

/**
 * Doubly robust with weights that shrink the more the heavier they are: the direct method at λ = 0 and doubly robust at λ = ∞.
 * @param lambda absent: as low as the data allow (SLOPE++)
 */
export function createDros(lambda?: number): Estimator {
  return {
    name: 'dros',
    title: 'doubly robust with optimistic shrinkage',
    levels: ['item'],
    needs: ['predicted'],
    shrinks: dr,
    source: 'Su, Dimakopoulou, Krishnamurthy and Dudík, 2020; λ: Tucker and Lee, 2021',
    terms(logged, target) {
      const weights = weightsOf(logged, target)
      const adds = correction(logged, target)
      const shrunk = (unit: number, λ: number) => adds(unit, shrink(weights[unit], λ))
      const settings = () => [...spreadOf(weights, 10).map((weight) => weight ** 2), Number.POSITIVE_INFINITY]
      const λ = lambda ?? gentlest(settings(), shrunk, logged.users)
      return { top: weights.map((_, unit) => shrunk(unit, λ)) }
    },
  }
}

export const dros = createDros()

function shrink(w: number, λ: number): number {
  return λ === Number.POSITIVE_INFINITY ? w : (λ * w) / (w * w + λ)
}
