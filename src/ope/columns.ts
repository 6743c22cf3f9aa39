import type { Need } from './estimator.ts'
import { type Logged, neededColumn, type Target } from './logged.ts'

/** How much more probable the target makes what was shown: π(a|x) / π₀(a|x). [steps] */
export function weightsOf({ propensities }: Logged, { probabilities }: Target): Float64Array {
  return probabilities.map((probability, step) => probability / propensities[step])
}

/** What a reward model expects of the item that was shown, and of the target's items. [steps] each */
export function modelOf({ predicted }: Logged, { expected }: Target) {
  return { predicted: neededColumn(predicted, 'predicted'), expected: neededColumn(expected, 'expected') }
}

/** How much more probable the target makes items that are like the one shown. [steps] */
export function groupWeightsOf(logged: Logged, target: Target): Float64Array {
  const propensities = neededColumn(logged.groupPropensities, 'groupPropensities')
  const probabilities = neededColumn(target.groupProbabilities, 'groupProbabilities')
  return probabilities.map((probability, step) => probability / propensities[step])
}

/** How much more probable the target makes what was shown than all policies that served do together. [steps] */
export function mixtureWeightsOf(logged: Logged, { probabilities }: Target): Float64Array {
  const mixture = neededColumn(logged.mixture, 'mixture')
  return probabilities.map((probability, step) => probability / mixture[step])
}

/** Which columns there are, of those that only some estimators need. */
export function given(logged: Logged, target: Target): ReadonlySet<Need> {
  const there = new Set<Need>()
  if (logged.predicted !== undefined && target.expected !== undefined) there.add('predicted')
  if (logged.groupPropensities !== undefined && target.groupProbabilities !== undefined) there.add('groups')
  if (logged.rankPropensities !== undefined && target.rankProbabilities !== undefined) there.add('ranks')
  if (logged.mixture !== undefined) there.add('mixture')
  if (logged.states !== undefined) there.add('states')
  if (logged.features !== undefined && target.features !== undefined) there.add('features')
  return there
}
