import { RATING_METRICS, rmse } from '../../metrics/index.ts'
import { predictionMeasure } from './predictions.ts'

/** The value of each row, predicted by itself. */
export const ratings = predictionMeasure({
  name: 'ratings',
  does: 'predicts ratings',
  yardstick: rmse,
  metrics: RATING_METRICS,
  bound: () => ({}),
  describe: (part) => `Each ${part} row is predicted and held against its value.`,
})
