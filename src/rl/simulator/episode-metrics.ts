import { type Dataset, Part, type Split, type Trajectories, TributaryError } from '../../core/index.ts'
import { clusteredError } from '../../math/index.ts'
import type { Environment } from './simulator.ts'

/** What a policy earned, over all its episodes. */
export interface EpisodeMetrics {
  /** Mean cumulative reward of an episode. */
  readonly rTra: number
  /**
   * Half the width of the 95 % interval of `rTra`, given which users happened to come: the episodes of one user count together,
   * since they are not independent. NaN for one user.
   */
  readonly rTraHalfWidth: number
  /** Mean reward of a recommendation. */
  readonly rEach: number
  /** Mean number of recommendations in an episode. */
  readonly length: number
  /** Share of the items that were recommended at least once; it grows with the number of episodes. */
  readonly coverage: number
  /** Distinct items recommended, as a share of the recommendations. */
  readonly coveragePerTurn: number
  /** Share of the recommendations with a dominated category; absent where no item has a category. */
  readonly mcd?: number
}

/** @param dominated 1 for items with a dominated category, by id, [V] */
export function episodeMetrics(
  trajectories: Trajectories,
  environment: Pick<Environment, 'rewards'>,
  dominated?: Uint8Array,
): EpisodeMetrics {
  const { users, lengths, items } = trajectories
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
    coverage: distinct.size / environment.rewards.items.length,
    coveragePerTurn: distinct.size / turns,
    ...(dominated && { mcd: withDominated / turns }),
  }
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
