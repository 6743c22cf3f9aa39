import type { RankMetric } from '../core/index.ts'

/**
 * Reciprocal rank 1 / (rank + 1): over the whole list, or 0 beyond place k. Papers print both under the name MRR; they
 * differ visibly, so the cut is part of the name here.
 */
export function mrr(k?: number): RankMetric {
  const kind = { of: 'rank', higherIsBetter: true } as const
  return k === undefined
    ? { ...kind, name: 'mrr', summary: '1 / (rank + 1) over all candidates', value: (rank) => 1 / (rank + 1) }
    : {
        ...kind,
        name: `mrr@${k}`,
        summary: `1 / (rank + 1) where the answer is among the first ${k}, else 0`,
        value: (rank) => (rank < k ? 1 / (rank + 1) : 0),
      }
}
