import { auc, CTR_METRICS } from '../../metrics/index.ts'
import { predictionMeasure } from './predictions.ts'

/** How probable a positive label is, of each row by itself. AUC is of all rows pooled. */
export const labels = predictionMeasure({
  name: 'labels',
  does: 'predicts labels',
  yardstick: auc,
  metrics: CTR_METRICS,
  bound: ({ positiveAbove }) => (positiveAbove === undefined ? {} : { positiveAbove }),
  describe: (part, { positiveAbove }) =>
    `Each ${part} row is predicted and held against its label${positiveAbove === undefined ? '' : `, which is positive where the value is above ${positiveAbove}`}.`,
})
