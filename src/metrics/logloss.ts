import { type PointMetric, TributaryError } from '../core/index.ts'
import { binaryRowCount } from './rows.ts'

/** Probabilities are kept this far from 0 and 1: one sure mistake costs 34.5 instead of infinity. */
const CLIP = 1e-15

/** Mean binary cross-entropy in nats; predictions are probabilities. */
export const logloss: PointMetric = {
  name: 'logloss',
  summary: 'mean of −log p(label), in nats',
  higherIsBetter: false,
  value: (predictions, labels) => weightedLogloss(predictions, labels)(new Uint8Array(predictions.length).fill(1)),
}

/** The mean over rows that count several times or not at all: a function of one weight a row. NaN where all are 0. */
export function weightedLogloss(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
): (weights: ArrayLike<number>) => number {
  const count = binaryRowCount('logloss', predictions, labels)
  const losses = Float64Array.from({ length: count }, (_, i) => {
    const p = predictions[i]
    if (p < 0 || p > 1)
      throw new TributaryError(
        'bad-argument',
        `logloss needs probabilities, but prediction ${i} is ${p}; apply a sigmoid first`,
      )
    const ofLabel = labels[i] === 1 ? p : 1 - p
    return -Math.log(Math.min(1 - CLIP, Math.max(CLIP, ofLabel)))
  })
  return (weights) => {
    let sum = 0
    let total = 0
    for (let i = 0; i < count; i++) {
      sum += weights[i] * losses[i]
      total += weights[i]
    }
    return sum / total
  }
}
