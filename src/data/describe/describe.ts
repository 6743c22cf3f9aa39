import { type Categories, type Dataset, domainItems, domainOfItem, Part, type RewardMatrix } from '../../core/index.ts'
import { describeTimes, type TimeDescription, timeNotes } from './times.ts'

/** What a log looks like, ready for JSON. Counts are rows unless they say otherwise. */
export interface Description {
  readonly name: string
  readonly hash: string
  readonly interactions: number
  readonly users: number
  readonly items: number
  /** Distinct user-item pairs over all possible ones. */
  readonly density: number
  /** Rows whose user had the item before. */
  readonly repeatedPairs: number
  /** Rows a user, all domains in one sequence. */
  readonly sequenceLength: {
    readonly min: number
    readonly median: number
    readonly mean: number
    readonly max: number
  }
  /** Absent without times; see `describeTimes`. */
  readonly time?: TimeDescription
  /** Items that stand under several domains by an import with `--item-domain prefix`, which names them DOMAIN:ITEM; absent without such names. */
  readonly itemsInSeveralDomains?: number
  /** What one would want to know before trusting an order or a split, a sentence each. */
  readonly notes: readonly string[]
  /** Rows by part; absent where the log has no part column. */
  readonly parts?: Readonly<Record<keyof typeof Part, number>>
  /** Kinds of items; absent where the log has none. `without`: share of the items without a category. */
  readonly categories?: { readonly count: number; readonly without: number }
  /** Absent where the log has no values. `positive`: share above 3, which is what makes a rating of 1 to 5 a like. */
  readonly values?: {
    readonly min: number
    readonly mean: number
    readonly max: number
    readonly positive: number
  }
  /** What is known of users and of items besides the log, by name; absent where nothing is. */
  readonly userFeatures?: readonly string[]
  readonly itemFeatures?: readonly string[]
  /** Absent without a truth. Its extremes are left out where it is kept as factors, since they would take a pass over all pairs. */
  readonly truth?: {
    readonly users: number
    readonly items: number
    readonly factors?: number
    readonly min?: number
    readonly max?: number
  }
  readonly domains: readonly DomainDescription[]
  /** usersByDomains[n]: users with rows in exactly n + 1 domains. */
  readonly usersByDomains: readonly number[]
  /** overlap[a][b]: users with rows in both domains, in the order of `domains`; the diagonal has each domain's users. */
  readonly overlap: readonly (readonly number[])[]
}

export interface DomainDescription {
  readonly name: string
  readonly interactions: number
  readonly users: number
  readonly items: number
  /** Rows a user who has any there. */
  readonly meanPerUser: number
}

/** Counts everything in a few passes over the log. */
export function describe(dataset: Dataset): Description {
  const { log, domains, users } = dataset
  const rowsIn = new Array<number>(domains.length).fill(0)
  const overlap = domains.map(() => new Array<number>(domains.length).fill(0))
  const usersByDomains = new Array<number>(domains.length).fill(0)
  const lastUserOfItem = new Int32Array(dataset.items.size).fill(-1)
  let repeatedPairs = 0
  for (let user = 0; user < users.size; user++) {
    const visited = new Set<number>()
    for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++) {
      const item = log.item[row]
      if (lastUserOfItem[item] === user) repeatedPairs++
      lastUserOfItem[item] = user
      const domain = domainOfItem(dataset, item)
      rowsIn[domain]++
      visited.add(domain)
    }
    usersByDomains[visited.size - 1]++
    for (const a of visited) for (const b of visited) overlap[a][b]++
  }
  const items = dataset.items.size - 1
  const time = log.timestamp && describeTimes(log, log.timestamp)
  const several = itemsInSeveralDomains(dataset)
  return {
    name: dataset.name,
    hash: dataset.hash,
    interactions: log.length,
    users: users.size,
    items,
    density: (log.length - repeatedPairs) / (users.size * items),
    repeatedPairs,
    sequenceLength: lengths(log.userStart),
    ...(time && { time }),
    ...(several !== undefined && { itemsInSeveralDomains: several }),
    notes: notesOf(log.length, time, several ?? 0),
    ...(log.part && { parts: partCounts(log.part) }),
    ...(dataset.categories && { categories: categoryCounts(dataset.categories) }),
    ...(log.value && { values: valueStatistics(log.value) }),
    ...(dataset.userFeatures && { userFeatures: dataset.userFeatures.map((feature) => feature.name) }),
    ...(dataset.itemFeatures && { itemFeatures: dataset.itemFeatures.map((feature) => feature.name) }),
    ...(dataset.truth && { truth: truthSize(dataset.truth) }),
    domains: domains.map((name, d) => {
      const { start, end } = domainItems(dataset, d)
      return {
        name,
        interactions: rowsIn[d],
        users: overlap[d][d],
        items: end - start,
        meanPerUser: rowsIn[d] / overlap[d][d],
      }
    }),
    usersByDomains,
    overlap,
  }
}

function lengths(userStart: Int32Array): Description['sequenceLength'] {
  const sorted = Int32Array.from({ length: userStart.length - 1 }, (_, u) => userStart[u + 1] - userStart[u]).sort()
  const n = sorted.length
  const median = (sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2
  return { min: sorted[0], median, mean: userStart[n] / n, max: sorted[n - 1] }
}

/** Names of the form DOMAIN:ITEM, all of them, tell which items are one listed in several domains. */
function itemsInSeveralDomains(dataset: Dataset): number | undefined {
  const places = new Map<string, number>()
  for (let item = 1; item < dataset.items.size; item++) {
    const prefix = `${dataset.domains[domainOfItem(dataset, item)]}:`
    const name = dataset.items.name(item)
    if (!name.startsWith(prefix)) return undefined
    const rest = name.slice(prefix.length)
    places.set(rest, (places.get(rest) ?? 0) + 1)
  }
  return [...places.values()].reduce((sum, n) => sum + (n > 1 ? 1 : 0), 0)
}

function notesOf(rows: number, time: TimeDescription | undefined, several: number): string[] {
  const notes = time === undefined ? [] : timeNotes(time, rows)
  if (several > 0)
    notes.push(
      `${count(several)} ${several === 1 ? 'item is' : 'items are'} listed in several domains, and an item of its own in each`,
    )
  return notes
}

function partCounts(part: Uint8Array): Record<keyof typeof Part, number> {
  const counts = { train: 0, valid: 0, test: 0, unused: 0 }
  const names = Object.keys(Part) as (keyof typeof Part)[]
  for (const code of part) counts[names[code]]++
  return counts
}

function categoryCounts({ names, ofItem }: Categories): { count: number; without: number } {
  const without = ofItem.reduce((sum, id, item) => sum + (item > 0 && id === 0 ? 1 : 0), 0)
  return { count: names.length - 1, without: without / (ofItem.length - 1) }
}

/** The default of the option `positiveAbove` of models that predict labels. */
export const POSITIVE_ABOVE = 3

function valueStatistics(values: Float32Array): { min: number; mean: number; max: number; positive: number } {
  let [min, max, sum, positive] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0]
  for (const value of values) {
    min = Math.min(min, value)
    max = Math.max(max, value)
    sum += value
    if (value > POSITIVE_ABOVE) positive++
  }
  return { min, mean: sum / values.length, max, positive: positive / values.length }
}

function truthSize(truth: RewardMatrix): NonNullable<Description['truth']> {
  const size = { users: truth.users.length, items: truth.items.length }
  return truth.factors ? { ...size, factors: truth.factors.width } : { ...size, min: truth.min, max: truth.max }
}

function count(n: number): string {
  return n.toLocaleString('en-US')
}
