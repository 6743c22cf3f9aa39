import { groupWeightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'

/** Weights of groups of like items and not of items: for large catalogues. Unbiased if what pays about an item is which group it is in. */
export const mips: Estimator = {
  name: 'mips',
  title: 'marginalized inverse propensity weighting',
  levels: ['item'],
  needs: ['groups'],
  source: 'Saito and Joachims, 2022',
  terms: (logged, target) => ({
    top: groupWeightsOf(logged, target).map((weight, i) => weight * logged.rewards[i]), // w(x, e) r
  }),
}
