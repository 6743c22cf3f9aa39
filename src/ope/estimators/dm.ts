import { modelOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'
import { dr } from './dr.ts'

/** What the reward model says of the target: as good as the model, and it never tells how bad that is. */
export const dm: Estimator = {
  name: 'dm',
  title: 'direct method',
  levels: ['item'],
  needs: ['predicted'],
  shrinks: dr,
  source: 'Beygelzimer and Langford, 2009',
  terms: (logged, target) => ({ top: modelOf(logged, target).expected }), // q̂(x, π)
}
