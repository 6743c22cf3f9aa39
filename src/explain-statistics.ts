import { mean } from './bootstrap.ts'

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

export interface Distribution {
  readonly quantiles: Readonly<Record<'min' | '5%' | '25%' | '50%' | '75%' | '95%' | 'max', number>>
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

/** Behaviors whose number is `from` to `to`, both included. */
export interface Bin {
  readonly from: number
  readonly to: number
  /** Their places, ascending within each number. */
  readonly behaviors: readonly number[]
}

/**
 * Each number is a bin of its own where there are few different ones; else bins of about as many behaviors each, ascending.
 * @param numbers one for each behavior
 */
export function binsOf(numbers: Int32Array): Bin[] {
  const byNumber = [...groups(numbers)].sort(([a], [b]) => a - b)
  if (byNumber.length <= MOST_BINS) return byNumber.map(([from, behaviors]) => ({ from, to: from, behaviors }))
  const bins: Bin[] = []
  let left = numbers.length
  let from: number | undefined
  let gathered: number[] = []
  for (const [to, behaviors] of byNumber) {
    from ??= to
    gathered = gathered.concat(behaviors)
    if (gathered.length < left / (MOST_BINS - bins.length)) continue
    bins.push({ from, to, behaviors: gathered })
    left -= gathered.length
    from = undefined
    gathered = []
  }
  return bins
}

export function distributionOf(weights: Float32Array): Distribution {
  const ascending = Float64Array.from(weights).sort()
  const count = ascending.length
  const at = (share: number) => ascending[Math.round(share * (count - 1))]!
  const total = mean(ascending) * count
  const top = Math.max(1, Math.round(count / 10))
  const [low, high] = [Math.max(at(0), at(1) * HISTOGRAM_REACH), at(1)]
  const bins = low === high ? 1 : HISTOGRAM_BINS
  const edge = (i: number) => (i === bins ? high : low * (high / low) ** (i / bins))
  const behaviors = new Int32Array(bins)
  let bin = 0
  for (const weight of ascending) {
    while (bin < bins - 1 && weight >= edge(bin + 1)) bin++
    behaviors[bin]!++
  }
  return {
    quantiles: {
      min: at(0),
      '5%': at(0.05),
      '25%': at(0.25),
      '50%': at(0.5),
      '75%': at(0.75),
      '95%': at(0.95),
      max: at(1),
    },
    topTenth: ascending.subarray(count - top).reduce((sum, weight) => sum + weight, 0) / total,
    histogram: Array.from(behaviors, (n, i) => ({ from: edge(i), to: edge(i + 1), behaviors: n })),
  }
}
