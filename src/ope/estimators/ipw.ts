import type { Estimator } from '../estimator.ts'

/** Rewards weighted by how much more probable the target makes what was shown: unbiased where everything it would show was shown. */
export const ipw: Estimator = {
  name: 'ipw',
  title: 'inverse propensity weighting',
  levels: ['item'],
  needs: [],
  source: 'Horvitz and Thompson, 1952',
  terms: ({ rewards, propensities }, { probabilities }) => ({
    top: rewards.map((reward, i) => (probabilities[i] / propensities[i]) * reward),
  }),
}
