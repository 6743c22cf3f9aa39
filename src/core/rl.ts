/**
 * What every (user, item) pair of a simulator pays: measured, or completed by its publisher. It is a judge, and must never reach
 * training.
 */
export interface RewardMatrix {
  /** User ids of the dataset, one a row. */
  readonly users: Int32Array
  /** Item ids of the dataset, one a column. */
  readonly items: Int32Array
  readonly min: number
  readonly max: number
  at(row: number, column: number): number
  /** One user's rewards, [items]; a copy or a view. */
  row(row: number): Float32Array
  /** One item's rewards, [users], for rules that compare items by who likes them. */
  column(column: number): Float32Array
}
