import type { Estimator } from '../estimator.ts'
import { normalizedByStep, weightsSoFar } from '../stepwise.ts'

/** RIPS, each rank divided by the sum of its own weights; a list that is short keeps the weight of its last item. */
export const snrips: Estimator = {
  name: 'snrips',
  title: 'self-normalized reward interaction inverse propensity scoring',
  levels: ['ranking'],
  needs: [],
  source: 'McInerney et al., 2020; Swaminathan and Joachims, 2015',
  terms: (logged, target) => normalizedByStep(logged, weightsSoFar(logged, target), (last) => last),
}
