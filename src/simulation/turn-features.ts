import { type Dataset, TributaryError } from '../core/index.ts'
import { itemLabels, trainingRows } from '../rl/index.ts'

/** Ratings of average value that each item and user is given beside its own. */
const SHRINKAGE = 5
/** How many items before are looked at for what is alike. */
const RECENT = 4

/** What is known at a turn of an episode, for a value function that is linear in it. */
export interface TurnFeatures {
  /** Of an item at a turn: 1, its mean, squared, too, and its popularity in the training log, each beside 1, the user's mean and what the episode paid; and how
   * many of the last items it equals or is like. */
  readonly width: number
  /** Begins an episode of a user. */
  begin(user: number): void
  /** A recommendation and what it paid. */
  append(item: number, reward: number): void
  /** Adds `share` × φ(s, item) to `into[at …]`. */
  add(item: number, share: number, into: Float64Array, at: number): void
  /** Where the user stands, coarsely: what was paid last, and how much the user likes in the mean. */
  state(): number
}

/** Facts of an item alone, and of a turn alone, whose products are features. */
const OF_ITEM = 4
const OF_TURN = 4

/** Features of the episodes of a dataset, which know its training log and the episode before the turn alone. */
export function turnFeatures(dataset: Dataset): TurnFeatures {
  const { log } = dataset
  const rows = [...trainingRows(dataset)]
  if (rows.length === 0) throw new TributaryError('bad-dataset', `'${dataset.name}' has no training rows`)
  const ratingOf = (row: number) => log.value?.[row] ?? 1
  const mean = rows.reduce((sum, row) => sum + ratingOf(row), 0) / rows.length
  const spread = Math.sqrt(rows.reduce((sum, row) => sum + (ratingOf(row) - mean) ** 2, 0) / rows.length) || 1
  const tally = (size: number, of: Int32Array) => {
    const counts = new Float64Array(size)
    const sums = new Float64Array(size)
    for (const row of rows) {
      counts[of[row]]++
      sums[of[row]] += (ratingOf(row) - mean) / spread
    }
    return { counts, means: sums.map((sum, entity) => sum / (counts[entity] + SHRINKAGE)) }
  }
  const ofItems = tally(dataset.items.size, log.item)
  const ofUsers = tally(dataset.users.size, log.user)
  const mostSeen = Math.log1p(ofItems.counts.reduce((a, b) => Math.max(a, b), 0)) || 1
  const popularity = ofItems.counts.map((count) => Math.log1p(count) / mostSeen)
  const labels = itemLabels(dataset)
  const shares = (one: number, other: number): boolean => {
    if (labels === undefined) return false
    for (let i = labels.start[one]; i < labels.start[one + 1]; i++)
      for (let j = labels.start[other]; j < labels.start[other + 1]; j++)
        if (labels.ids[i] === labels.ids[j]) return true
    return false
  }
  const recent: number[] = []
  let [user, paid, turns, last, liked] = [0, 0, 0, 0, 0]
  return {
    width: OF_ITEM * OF_TURN + 2,
    begin(who) {
      recent.length = 0
      user = who
      paid = 0
      liked = 0
      turns = 0
    },
    append(item, reward) {
      last = (reward - mean) / spread
      paid += last
      liked += ofItems.means[item]
      turns++
      recent.push(item)
      if (recent.length > RECENT) recent.shift()
    },
    add(item, share, into, at) {
      const ofItem = [1, ofItems.means[item], ofItems.means[item] ** 2, popularity[item]]
      const ofTurn = [1, ofUsers.means[user], turns === 0 ? 0 : paid / turns, liked]
      let place = at
      for (const one of ofItem) for (const other of ofTurn) into[place++] += share * one * other
      for (const before of recent) {
        if (before === item) into[place] += share / RECENT
        if (shares(before, item)) into[place + 1] += share / RECENT
      }
    },
    state() {
      const third = (value: number) => (value < -0.4 ? 0 : value < 0.4 ? 1 : 2)
      return 4 * third(ofUsers.means[user]) + (turns === 0 ? 3 : third(last))
    },
  }
}
