import { mean, type Spread, spreadOf } from '../math/index.ts'

/** The most bins of `binsOf`. */
const MOST_BINS = 12
const HISTOGRAM_BINS = 24
/** Bins of the histogram reach from the largest weight down to this share of it. */
const HISTOGRAM_REACH = 1e-4

/** What stands at both ends of an order; nothing stands in both. */
export interface Extremes<T> {
  /** Most trusted first. */
  readonly most: readonly T[]
  /** Least trusted first. */
  readonly least: readonly T[]
}

export type Quantiles = Readonly<Record<'min' | '5%' | '25%' | '50%' | '75%' | '95%' | 'max', number>>

/** `sd` and `effective` are those of a run, averaged over runs. */
export interface Distribution extends Pick<Spread, 'sd' | 'effective'> {
  readonly quantiles: Quantiles
  /** The share of the whole weight that the most trusted tenth of the behaviors holds; .1 where all count alike. */
  readonly topTenth: number
  /** Bins of equal width on a logarithmic scale; the first holds whatever is below its end, the others from `from` on. */
  readonly histogram: readonly { readonly from: number; readonly to: number; readonly behaviors: number }[]
}

/** The places of each key, ascending. */
export function groups(keys: Int32Array): Map<number, number[]> {
  const found = new Map<number, number[]>()
  for (const [place, key] of keys.entries()) {
    const group = found.get(key)
    if (group === undefined) found.set(key, [place])
    else group.push(place)
  }
  return found
}

/** The k first and the k last of an order, which meet in its middle where there are fewer than 2 k. */
export function extremes<T, R>(ordered: readonly T[], k: number, shown: (one: T) => R): Extremes<R> {
  const most = ordered.slice(0, Math.min(k, Math.ceil(ordered.length / 2)))
  const least = ordered.slice(most.length).slice(-k).reverse()
  return { most: most.map(shown), least: least.map(shown) }
}

/** Places whose number is `from` to `to`, both included. */
export interface Bin {
  readonly from: number
  readonly to: number
  readonly places: readonly number[]
}

/** Each number is a bin of its own where there are few different ones; else bins of about as many places each. Ascending. */
export function binsOf(numbers: Int32Array): Bin[] {
  const byNumber = [...groups(numbers)].sort(([a], [b]) => a - b)
  if (byNumber.length <= MOST_BINS) return byNumber.map(([from, places]) => ({ from, to: from, places }))
  const bins: Bin[] = []
  let left = numbers.length
  let from: number | undefined
  let places: number[] = []
  for (const [to, found] of byNumber) {
    from ??= to
    places = places.concat(found)
    if (places.length < left / (MOST_BINS - bins.length)) continue
    bins.push({ from, to, places })
    left -= places.length
    from = undefined
    places = []
  }
  return bins
}

/**
 * Spearman's rank correlation, equal numbers sharing the mean of their ranks; NaN where either column holds one number alone.
 */
export function rankCorrelation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [ranksA, ranksB] = [ranksOf(a), ranksOf(b)]
  const middle = (a.length - 1) / 2
  let [together, ofA, ofB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [ranksA[i] - middle, ranksB[i] - middle]
    together += x * y
    ofA += x * x
    ofB += y * y
  }
  return together / Math.sqrt(ofA * ofB)
}

function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((i, j) => values[i] - values[j])
  const ranks = new Float64Array(order.length)
  for (let start = 0; start < order.length; ) {
    let end = start + 1
    while (end < order.length && values[order[end]] === values[order[start]]) end++
    for (let i = start; i < end; i++) ranks[order[i]] = (start + end - 1) / 2
    start = end
  }
  return ranks
}

export function quantilesOf(values: Float64Array): Quantiles {
  const ascending = values.slice().sort()
  const at = (share: number) => ascending[Math.round(share * (ascending.length - 1))] ?? Number.NaN
  return {
    min: at(0),
    '5%': at(0.05),
    '25%': at(0.25),
    '50%': at(0.5),
    '75%': at(0.75),
    '95%': at(0.95),
    max: at(1),
  }
}

export function distributionOf(weights: Float64Array): Distribution {
  const ascending = weights.slice().sort()
  const count = ascending.length
  const at = (share: number) => ascending[Math.round(share * (count - 1))]
  const total = mean(ascending) * count
  const top = Math.max(1, Math.round(count / 10))
  const [low, high] = [Math.max(at(0), at(1) * HISTOGRAM_REACH), at(1)]
  const bins = low === high ? 1 : HISTOGRAM_BINS
  const edge = (i: number) => (i === bins ? high : low * (high / low) ** (i / bins))
  const behaviors = new Int32Array(bins)
  let bin = 0
  for (const weight of ascending) {
    while (bin < bins - 1 && weight >= edge(bin + 1)) bin++
    behaviors[bin]++
  }
  const { sd, effective } = spreadOf(weights)
  return {
    sd,
    effective,
    quantiles: quantilesOf(weights),
    topTenth: ascending.subarray(count - top).reduce((sum, weight) => sum + weight, 0) / total,
    histogram: Array.from(behaviors, (n, i) => ({ from: edge(i), to: edge(i + 1), behaviors: n })),
  }
}
