/** A number in [0, 1] for one ranked case, from the answer's place alone. */
export interface RankMetric {
  /** As on the command line and in JSON: `hr@10`, `mrr`. */
  readonly name: string
  readonly summary: string
  /** `rank`: candidates placed before the answer (0 is best). */
  value(rank: number): number
}

/** One number for predictions held against labels. */
export interface PointMetric {
  /** As in JSON: `auc`, `rmse`. */
  readonly name: string
  readonly summary: string
  /** Whether larger values are better. */
  readonly higherIsBetter: boolean
  /**
   * `predictions` and `labels` have the same length, one row each; NaN where the metric is undefined (no rows, or one class
   * alone for AUC).
   * @throws TributaryError `bad-shape` for different lengths, `not-finite` for NaN predictions, `bad-argument` for labels
   * that the metric is not made for
   */
  value(predictions: ArrayLike<number>, labels: ArrayLike<number>): number
}

/** The names of the rank metrics, one of which selects a model's weights on validation. */
export const RANK_METRIC_NAMES = ['hr@5', 'hr@10', 'ndcg@5', 'ndcg@10', 'mrr@10', 'mrr'] as const
