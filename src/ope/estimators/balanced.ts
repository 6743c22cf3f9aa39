import { mixtureWeightsOf } from '../columns.ts'
import type { Estimator } from '../estimator.ts'

/**
 * Several policies served: weights against all of them together, so that what one hardly showed and another often did weighs
 * little. Unbiased where chance decided which policy served (an experiment), or where they took turns over like questions.
 */
export const balanced: Estimator = {
  name: 'balanced',
  title: 'balanced inverse propensity weighting over several logging policies',
  levels: ['item'],
  needs: ['mixture'],
  source: 'Agarwal, Basu, Schnabel and Joachims, 2018',
  terms: (logged, target) => ({
    top: mixtureWeightsOf(logged, target).map((weight, i) => weight * logged.rewards[i]), // π / Σ ρₖ πₖ · r
  }),
}
