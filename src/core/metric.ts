/** A number in [0, 1] for one ranked case, from the answer's place alone. */
export interface RankMetric {
  /** As on the command line and in JSON: `hr@10`, `mrr`. */
  readonly name: string
  readonly summary: string
  /** `rank`: candidates placed before the answer (0 is best). */
  value(rank: number): number
}
