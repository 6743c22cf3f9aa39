import { mixtureWeightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'
import { corrected } from './dr.ts'

/** Doubly robust with the weights of `balanced`. */
export const balancedDr: Estimator = {
  name: 'balanced-dr',
  title: 'balanced doubly robust over several logging policies',
  levels: ['item'],
  needs: ['mixture', 'predicted'],
  source: 'Agarwal, Basu, Schnabel and Joachims, 2018; Kallus, Saito and Uehara, 2021',
  terms: (logged, target) => ({ top: corrected(logged, target, mixtureWeightsOf(logged, target)) }),
}
