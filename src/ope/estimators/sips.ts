import type { Estimator } from '../estimator.ts'
import { wholeUnits } from '../stepwise.ts'

/** All that a list earned, weighted by how much more probable the whole list is: assumes nothing, and is lost where lists are long. */
export const sips: Estimator = {
  name: 'sips',
  title: 'standard inverse propensity scoring of lists',
  levels: ['ranking'],
  needs: [],
  source: 'McInerney et al., 2020',
  terms(logged, target) {
    const { weights, paid } = wholeUnits(logged, target)
    return { top: weights.map((weight, unit) => weight * paid[unit]) }
  },
}
