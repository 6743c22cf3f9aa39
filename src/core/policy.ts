import type { Scorer } from './query.ts'

/**
 * What every (user, item) pair pays, by what is said of it: a dataset's truth, measured or completed by its publisher, which judges and
 * must never reach training; or what a world model believes, for policies to learn in.
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
  /** What the rewards are products of; absent where each is kept. */
  readonly factors?: RewardFactors | undefined
}

/** The reward of row r and column c is the dot product of users[r · width …] and items[c · width …]. */
export interface RewardFactors {
  readonly width: number
  /** [users × width] */
  readonly users: Float32Array
  /** [items × width] */
  readonly items: Float32Array
}

/** What a model of the users believes of every pair, for policies to learn in. It knows the training log alone. */
export interface WorldModel {
  /** R̂, the expected reward of every user and item of an action space. */
  readonly rewards: RewardMatrix
  /** σ², how unsure the model is of each, of the same users and items. */
  readonly variance: RewardMatrix
  /** What it knows of each item, [items × width], in the order of `rewards.items`. */
  readonly itemVectors: Vectors
  /** What it knows of each user, [users × width], in the order of `rewards.users`. */
  readonly userVectors: Vectors
  /** It was trained on rows weighted by the inverse of how often their item is seen. */
  readonly inversePropensity: boolean
}

/** Row i is data[i · width …]. */
export interface Vectors {
  readonly width: number
  readonly data: Float32Array
}

/** A scorer that acts: in each turn of an episode it takes one of the items that may be recommended. */
export interface Policy extends Scorer {
  /** `greedy`: the item with the highest score, among equal ones any. `sampled`: an item with probability softmax(scores). */
  readonly acting: 'greedy' | 'sampled'
  /**
   * What `Query.history` holds: `episode`, the recommendations of the episode so far, with what they paid as `values`; `log`, the
   * user's rows of the log before them.
   */
  readonly remembers: 'episode' | 'log'
  /** It knows when users leave, and ends an episode only where every item would. */
  readonly avoidsLeaving: boolean
}

export function isPolicy(scorer: Scorer): scorer is Policy {
  return 'acting' in scorer && 'remembers' in scorer && 'avoidsLeaving' in scorer
}

/** Episodes: whom a policy met, what it recommended and what that paid. */
export interface Trajectories {
  /** User ids. [E] */
  readonly users: Int32Array
  /** Recommendations of each episode. [E] */
  readonly lengths: Int32Array
  readonly maxLength: number
  /** Item ids in order, 0 after the end. [E × maxLength] */
  readonly items: Int32Array
  /** What each paid, 0 after the end. [E × maxLength] */
  readonly rewards: Float32Array
  /** Which leave rule ended each, by its place among those of the simulator; −1 where it went on to its last turn. [E] */
  readonly endings: Int8Array
}
