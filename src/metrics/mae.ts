import type { PointMetric } from '../core/index.ts'
import { rowCount } from './rows.ts'

/** Mean absolute error, in units of the label. */
export const mae: PointMetric = {
  name: 'mae',
  summary: 'mean absolute difference from the label',
  higherIsBetter: false,
  value(predictions, labels) {
    const count = rowCount('mae', predictions, labels)
    let sum = 0
    for (let i = 0; i < count; i++) sum += Math.abs(predictions[i] - labels[i])
    return sum / count
  },
}
