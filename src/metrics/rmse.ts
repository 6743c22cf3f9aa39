import type { PointMetric } from '../core/index.ts'
import { rowCount } from './rows.ts'

/** Root mean squared error, in units of the label; never below the MAE. */
export const rmse: PointMetric = {
  name: 'rmse',
  summary: 'square root of the mean squared difference from the label',
  higherIsBetter: false,
  value(predictions, labels) {
    const count = rowCount('rmse', predictions, labels)
    let sum = 0
    for (let i = 0; i < count; i++) sum += (predictions[i] - labels[i]) ** 2
    return Math.sqrt(sum / count)
  },
}
