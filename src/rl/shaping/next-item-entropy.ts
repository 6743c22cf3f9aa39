import { type Dataset, TributaryError } from '../../core/index.ts'
import { isTraining } from '../simulator/episode-metrics.ts'

/** How varied the log goes on after what was recommended last: P_E of DORL, the sum of one entropy an order. */
export interface NextItemEntropy {
  /** Orders that count; none where the log has no times. */
  readonly orders: readonly number[]
  /** The sum over orders of the least entropy in the log, below which `at` never is. */
  readonly least: number
  /**
   * P_E after these items, oldest first, the current recommendation last; 0 … the number of orders.
   * @param items ids; of more than the largest order the last ones count
   */
  at(items: ArrayLike<number>): number
}

/**
 * Counts in the training rows which items follow each set of k items that a user had in a row, for every order k. The entropy of such a
 * context is that of its successors divided by the logarithm of how many differ (1 for all equally frequent), and 1 where there is but
 * one, where the context was never seen and where an episode has fewer items. A log without times has no successors, so P_E is 0.
 * @throws TributaryError `bad-argument` for an order that is no whole number of at least 1, or too many items for it
 */
export function nextItemEntropy(dataset: Dataset, orders: readonly number[] = [1, 2]): NextItemEntropy {
  const { log, items, name } = dataset
  for (const order of orders)
    if (!Number.isInteger(order) || order < 1 || items.size ** (order + 1) > Number.MAX_SAFE_INTEGER)
      throw new TributaryError(
        'bad-argument',
        `an order of ${order} was asked for of the next items of '${name}', which has ${items.size - 1} items; give a whole number of at least 1 with items to the power of order + 1 below 2 to the power of 53`,
      )
  if (log.timestamp === undefined) return { orders: [], least: 0, at: () => 0 }
  const sequences = trainingItems(dataset)
  const tables = orders.map((order) => entropies(sequences, order, items.size))
  return {
    orders,
    least: tables.reduce((sum, { least }) => sum + least, 0),
    at(last) {
      let sum = 0
      for (const [i, order] of orders.entries())
        sum += last.length < order ? 1 : (tables[i].belowOne.get(contextKey(last, last.length, order, items.size)) ?? 1)
      return sum
    },
  }
}

/** Item ids of the training rows of all users, one after the other in order of time, with 0 between users. */
function trainingItems({ log, users }: Dataset): Int32Array {
  const sequences = new Int32Array(log.length + users.size)
  let length = 0
  for (let user = 0; user < users.size; user++) {
    for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++)
      if (isTraining(log, row)) sequences[length++] = log.item[row]
    sequences[length++] = 0
  }
  return sequences.subarray(0, length)
}

/** A number for the set of the `order` items before `end`: equal for all orders in which they may stand. */
function contextKey(items: ArrayLike<number>, end: number, order: number, base: number): number {
  if (order === 1) return items[end - 1]
  const context: number[] = []
  for (let i = end - order; i < end; i++) context.push(items[i])
  return context.sort((a, b) => a - b).reduce((key, item) => key * base + item, 0)
}

/** Contexts of one order whose entropy is not 1, for those are few; and the least entropy of all. */
function entropies(sequences: Int32Array, order: number, base: number) {
  // Context and successor in one number, so that sorting brings equal contexts, and in them equal successors, together.
  const pairs = new Float64Array(sequences.length)
  let count = 0
  let run = 0 // items of the same user before this one
  for (const [i, item] of sequences.entries()) {
    if (item === 0) {
      run = 0
      continue
    }
    if (run >= order) pairs[count++] = contextKey(sequences, i, order, base) * base + item
    run++
  }
  const sorted = pairs.subarray(0, count).sort()
  const belowOne = new Map<number, number>()
  let least = 1
  for (let from = 0; from < count; ) {
    const context = Math.floor(sorted[from] / base)
    let to = from
    let distinct = 0
    let weighted = 0 // Σ n log2 n over successors
    while (to < count && Math.floor(sorted[to] / base) === context) {
      const pair = sorted[to]
      const start = to
      while (to < count && sorted[to] === pair) to++
      distinct++
      weighted += (to - start) * Math.log2(to - start)
    }
    if (distinct > 1) {
      const total = to - from
      const entropy = (Math.log2(total) - weighted / total) / Math.log2(distinct)
      if (entropy < 1) belowOne.set(context, entropy)
      if (entropy < least) least = entropy
    }
    from = to
  }
  return { belowOne, least }
}
