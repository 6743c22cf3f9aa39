import { TributaryError } from '../core/index.ts'
import { createRng } from './rng.ts'

/** A mean and the range it may lie in, given which users happened to be in the log (and which seeds were drawn, where there are several); NaN from a single user, who tells nothing of others. */
export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

export interface BootstrapOptions {
  /** User of each case: a user's cases are drawn together, since they are not independent. Absent: every case is its own. */
  readonly users?: Int32Array | undefined
  /** Default 2000. */
  readonly samples?: number | undefined
  readonly seed: number
  /** Default .95. */
  readonly level?: number | undefined
}

/**
 * How much the mean of `a` is above that of `b`, both measured on the same cases, with a percentile interval from drawing
 * users with replacement (Efron, 1979). The pairing takes out how easy a case is. NaN without cases; no interval from one user.
 * @throws TributaryError `bad-shape` when the lengths differ
 */
export function pairedBootstrap(a: Float64Array, b: Float64Array, options: BootstrapOptions): Interval {
  if (a.length !== b.length)
    throw new TributaryError(
      'bad-shape',
      `${a.length} and ${b.length} cases cannot be paired; they must be the same cases`,
    )
  return meanInterval(
    a.map((value, k) => value - b[k]),
    options,
  )
}

/** The mean of values of cases, with the same interval as `pairedBootstrap`. */
export function meanInterval(values: Float64Array, options: BootstrapOptions): Interval {
  const [means] = bootstrapMeans([values], options)
  return intervalOf(mean(values), means, options.level)
}

/**
 * The same where both were trained with several seeds, which are drawn as the users are (`overDrawnSeeds`).
 * @param a values of the cases by seed; the same cases in every column, and in those of `b`
 */
export function pairedBootstrapOverSeeds(
  a: readonly Float64Array[],
  b: readonly Float64Array[],
  options: BootstrapOptions,
): Interval {
  const means = bootstrapMeans([...a, ...b], options)
  const mine = overDrawnSeeds(means.slice(0, a.length), options.seed)
  const theirs = overDrawnSeeds(means.slice(a.length), options.seed)
  return intervalOf(
    mean(a.map(mean)) - mean(b.map(mean)),
    mine.map((value, sample) => value - theirs[sample]),
    options.level,
  )
}

/**
 * The mean over seeds that are drawn with replacement anew for each sample of users: the second level of a hierarchical bootstrap
 * (Davison and Hinkley, 1997, §3.8). Means of S drawn seeds vary by (S − 1) / S of what means of S new seeds would, so their
 * distance from the mean of all is widened by √(S / (S − 1)). Models with equally many seeds get the same draws, which pairs them.
 * @param bySeed what each seed came to in each sample of users; one seed is left as it is, since it tells nothing of others
 */
export function overDrawnSeeds(bySeed: readonly Float64Array[], seed: number): Float64Array {
  const S = bySeed.length
  if (S === 1) return bySeed[0]
  const rng = createRng(seed).split('seeds', S)
  const widened = Math.sqrt(S / (S - 1))
  return bySeed[0].map((_, sample) => {
    let [all, drawn] = [0, 0]
    for (const values of bySeed) all += values[sample] / S
    for (let draw = 0; draw < S; draw++) drawn += bySeed[rng.below(S)][sample] / S
    return all + widened * (drawn - all)
  })
}

export type Verdict = 'helped' | 'harmed' | 'no difference'

/**
 * What an interval of (with the other domains − without them) says by itself: it helped or harmed only where zero is outside.
 * Comparisons judge all their domains together, see `judgeTogether`.
 */
export function verdict({ low, high }: Interval): Verdict {
  if (low > 0) return 'helped'
  return high < 0 ? 'harmed' : 'no difference'
}

/** For each column its mean in each sample of users; every column sees the same samples. */
export function bootstrapMeans(columns: readonly Float64Array[], options: BootstrapOptions): Float64Array[] {
  const { samples = 2000 } = options
  const width = columns.length
  const { clusters, count } = clustersOf(columns[0].length, options.users)
  const sizes = new Float64Array(count)
  const sums = new Float64Array(count * width)
  for (const [k, cluster] of clusters.entries()) {
    sizes[cluster]++
    for (let c = 0; c < width; c++) sums[cluster * width + c] += columns[c][k]
  }
  const means = columns.map(() => new Float64Array(samples).fill(Number.NaN))
  if (count < 2) return means
  const totals = new Float64Array(width)
  forEachSample(count, options, (drawn, sample) => {
    totals.fill(0)
    let size = 0
    for (const cluster of drawn) {
      size += sizes[cluster]
      for (let c = 0; c < width; c++) totals[c] += sums[cluster * width + c]
    }
    for (let c = 0; c < width; c++) means[c][sample] = totals[c] / size
  })
  return means
}

/**
 * The same for statistics that are no means, such as an AUC over all cases pooled.
 * @param statistics functions of how often each case was drawn
 * @param cases number of cases
 * @returns for each statistic its value in each sample of users
 */
export function bootstrapStatistics(
  statistics: readonly ((weights: Float64Array) => number)[],
  cases: number,
  options: BootstrapOptions,
): Float64Array[] {
  const { samples = 2000 } = options
  const { clusters, count } = clustersOf(cases, options.users)
  const values = statistics.map(() => new Float64Array(samples).fill(Number.NaN))
  if (count < 2) return values
  const times = new Float64Array(count)
  const weights = new Float64Array(cases)
  forEachSample(count, options, (drawn, sample) => {
    times.fill(0)
    for (const cluster of drawn) times[cluster]++
    for (let k = 0; k < cases; k++) weights[k] = times[clusters[k]]
    for (const [s, statistic] of statistics.entries()) values[s][sample] = statistic(weights)
  })
  return values
}

/** Draws as many clusters as there are, with replacement; the same for the same seed and count. `drawn` is used again. */
function forEachSample(
  count: number,
  { samples = 2000, seed }: BootstrapOptions,
  visit: (drawn: Int32Array, sample: number) => void,
): void {
  const rng = createRng(seed).split('bootstrap')
  const drawn = new Int32Array(count)
  for (let sample = 0; sample < samples; sample++) {
    for (let draw = 0; draw < count; draw++) drawn[draw] = rng.below(count)
    visit(drawn, sample)
  }
}

/** So many samples that the smallest p value they can give is below .05 after its adjustment for so many looks. */
export function samplesFor(looks: number): number {
  return Math.max(2000, 80 * looks)
}

/**
 * Two-sided: how often samples of users put a difference at zero or beyond it, so that a true zero gets at most p in a share p of
 * logs, as nearly as the bootstrap can tell. Never 0, since samples are few; NaN without samples.
 */
export function pValue(drawn: Float64Array): number {
  let [below, above, count] = [0, 0, 0]
  for (const value of drawn) {
    if (Number.isNaN(value)) continue
    count++
    if (value <= 0) below++
    if (value >= 0) above++
  }
  return count === 0 ? Number.NaN : Math.min(1, (2 * (Math.min(below, above) + 1)) / (count + 1))
}

/** Dense cluster numbers in order of appearance. */
function clustersOf(cases: number, users: Int32Array | undefined): { clusters: Int32Array; count: number } {
  const clusters = new Int32Array(cases)
  const known = new Map<number, number>()
  for (let k = 0; k < cases; k++) {
    const user = users === undefined ? k : users[k]
    if (!known.has(user)) known.set(user, known.size)
    clusters[k] = known.get(user)!
  }
  return { clusters, count: known.size }
}

/** Between the percentiles that leave out `1 − level` of the samples; samples in which the value is undefined do not count. */
export function intervalOf(value: number, drawn: Float64Array, level = 0.95): Interval {
  const ascending = drawn.filter((x) => !Number.isNaN(x)).sort()
  return { mean: value, low: quantile(ascending, (1 - level) / 2), high: quantile(ascending, (1 + level) / 2) }
}

/** With linear interpolation between the two nearest. */
function quantile(ascending: Float64Array, share: number): number {
  const place = share * (ascending.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, ascending.length - 1)
  return ascending[below] + (place - below) * (ascending[above] - ascending[below])
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum / values.length
}

/** Of a sample: n − 1 below the line; NaN for one number. */
export function standardDeviation(values: readonly number[]): number {
  const center = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1))
}

/** Standard error of the mean of all values where those of one user are not independent (Liang and Zeger, 1986). */
export function clusteredError(values: Float64Array, users: Int32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const residuals = new Map<number, number>()
  for (const [k, user] of users.entries()) residuals.set(user, (residuals.get(user) ?? 0) + values[k] - mean)
  let squares = 0
  for (const residual of residuals.values()) squares += residual ** 2
  return Math.sqrt((squares * residuals.size) / (residuals.size - 1)) / values.length
}
