import { binaryRowCount, pointMetric } from './rows.ts'

/**
 * Area under the ROC curve over all rows pooled: the share of (positive, negative) pairs in which the positive is scored
 * higher, ties counting half (Mann–Whitney). In O(n log n).
 */
export const auc = pointMetric({
  name: 'auc',
  summary: 'share of positive-negative pairs in the right order, ties half, all rows pooled',
  higherIsBetter: true,
  /** Sorted once, each sample then takes one pass. NaN where one class has no weight. */
  weighted(predictions, labels) {
    const count = binaryRowCount('auc', predictions, labels)
    const ascending = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) =>
      predictions[a] < predictions[b] ? -1 : predictions[a] > predictions[b] ? 1 : 0,
    )
    const sorted = Float64Array.from(ascending, (row) => predictions[row])
    return (weights) => {
      let positives = 0
      let negatives = 0 // of those passed
      let doubledWins = 0 // twice the pairs won, so that the sum stays an integer for integer weights
      for (let from = 0; from < count; ) {
        let to = from
        let positivesHere = 0
        let negativesHere = 0
        while (to < count && sorted[to] === sorted[from]) {
          const row = ascending[to]
          if (labels[row] === 1) positivesHere += weights[row]
          else negativesHere += weights[row]
          to++
        }
        doubledWins += positivesHere * (2 * negatives + negativesHere)
        positives += positivesHere
        negatives += negativesHere
        from = to
      }
      return positives === 0 || negatives === 0 ? Number.NaN : doubledWins / 2 / positives / negatives
    }
  },
})
