import { modelOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'
import { summed, weightsSoFar } from '../stepwise.ts'

/**
 * RIPS of what the reward model gets wrong, beside what the model expects of the target at each rank, given the items above. Right where
 * either the weights or the model are, and steadier than RIPS the better the model.
 */
export const cascadeDr: Estimator = {
  name: 'cascade-dr',
  title: 'cascade doubly robust',
  levels: ['ranking'],
  needs: ['predicted'],
  source: 'Kiyohara et al., 2022',
  terms(logged, target) {
    const { rewards } = logged
    const { predicted, expected } = modelOf(logged, target)
    const weights = weightsSoFar(logged, target)
    return summed(
      logged,
      (step, first) =>
        weights[step] * (rewards[step] - predicted[step]) + (first ? 1 : weights[step - 1]) * expected[step],
    )
  },
}
