import { TributaryError } from '../core/index.ts'
import { binaryRowCount, pointMetric, weightedMean } from './rows.ts'

/** Probabilities are kept this far from 0 and 1: one sure mistake costs 34.5 instead of infinity. */
const CLIP = 1e-15

/** Mean binary cross-entropy in nats; predictions are probabilities. */
export const logloss = pointMetric({
  name: 'logloss',
  summary: 'mean of −log p(label), in nats',
  higherIsBetter: false,
  weighted(predictions, labels) {
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
    return weightedMean(losses)
  },
})
