import { weightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'

/** Rewards weighted by how much more probable the target makes what was shown: unbiased where everything it would show was shown. */
export const ipw: Estimator = {
  name: 'ipw',
  title: 'inverse propensity weighting',
  levels: ['item'],
  needs: [],
  source: 'Horvitz and Thompson, 1952',
  terms: (logged, target) => ({
    top: weightsOf(logged, target).map((weight, i) => weight * logged.rewards[i]), // w r
  }),
}
