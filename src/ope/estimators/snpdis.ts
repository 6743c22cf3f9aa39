import type { Estimator } from '../estimator.ts'
import { snrips } from './snrips.ts'

/** PDIS, each turn divided by the sum of its own weights; an episode that has ended keeps the weight of its last turn. */
export const snpdis: Estimator = {
  name: 'snpdis',
  title: 'self-normalized per-decision importance sampling',
  levels: ['episode'],
  needs: [],
  source: 'Precup, Sutton and Singh, 2000; Thomas, 2015',
  terms: snrips.terms,
}
