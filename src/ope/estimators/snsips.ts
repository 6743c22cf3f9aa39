import type { Estimator } from '../estimator.ts'
import { wholeUnits } from '../stepwise.ts'

/** SIPS, divided by the sum of the weights. */
export const snsips: Estimator = {
  name: 'snsips',
  title: 'self-normalized standard inverse propensity scoring of lists',
  levels: ['ranking'],
  needs: [],
  source: 'McInerney et al., 2020; Swaminathan and Joachims, 2015',
  terms(logged, target) {
    const { weights, paid } = wholeUnits(logged, target)
    return { top: weights.map((weight, unit) => weight * paid[unit]), bottom: weights }
  },
}
