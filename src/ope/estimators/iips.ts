import type { Estimator } from '../estimator.ts'
import { type Logged, neededColumn, type Target } from '../logged.ts'
import { summed } from '../stepwise.ts'

/** Each reward weighted by its own item at its own rank: right where what stands above an item does not change what it earns. */
export const iips: Estimator = {
  name: 'iips',
  title: 'independent inverse propensity scoring',
  levels: ['ranking'],
  needs: ['ranks'],
  source: 'Li et al., 2018',
  terms(logged, target) {
    const weights = rankWeights(logged, target)
    return summed(logged, (step) => weights[step] * logged.rewards[step])
  },
}

/** π(a at rank k|x) / π₀(a at rank k|x). [steps] */
export function rankWeights(logged: Logged, target: Target): Float64Array {
  const propensities = neededColumn(logged.rankPropensities, 'rankPropensities')
  return neededColumn(target.rankProbabilities, 'rankProbabilities').map((p, step) => p / propensities[step])
}
