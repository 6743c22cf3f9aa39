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
