import { type Dataset, Part, type Split, type Trajectories, TributaryError } from '../../core/index.ts'
import { clusteredError } from '../../math/index.ts'
import type { LeaveRule } from './leave-rule.ts'
import type { Environment } from './simulator.ts'

/**
 * What a policy earned, over all its episodes. Of length and return there are two conventions. All turns count in `length` and `rTra`
 * (lengthAll, returnAll): the one at which a user left, too, and what it paid. The accepted ones do in `lengthAccepted` and `returnAccepted`, as
 * BiLLP counts: without that turn.
 */
export interface EpisodeMetrics {
  /** Mean cumulative reward of an episode, all turns. */
  readonly rTra: number
  /**
   * Half the width of the 95 % interval of `rTra`, given which users happened to come: the episodes of one user count together,
   * since they are not independent. NaN for one user.
   */
  readonly rTraHalfWidth: number
  /** Mean reward of a recommendation. */
  readonly rEach: number
  /** Mean number of recommendations in an episode, all turns. */
  readonly length: number
  /** Mean cumulative reward of an episode, without the turn at which the user left. */
  readonly returnAccepted: number
  /** Mean number of recommendations in an episode, without the one at which the user left. */
  readonly lengthAccepted: number
  /** Mean reward of a recommendation at which the user did not leave; 0 where there is none. */
  readonly rewardAccepted: number
  /** Episodes by what ended them: a kind of leave rule, or `max-length` for their last turn. */
  readonly endings: Readonly<Partial<Record<Ending, number>>>
  /** Episodes that a rule ended at an item which stood in its own window. */
  readonly repeatEndings: number
  /** Share of the recommendations after the first whose item came before in the episode. */
  readonly repeats: number
  /** Items that were recommended at least once. */
  readonly distinctItems: number
  /** Items that an episode began with at least once. */
  readonly distinctFirstItems: number
  /** Share of the items that were recommended at least once; it grows with the number of episodes. */
  readonly coverage: number
  /** Distinct items recommended, as a share of the recommendations. */
  readonly coveragePerTurn: number
  /** Share of the recommendations with a dominated category; absent where no item has a category. */
  readonly mcd?: number
}

export type Ending = LeaveRule['kind'] | 'max-length'

/** @param dominated 1 for items with a dominated category, by id, [V] */
export function episodeMetrics(
  trajectories: Trajectories,
  environment: Pick<Environment, 'rewards' | 'rules'>,
  dominated?: Uint8Array,
): EpisodeMetrics {
  const { users, lengths, items } = trajectories
  const accepted = acceptedTurns(trajectories)
  const sums = episodeRewards(trajectories)
  const episodes = sums.length
  const turns = lengths.reduce((sum, length) => sum + length, 0)
  const total = sums.reduce((sum, reward) => sum + reward, 0)
  const rTra = total / episodes
  const distinct = new Set<number>()
  let withDominated = 0
  for (const item of items) {
    if (item === 0) continue
    distinct.add(item)
    if (dominated?.[item] === 1) withDominated++
  }
  return {
    rTra,
    rTraHalfWidth: 1.96 * clusteredError(sums, users),
    rEach: total / turns,
    length: turns / episodes,
    returnAccepted: accepted.reward / episodes,
    lengthAccepted: accepted.turns / episodes,
    rewardAccepted: accepted.turns === 0 ? 0 : accepted.reward / accepted.turns,
    ...endingsOf(trajectories, environment),
    ...repeatsOf(trajectories),
    distinctItems: distinct.size,
    coverage: distinct.size / environment.rewards.items.length,
    coveragePerTurn: distinct.size / turns,
    ...(dominated && { mcd: withDominated / turns }),
  }
}

/** Of all episodes together, without the turns at which users left. */
function acceptedTurns({ lengths, rewards, maxLength, endings }: Trajectories): { turns: number; reward: number } {
  let [turns, reward] = [0, 0]
  for (const [episode, length] of lengths.entries()) {
    const kept = endings[episode] === -1 ? length : length - 1
    turns += kept
    for (let t = 0; t < kept; t++) reward += rewards[episode * maxLength + t]
  }
  return { turns, reward }
}

function endingsOf(
  { endings, lengths, items, maxLength }: Trajectories,
  { rules }: Pick<Environment, 'rules'>,
): Pick<EpisodeMetrics, 'endings' | 'repeatEndings'> {
  const counts: Partial<Record<Ending, number>> = {}
  for (const { kind } of rules) counts[kind] = 0
  let [last, repeatEndings] = [0, 0]
  for (const [episode, place] of endings.entries()) {
    if (place === -1) {
      last++
      continue
    }
    const { kind, window } = rules[place]
    counts[kind] = (counts[kind] ?? 0) + 1
    const end = episode * maxLength + lengths[episode] - 1
    const past = items.subarray(Math.max(episode * maxLength, end - window), end)
    if (past.includes(items[end])) repeatEndings++
  }
  return { endings: { ...counts, 'max-length': last }, repeatEndings }
}

function repeatsOf({
  lengths,
  items,
  maxLength,
}: Trajectories): Pick<EpisodeMetrics, 'repeats' | 'distinctFirstItems'> {
  const first = new Set<number>()
  let [later, repeated] = [0, 0]
  for (const [episode, length] of lengths.entries()) {
    const own = items.subarray(episode * maxLength, episode * maxLength + length)
    first.add(own[0])
    later += length - 1
    repeated += length - new Set(own).size
  }
  return { repeats: later === 0 ? 0 : repeated / later, distinctFirstItems: first.size }
}

/** Cumulative reward of each episode, in order, for paired statistics. [E] */
export function episodeRewards({ lengths, rewards, maxLength }: Trajectories): Float64Array {
  return Float64Array.from(lengths, (length, episode) => {
    let sum = 0
    for (let t = 0; t < length; t++) sum += rewards[episode * maxLength + t]
    return sum
  })
}

/** Share of positive interactions that the dominated categories do not exceed. */
const DOMINATED_SHARE = 0.8

/**
 * Items with a dominated category (the majority category domination of DORL): one of the fewest categories, the most frequent
 * first, that together make up at most 80 % of those of the positive training rows, and at least one. Undefined where nothing is
 * known of categories. [V]
 * @param positiveAbove a row with a value above it is positive; absent, above the mean of the training rows. Without values all are
 * @throws TributaryError `bad-argument` where no positive row has a category
 */
export function dominatedItems({ dataset, labels }: Environment, positiveAbove?: number): Uint8Array | undefined {
  if (labels === undefined) return undefined
  const { start, ids } = labels
  const { item, value } = dataset.log
  const rows = trainingRows(dataset)
  const bar = positiveAbove ?? (value ? rows.reduce((sum, row) => sum + value[row], 0) / rows.length : 0)
  const counts = new Float64Array(labels.labels.length)
  let total = 0
  for (const row of rows) {
    if (value !== undefined && value[row] <= bar) continue
    for (let i = start[item[row]]; i < start[item[row] + 1]; i++) {
      counts[ids[i]]++
      total++
    }
  }
  if (total === 0)
    throw new TributaryError(
      'bad-argument',
      `no training row of '${dataset.name}' that has a category has a value above ${bar}, which is what counts as positive; give another bound`,
    )
  const order = [...counts.keys()].sort((a, b) => counts[b] - counts[a] || a - b)
  const head = new Set(order.slice(0, 1))
  let together = counts[order[0]]
  for (const label of order.slice(1)) {
    together += counts[label]
    if (together > DOMINATED_SHARE * total) break
    head.add(label)
  }
  return Uint8Array.from({ length: dataset.items.size }, (_, v) =>
    Number(ids.subarray(start[v], start[v + 1]).some((label) => head.has(label))),
  )
}

/** Rows that policies may learn from: all but those that the log itself sets apart for tests or for nobody. */
export function trainingRows({ log }: Dataset): Int32Array {
  const rows = Int32Array.from({ length: log.length }, (_, row) => row)
  return rows.filter((row) => isTraining(log, row))
}

/** The dataset as a split lets a learner see it: rows of any other part are nobody's. */
export function trainingView(dataset: Dataset, { part }: Split): Dataset {
  const visible = part.map((code) => (code === Part.train ? Part.train : Part.unused))
  return { ...dataset, log: { ...dataset.log, part: visible } }
}

export function isTraining({ part }: Dataset['log'], row: number): boolean {
  return part === undefined || part[row] === Part.train || part[row] === Part.valid
}
