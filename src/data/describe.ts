import { type Categories, type Dataset, domainItems, domainOfItem, Part } from '../core/dataset.ts'
import type { RewardMatrix } from '../core/rl.ts'

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
  /** ISO 8601, UTC; absent without times. */
  readonly time?: { readonly first: string; readonly last: string }
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
    for (let row = log.userStart[user]!; row < log.userStart[user + 1]!; row++) {
      const item = log.item[row]!
      if (lastUserOfItem[item] === user) repeatedPairs++
      lastUserOfItem[item] = user
      const domain = domainOfItem(dataset, item)
      rowsIn[domain]!++
      visited.add(domain)
    }
    usersByDomains[visited.size - 1]!++
    for (const a of visited) for (const b of visited) overlap[a]![b]!++
  }
  const items = dataset.items.size - 1
  return {
    name: dataset.name,
    hash: dataset.hash,
    interactions: log.length,
    users: users.size,
    items,
    density: (log.length - repeatedPairs) / (users.size * items),
    repeatedPairs,
    sequenceLength: lengths(log.userStart),
    ...(log.timestamp && { time: timeRange(log.timestamp) }),
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
        interactions: rowsIn[d]!,
        users: overlap[d]![d]!,
        items: end - start,
        meanPerUser: rowsIn[d]! / overlap[d]![d]!,
      }
    }),
    usersByDomains,
    overlap,
  }
}

function lengths(userStart: Int32Array): Description['sequenceLength'] {
  const sorted = Int32Array.from({ length: userStart.length - 1 }, (_, u) => userStart[u + 1]! - userStart[u]!).sort()
  const n = sorted.length
  const median = (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2
  return { min: sorted[0]!, median, mean: userStart[n]! / n, max: sorted[n - 1]! }
}

function timeRange(times: Float64Array): { first: string; last: string } {
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const time of times) {
    if (time < first) first = time
    if (time > last) last = time
  }
  return { first: isoTime(first), last: isoTime(last) }
}

function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  // Beyond the years that dates can hold the number says more than nothing.
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString()
}

function partCounts(part: Uint8Array): Record<keyof typeof Part, number> {
  const counts = { train: 0, valid: 0, test: 0, unused: 0 }
  const names = Object.keys(Part) as (keyof typeof Part)[]
  for (const code of part) counts[names[code]!]++
  return counts
}

function categoryCounts({ names, ofItem }: Categories): { count: number; without: number } {
  const without = ofItem.reduce((sum, id, item) => sum + (item > 0 && id === 0 ? 1 : 0), 0)
  return { count: names.length - 1, without: without / (ofItem.length - 1) }
}

/** The default of the option `positiveAbove` of models that predict labels. */
const POSITIVE_ABOVE = 3

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

/**
 * Aligned text for a terminal, without a trailing line break.
 * @param table lays out a header and rows, names first, then numbers; for screens that have a width
 */
export function formatDescription(
  d: Description,
  table: (header: readonly string[], rows: readonly (readonly string[])[]) => string = aligned,
): string {
  const { min, median, mean, max } = d.sequenceLength
  const facts: [string, string][] = [
    ['interactions', count(d.interactions)],
    ['users', count(d.users)],
    ['items', count(d.items)],
    ['density', `${(100 * d.density).toPrecision(3)} %`],
    ['repeated pairs', count(d.repeatedPairs)],
    ['rows a user', `min ${min}, median ${median}, mean ${mean.toFixed(1)}, max ${count(max)}`],
  ]
  if (d.time) facts.push(['time', `${day(d.time.first)} to ${day(d.time.last)}`])
  if (d.parts) {
    const parts = Object.entries(d.parts).filter(([, rows]) => rows > 0)
    facts.push(['parts', parts.map(([part, rows]) => `${part} ${count(rows)}`).join(', ')])
  }
  if (d.categories) {
    const { count: kinds, without } = d.categories
    facts.push(['categories', `${count(kinds)}${without > 0 ? `, ${percent(without)} of the items without` : ''}`])
  }
  if (d.values) {
    const { min, mean, max, positive } = d.values
    const [least, most] = [min, max].map((value) => Number(value.toPrecision(4)))
    facts.push([
      'values',
      `min ${least}, mean ${mean.toPrecision(3)}, max ${most}, ${percent(positive)} above ${POSITIVE_ABOVE}`,
    ])
  }
  if (d.userFeatures) facts.push(['user features', d.userFeatures.join(', ')])
  if (d.itemFeatures) facts.push(['item features', d.itemFeatures.join(', ')])
  if (d.truth) {
    const { users, items, factors, min, max } = d.truth
    const form = factors === undefined ? `min ${min}, max ${max}` : `factors of width ${factors}`
    facts.push(['truth', `${count(users)} users × ${count(items)} items, ${form}`])
  }
  const width = Math.max(...facts.map(([name]) => name.length))
  const domains = table(
    ['domain', 'interactions', 'users', 'items', 'rows a user'],
    d.domains.map((domain) => [
      domain.name,
      count(domain.interactions),
      count(domain.users),
      count(domain.items),
      domain.meanPerUser.toFixed(1),
    ]),
  )
  const spread = d.usersByDomains.flatMap((users, n) => (users > 0 ? [`${n + 1}: ${count(users)}`] : []))
  const sections = [
    [d.name, ...facts.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join('\n'),
    domains,
    `users by number of domains  ${spread.join(', ')}`,
  ]
  if (d.domains.length > 1) {
    const names = d.domains.map(({ name }) => name)
    const rows = d.overlap.map((row, a) => [names[a]!, ...row.map(count)])
    sections.push(table(['users in both', ...names], rows))
  }
  return sections.join('\n\n')
}

function aligned(header: readonly string[], body: readonly (readonly string[])[]): string {
  const rows = [header, ...body]
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join('  ')
  return rows.map(line).join('\n')
}

function count(n: number): string {
  return n.toLocaleString('en-US')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function day(time: string): string {
  return time.slice(0, 10)
}
