/** A figure of how well a model does. */
export interface Metric {
  /** As on the command line and in JSON: `hr@10`, `auc`. */
  readonly name: string
  readonly summary: string
  readonly higherIsBetter: boolean
  /** What it is made of. */
  readonly of: 'rank' | 'lists' | 'predictions' | 'episodes'
}

/** A number in [0, 1] for one ranked case, from the answer's place alone. */
export interface RankMetric extends Metric {
  readonly of: 'rank'
  /** `rank`: candidates placed before the answer (0 is best). */
  value(rank: number): number
}

/** One number for predictions held against labels. */
export interface PointMetric extends Metric {
  readonly of: 'predictions'
  /** Whether the predictions are first brought within the values that were trained on. */
  readonly clipped?: boolean
  /**
   * `predictions` and `labels` have the same length, one row each; NaN where the metric is undefined (no rows, or one class
   * alone for AUC).
   * @throws TributaryError `bad-shape` for different lengths, `not-finite` for NaN predictions, `bad-argument` for labels
   * that the metric is not made for
   */
  value(predictions: ArrayLike<number>, labels: ArrayLike<number>): number
  /** The same of rows that count several times or not at all, as in samples of a bootstrap: a function of one weight a row. */
  weighted(predictions: ArrayLike<number>, labels: ArrayLike<number>): (weights: ArrayLike<number>) => number
}

/** One number for the first k places of lists, whatever the answers were. */
export interface ListMetric extends Metric {
  readonly of: 'lists'
  readonly k: number
  /** Of the lists of some cases. */
  statistic(lists: RecommendedLists, cases: readonly number[]): Statistic
}

/** What was recommended, one list a case, and what is known of the items. */
export interface RecommendedLists {
  /** Places of a list. */
  readonly k: number
  /** Item ids, best first, 0 behind the end of a shorter list. [cases × k] */
  readonly items: Int32Array
  /** What a list was chosen from: item ids from `start` to before `end`. [cases] */
  readonly start: Int32Array
  readonly end: Int32Array
  /** How many users have training rows, and how many of them one of each item [V]; absent where no split was given. */
  readonly met?: { readonly users: number; readonly each: Int32Array }
  /** Of each item; absent where the dataset has no categories. [V] */
  readonly category?: Int32Array
}

/**
 * How a metric comes about from cases: a value for each, of which the mean is taken; or a function of how often each case counts;
 * or one number of all of them, where a sample of the users would have another one by being smaller.
 */
export type Statistic = Float64Array | ((weights: ArrayLike<number>) => number) | number
