import type { RankMetric } from '../core/index.ts'

/** Hit ratio: 1 when the answer is among the first k, else 0. With one answer a case it equals recall@k. */
export function hr(k: number): RankMetric {
  return {
    name: `hr@${k}`,
    of: 'rank',
    summary: `share of cases whose answer is among the first ${k}`,
    higherIsBetter: true,
    value: (rank) => (rank < k ? 1 : 0),
  }
}
