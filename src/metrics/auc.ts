import type { PointMetric } from '../core/index.ts'
import { binaryRowCount } from './rows.ts'

/**
 * Area under the ROC curve over all rows pooled: the share of (positive, negative) pairs in which the positive is scored
 * higher, ties counting half (Mann–Whitney). From mid-ranks in O(n log n).
 */
export const auc: PointMetric = {
  name: 'auc',
  summary: 'share of positive-negative pairs in the right order, ties half, all rows pooled',
  higherIsBetter: true,
  value(predictions, labels) {
    const count = binaryRowCount('auc', predictions, labels)
    const ascending = Uint32Array.from({ length: count }, (_, i) => i).sort((a, b) =>
      predictions[a]! < predictions[b]! ? -1 : predictions[a]! > predictions[b]! ? 1 : 0,
    )
    let positives = 0
    let doubledRankSum = 0 // twice the mid-ranks, so that the sum stays an integer
    for (let from = 0; from < count; ) {
      let to = from
      let positivesHere = 0
      while (to < count && predictions[ascending[to]!] === predictions[ascending[from]!]) {
        positivesHere += labels[ascending[to]!]!
        to++
      }
      doubledRankSum += positivesHere * (from + 1 + to)
      positives += positivesHere
      from = to
    }
    const negatives = count - positives
    if (positives === 0 || negatives === 0) return Number.NaN
    return (doubledRankSum / 2 - (positives * (positives + 1)) / 2) / positives / negatives
  },
}
