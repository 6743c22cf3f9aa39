import { type PointMetric, TributaryError } from '../core/index.ts'

/** A metric of rows that count once each, from how it weighs them. */
export function pointMetric(
  metric: Pick<PointMetric, 'name' | 'summary' | 'higherIsBetter' | 'weighted'>,
): PointMetric {
  return {
    ...metric,
    of: 'predictions',
    value: (predictions, labels) => metric.weighted(predictions, labels)(new Uint8Array(predictions.length).fill(1)),
  }
}

/** The mean of one number a row, as a function of one weight a row; NaN where all are 0. */
export function weightedMean(values: Float64Array): (weights: ArrayLike<number>) => number {
  return (weights) => {
    let sum = 0
    let total = 0
    for (let i = 0; i < values.length; i++) {
      sum += weights[i] * values[i]
      total += weights[i]
    }
    return sum / total
  }
}

/** Number of rows of a pointwise metric, after checking that predictions and labels are numbers and as many. */
export function rowCount(metric: string, predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  if (predictions.length !== labels.length)
    throw new TributaryError(
      'bad-shape',
      `${metric} was given ${predictions.length} predictions for ${labels.length} labels; there must be one for each`,
    )
  for (let i = 0; i < predictions.length; i++) {
    if (Number.isNaN(predictions[i]))
      throw new TributaryError(
        'not-finite',
        `${metric} was given NaN as prediction ${i}; every prediction must be a number`,
      )
    if (!Number.isFinite(labels[i]))
      throw new TributaryError(
        'not-finite',
        `${metric} was given ${labels[i]} as label ${i}; every label must be finite`,
      )
  }
  return predictions.length
}

/** The same for metrics of two classes. */
export function binaryRowCount(metric: string, predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  const count = rowCount(metric, predictions, labels)
  for (let i = 0; i < count; i++) {
    if (labels[i] !== 0 && labels[i] !== 1)
      throw new TributaryError('bad-argument', `${metric} needs labels 0 or 1, but label ${i} is ${labels[i]}`)
  }
  return count
}
