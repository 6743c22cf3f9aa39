import type { Estimator } from '../estimator.ts'
import { normalizedByStep } from '../stepwise.ts'
import { rankWeights } from './iips.ts'

/** IIPS, each rank divided by the sum of its own weights; a list that is short weighs 1 at the ranks that it lacks. */
export const sniips: Estimator = {
  name: 'sniips',
  title: 'self-normalized independent inverse propensity scoring',
  levels: ['ranking'],
  needs: ['ranks'],
  source: 'Li et al., 2018; Swaminathan and Joachims, 2015',
  terms: (logged, target) => normalizedByStep(logged, rankWeights(logged, target), () => 1),
}
