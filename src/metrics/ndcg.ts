import type { RankMetric } from '../core/index.ts'

/** Discounted gain of the one answer within the first k: 1 / log2(rank + 2). The ideal gain is 1, so nothing is divided. */
export function ndcg(k: number): RankMetric {
  return {
    name: `ndcg@${k}`,
    of: 'rank',
    summary: `1 / log2(rank + 2) where the answer is among the first ${k}, else 0`,
    higherIsBetter: true,
    value: (rank) => (rank < k ? 1 / Math.log2(rank + 2) : 0),
  }
}
