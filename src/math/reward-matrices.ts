import { type RewardMatrix, TributaryError } from '../core/index.ts'

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
