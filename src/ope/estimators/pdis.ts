import type { Estimator } from '../estimator.ts'
import { rips } from './rips.ts'

/** Each reward of an episode weighted by how much more probable the turns down to its own are; what comes later does not weigh. */
export const pdis: Estimator = {
  name: 'pdis',
  title: 'per-decision importance sampling',
  levels: ['episode'],
  needs: [],
  source: 'Precup, Sutton and Singh, 2000',
  terms: rips.terms,
}
