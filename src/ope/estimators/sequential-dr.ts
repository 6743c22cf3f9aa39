import type { Estimator } from '../estimator.ts'
import { fittedQ } from '../fitted-q.ts'
import { summed, weightsSoFar } from '../stepwise.ts'

/** Q of an episode is fitted on the users of the other folds. */
const FOLDS = 5

/** PDIS of what a fitted Q gets wrong, beside what it expects of the target: right where either the weights or Q are. */
export const sequentialDr: Estimator = {
  name: 'sequential-dr',
  title: 'sequential doubly robust',
  levels: ['episode'],
  needs: ['features'],
  source: 'Jiang and Li, 2016; Thomas and Brunskill, 2016',
  terms(logged, target) {
    const weights = weightsSoFar(logged, target)
    const top = new Float64Array(logged.units)
    for (let fold = 0; fold < FOLDS; fold++) {
      const held = (unit: number) => logged.users[unit] % FOLDS === fold
      const { ofShown, ofTarget } = fittedQ(logged, target, (unit) => !held(unit))
      const terms = summed(
        logged,
        (step, first) =>
          weights[step] * (logged.rewards[step] - ofShown[step]) + (first ? 1 : weights[step - 1]) * ofTarget[step],
      )
      for (let unit = 0; unit < logged.units; unit++) if (held(unit)) top[unit] = terms.top[unit]
    }
    return { top }
  },
}
