import { type Dataset, domainOfItem, Part, type Split, valuesToLearn } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import type { ActionSpace } from '../../rl/index.ts'
import type { RewardConfig } from './options.ts'

/** Rows of the log that rewards are learned from, and what else their loss needs to know. */
export interface RewardRows {
  /** Log rows to learn from. */
  readonly training: Int32Array
  /** Log rows set apart, to tell when to stop. */
  readonly heldOut: Int32Array
  /** What a log row counts in the loss, [log rows]; 0 for those that are not learned from. */
  readonly weight: Float32Array
  /** What the training rows say of a pair; 0 where they say nothing, the last where they say several things. */
  knownValue(user: number, item: number): number
}

/**
 * The training rows of the split in the domain of the action space.
 * @param options `holdOut`, the share of the rows set apart, drawn; `weighting`, whether a row counts 1 or 1 / rows of its item, as it
 *   is or scaled so that the mean is 1 over the training rows
 * @throws TributaryError `bad-dataset` for a log without values
 */
export function rewardRows(
  dataset: Dataset,
  split: Split,
  { domain }: Pick<ActionSpace, 'domain'>,
  { holdOut, weighting }: Pick<RewardConfig, 'holdOut' | 'weighting'>,
  rng: Rng,
): RewardRows {
  const { log, items } = dataset
  const value = valuesToLearn(dataset, 'rewards')
  const rows = Int32Array.from({ length: log.length }, (_, row) => row).filter(
    (row) => split.part[row] === Part.train && domainOfItem(dataset, log.item[row]) === domain,
  )
  const shuffled = rng.split('held out').shuffle(rows.slice())
  const count = Math.floor(holdOut * rows.length)
  const heldOut = shuffled.slice(0, count).sort()
  const training = shuffled.slice(count).sort()
  const counts = new Float64Array(items.size)
  for (const row of training) counts[log.item[row]]++
  const weight = new Float32Array(log.length)
  // Σ 1 / n_i over the rows is the number of items that have any.
  const scale =
    weighting === 'inverse-counts' ? 1 : training.length / counts.reduce((seen, n) => seen + Number(n > 0), 0)
  for (const row of training) weight[row] = weighting === 'none' ? 1 : scale / counts[log.item[row]]
  const rowOf = rowFinder(log, training)
  const knownValue = (user: number, item: number) => {
    const row = rowOf(user, item)
    return row === undefined ? 0 : value[row]
  }
  return { training, heldOut, weight, knownValue }
}

/** From a pair to the last of these rows that is of it. A map of pairs would take a hundred bytes a row. */
function rowFinder({ user, item, userStart }: Dataset['log'], rows: Int32Array) {
  const users = userStart.length - 1
  const start = new Int32Array(users + 1)
  for (const row of rows) start[user[row] + 1]++
  for (let u = 0; u < users; u++) start[u + 1] = start[u + 1] + start[u]
  const sorted = rows.slice()
  for (let u = 0; u < users; u++) sorted.subarray(start[u], start[u + 1]).sort((a, b) => item[a] - item[b] || a - b)
  return (wantedUser: number, wantedItem: number): number | undefined => {
    let low = start[wantedUser]
    let high = start[wantedUser + 1]
    // The place behind the last row of an item up to the wanted one.
    while (low < high) {
      const middle = (low + high) >> 1
      if (item[sorted[middle]] <= wantedItem) low = middle + 1
      else high = middle
    }
    const row = low > start[wantedUser] ? sorted[low - 1] : undefined
    return row !== undefined && item[row] === wantedItem ? row : undefined
  }
}

/** Pairs that are pulled to 0, one a row. */
export interface Negatives {
  readonly users: Int32Array
  readonly items: Int32Array
  /** What each counts. */
  readonly weights: Float32Array
}

/** Times that a pair is drawn for a row before the row goes without. */
const TRIES = 3

/**
 * For each row a user and an item of the action space, drawn each by itself, that are known to be worth less than the row: what the
 * training rows say of them, or 0 where they say nothing, is below the row's value. A row for which three draws fail has weight 0; with
 * `last=taken` it has the third, whatever that is.
 */
export function drawNegatives(
  { log }: Dataset,
  { users, items }: Pick<ActionSpace, 'users' | 'items'>,
  { knownValue }: Pick<RewardRows, 'knownValue'>,
  rows: Int32Array,
  rng: Rng,
  last: 'dropped' | 'taken' = 'dropped',
): Negatives {
  const drawn = {
    users: new Int32Array(rows.length),
    items: new Int32Array(rows.length),
    weights: new Float32Array(rows.length),
  }
  for (const [i, row] of rows.entries())
    for (let attempt = 0; attempt < TRIES && drawn.weights[i] === 0; attempt++) {
      const user = users[rng.below(users.length)]
      const item = items[rng.below(items.length)]
      drawn.users[i] = user
      drawn.items[i] = item
      drawn.weights[i] = Number(knownValue(user, item) < log.value![row])
      if (last === 'taken' && attempt === TRIES - 1) drawn.weights[i] = 1
    }
  return drawn
}
