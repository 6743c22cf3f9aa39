import { groupWeightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'

/** The same, divided by the sum of the weights. */
export const snMips: Estimator = {
  name: 'sn-mips',
  title: 'self-normalized marginalized inverse propensity weighting',
  levels: ['item'],
  needs: ['groups'],
  source: 'Saito and Joachims, 2022',
  terms(logged, target) {
    const weights = groupWeightsOf(logged, target)
    return { top: weights.map((weight, i) => weight * logged.rewards[i]), bottom: weights }
  },
}
