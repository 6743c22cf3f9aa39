import type { PointMetric } from '../core/index.ts'
import { pointMetric, rowCount, weightedMean } from './rows.ts'

/** Root mean squared error, in units of the label; never below the MAE. */
export const rmse = pointMetric({
  name: 'rmse',
  summary: 'square root of the mean squared difference from the label',
  higherIsBetter: false,
  weighted(predictions, labels) {
    const length = rowCount('rmse', predictions, labels)
    const meanSquare = weightedMean(Float64Array.from({ length }, (_, i) => (predictions[i] - labels[i]) ** 2))
    return (weights) => Math.sqrt(meanSquare(weights))
  },
})

/** The same of predictions that are clipped to the training values of the domain: what is shown is never outside of the scale. */
export const rmseClipped: PointMetric = {
  ...rmse,
  name: 'rmse-clipped',
  summary: 'square root of the mean squared difference from the label, the predictions clipped to the training values',
  clipped: true,
}
