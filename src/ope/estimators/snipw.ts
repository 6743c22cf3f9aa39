import { weightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'

/** The same, divided by the sum of the weights and not by their number: hardly biased, and far less at the mercy of a heavy weight. */
export const snipw: Estimator = {
  name: 'snipw',
  title: 'self-normalized inverse propensity weighting',
  levels: ['item'],
  needs: [],
  source: 'Swaminathan and Joachims, 2015',
  terms(logged, target) {
    const weights = weightsOf(logged, target)
    return { top: weights.map((weight, i) => weight * logged.rewards[i]), bottom: weights } // Σ w r / Σ w
  },
}
