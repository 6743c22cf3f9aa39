import type { PointMetric } from '../core/index.ts'
import { pointMetric, rowCount, weightedMean } from './rows.ts'

/** Mean absolute error, in units of the label. */
export const mae = pointMetric({
  name: 'mae',
  summary: 'mean absolute difference from the label',
  higherIsBetter: false,
  weighted(predictions, labels) {
    const length = rowCount('mae', predictions, labels)
    return weightedMean(Float64Array.from({ length }, (_, i) => Math.abs(predictions[i] - labels[i])))
  },
})

/** The same of predictions that are clipped to the training values of the domain: what is shown is never outside of the scale. */
export const maeClipped: PointMetric = {
  ...mae,
  name: 'mae-clipped',
  summary: 'mean absolute difference from the label, the predictions clipped to the training values',
  clipped: true,
}
