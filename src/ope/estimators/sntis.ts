import type { Estimator } from '../estimator.ts'
import { snsips } from './snsips.ts'

/** The same, divided by the sum of the weights. */
export const sntis: Estimator = {
  name: 'sntis',
  title: 'self-normalized trajectory-wise importance sampling',
  levels: ['episode'],
  needs: [],
  source: 'Precup, Sutton and Singh, 2000',
  terms: snsips.terms,
}
