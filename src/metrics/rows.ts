import { TributaryError } from '../core/index.ts'

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
