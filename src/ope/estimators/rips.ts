import type { Estimator } from '../estimator.ts'
import { summed, weightsSoFar } from '../stepwise.ts'

/** Each reward weighted by how much more probable the items down to its own are: right where users read from the top. */
export const rips: Estimator = {
  name: 'rips',
  title: 'reward interaction inverse propensity scoring',
  levels: ['ranking'],
  needs: [],
  source: 'McInerney et al., 2020',
  terms(logged, target) {
    const weights = weightsSoFar(logged, target)
    return summed(logged, (step) => weights[step] * logged.rewards[step])
  },
}
