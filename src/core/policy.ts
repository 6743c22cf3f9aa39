import { TributaryError } from './errors.ts'
import type { Scorer } from './query.ts'

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

/**
 * A reward matrix with one number a cell, four bytes each.
 * @param given users and items by their ids, each once; `values` row by row, [users × items]
 * @throws TributaryError `bad-shape`; `not-finite`; `bad-argument` for an empty matrix, or a user or item that stands twice
 */
export function denseRewards(given: {
  readonly users: ArrayLike<number>
  readonly items: ArrayLike<number>
  readonly values: ArrayLike<number>
}): RewardMatrix {
  return keptRewards({ ...given, values: Float32Array.from(given.values) })
}

/**
 * As `denseRewards`, of values that are kept and not copied, where a second copy of hundreds of millions would not fit: whoever gives them
 * must not change them afterwards.
 */
export function keptRewards(given: {
  readonly users: ArrayLike<number>
  readonly items: ArrayLike<number>
  readonly values: Float32Array
}): RewardMatrix {
  const { users, items } = rowsAndColumns(given)
  const { values } = given
  const width = items.length
  if (values.length !== users.length * width) {
    throw new TributaryError(
      'bad-shape',
      `a reward matrix of ${users.length} users and ${width} items has ${values.length} values; it needs ${users.length * width}, row by row`,
    )
  }
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let cell = 0; cell < values.length; cell++) {
    const value = values[cell]
    if (!Number.isFinite(value)) {
      const pair = `user ${users[Math.floor(cell / width)]} and item ${items[cell % width]}`
      throw new TributaryError('not-finite', `the reward of ${pair} is ${value}; it must be a finite number`)
    }
    if (value < min) min = value
    if (value > max) max = value
  }
  return {
    users,
    items,
    min,
    max,
    at: (row, column) => values[row * width + column],
    row: (row) => values.subarray(row * width, (row + 1) * width),
    column: (column) => Float32Array.from(users, (_, row) => values[row * width + column]),
  }
}

/**
 * A reward matrix as the product of user and item factors, where one number a cell would not fit: 27,285 × 7,583 cells are
 * 828 MB, and as factors of width 32 they are 4.5 MB. The extremes are sought when first asked for, by one pass over all cells.
 * @param given users and items by their ids, each once; factors row by row, [users × width] and [items × width]
 * @throws TributaryError `bad-shape`; `not-finite`; `bad-argument` for an empty matrix, or a user or item that stands twice
 */
export function factorizedRewards(given: {
  readonly users: ArrayLike<number>
  readonly items: ArrayLike<number>
  readonly width: number
  readonly userFactors: ArrayLike<number>
  readonly itemFactors: ArrayLike<number>
}): RewardMatrix {
  const { users, items } = rowsAndColumns(given)
  const { width } = given
  const userFactors = factorsOf('user', users, width, given.userFactors)
  const itemFactors = factorsOf('item', items, width, given.itemFactors)
  const at = (row: number, column: number) => {
    let sum = 0
    for (let f = 0; f < width; f++) sum += userFactors[row * width + f] * itemFactors[column * width + f]
    return Math.fround(sum)
  }
  /** Four sums side by side, each in the order of `at`: one sum would wait for its own last addition. */
  const fill = (row: number, target: Float32Array) => {
    const last = items.length - (items.length % 4)
    const from = row * width
    for (let column = 0; column < last; column += 4) {
      let a = 0
      let b = 0
      let c = 0
      let d = 0
      const first = column * width
      for (let f = 0; f < width; f++) {
        const factor = userFactors[from + f]
        a += factor * itemFactors[first + f]
        b += factor * itemFactors[first + width + f]
        c += factor * itemFactors[first + 2 * width + f]
        d += factor * itemFactors[first + 3 * width + f]
      }
      target[column] = a
      target[column + 1] = b
      target[column + 2] = c
      target[column + 3] = d
    }
    for (let column = last; column < items.length; column++) target[column] = at(row, column)
    return target
  }
  let extremes: { min: number; max: number } | undefined
  const seek = () => {
    let min = Number.POSITIVE_INFINITY
    let max = Number.NEGATIVE_INFINITY
    const values = new Float32Array(items.length)
    for (let row = 0; row < users.length; row++) {
      fill(row, values)
      for (let column = 0; column < values.length; column++) {
        const value = values[column]
        if (value < min) min = value
        if (value > max) max = value
      }
    }
    return { min, max }
  }
  return {
    users,
    items,
    get min() {
      extremes ??= seek()
      return extremes.min
    },
    get max() {
      extremes ??= seek()
      return extremes.max
    },
    factors: { width, users: userFactors, items: itemFactors },
    at,
    row: (row) => fill(row, new Float32Array(items.length)),
    column: (column) => Float32Array.from(users, (_, row) => at(row, column)),
  }
}

function rowsAndColumns(given: { readonly users: ArrayLike<number>; readonly items: ArrayLike<number> }) {
  const users = Int32Array.from(given.users)
  const items = Int32Array.from(given.items)
  for (const [kind, ids] of [
    ['user', users],
    ['item', items],
  ] as const) {
    if (ids.length === 0)
      throw new TributaryError('bad-argument', `a reward matrix has no ${kind}s; at least one is needed`)
    const seen = new Set<number>()
    for (const id of ids) {
      if (seen.has(id)) throw new TributaryError('bad-argument', `${kind} ${id} stands twice in the reward matrix`)
      seen.add(id)
    }
  }
  return { users, items }
}

function factorsOf(kind: 'user' | 'item', ids: Int32Array, width: number, given: ArrayLike<number>): Float32Array {
  const factors = Float32Array.from(given)
  if (!(Number.isInteger(width) && width > 0) || factors.length !== ids.length * width) {
    throw new TributaryError(
      'bad-shape',
      `the factors of ${ids.length} ${kind}s have ${factors.length} values; with a width of ${width} they need ${ids.length * width}`,
    )
  }
  const bad = factors.findIndex((value) => !Number.isFinite(value))
  if (bad !== -1) {
    const id = ids[Math.floor(bad / width)]
    const message = `factor ${bad % width} of ${kind} ${id} in the reward matrix is ${factors[bad]}; it must be a finite number`
    throw new TributaryError('not-finite', message)
  }
  return factors
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
}
