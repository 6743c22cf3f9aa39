import type { Estimator } from '../estimator.ts'
import { sips } from './sips.ts'

/** All that an episode earned, weighted by how much more probable the whole episode is: for reference, lost where episodes are long. */
export const tis: Estimator = {
  name: 'tis',
  title: 'trajectory-wise importance sampling',
  levels: ['episode'],
  needs: [],
  source: 'Precup, Sutton and Singh, 2000',
  terms: sips.terms,
}
