import type { Estimator } from '../estimator.ts'
import { fittedQTerms } from '../fitted-q.ts'

/** What a Q that is linear in features expects of the target, fitted on the log: steady, and as right as the features are. */
export const fqe: Estimator = {
  name: 'fqe',
  title: 'fitted Q evaluation, linear',
  levels: ['episode'],
  needs: ['features'],
  source: 'Le et al., 2019; Duan, Jia and Wang, 2020',
  terms: (logged, target) => ({ top: fittedQTerms(logged, target) }),
}
