import { mixtureWeightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'

/** The same, divided by the sum of the weights. */
export const snBalanced: Estimator = {
  name: 'sn-balanced',
  title: 'self-normalized balanced inverse propensity weighting over several logging policies',
  levels: ['item'],
  needs: ['mixture'],
  source: 'Agarwal, Basu, Schnabel and Joachims, 2018',
  terms(logged, target) {
    const weights = mixtureWeightsOf(logged, target)
    return { top: weights.map((weight, i) => weight * logged.rewards[i]), bottom: weights }
  },
}
