import { chiSquareTail, logGamma } from './distributions.ts'

/** A stretch in which arms had the same weights: a day, or what passed between two changes of them. */
export interface Period {
  /** Users who came into each arm in it. */
  readonly counts: readonly number[]
  /** What share of them each arm was to get; need not sum to 1. */
  readonly weights: readonly number[]
}

export interface RatioMismatch {
  readonly statistic: number
  readonly degrees: number
  /** How often chance alone splits users so unevenly. */
  readonly p: number
}

/**
 * Whether arms got the users that they were to get (sample ratio mismatch): χ² of the counts against the weights, summed over
 * periods with other weights. For one look; `sequentialRatioMismatch` for a watched one. Without users p is 1.
 */
export function ratioMismatch(periods: readonly Period[]): RatioMismatch {
  let [statistic, degrees] = [0, 0]
  for (const { counts, shares, total } of merged(periods)) {
    if (total === 0) continue
    // An arm that was to get nobody and did is a mismatch for certain; one that got nobody is not looked at.
    for (const [arm, share] of shares.entries())
      if (share > 0 || counts[arm] > 0) statistic += (counts[arm] - total * share) ** 2 / (total * share)
    degrees += shares.filter((share) => share > 0).length - 1
  }
  return { statistic, degrees, p: degrees > 0 ? chiSquareTail(statistic, degrees) : statistic > 0 ? 0 : 1 }
}

/**
 * The same for one who looks every day: p is at most α at any time with probability α at most, where nothing is wrong. How much more
 * probable shares drawn around the planned ones (Dirichlet) make the counts than the planned ones do is an e value, and p one
 * divided by the largest yet (Lindon and Malek, 2022). Where weights change it begins again and is multiplied.
 * @param periods in the order of time @param concentration how closely around the planned shares: larger sees smaller mismatches, later
 */
export function sequentialRatioMismatch(periods: readonly Period[], concentration = 10_000): number {
  let [before, largest] = [0, 0]
  let open: Counted | undefined
  for (const period of periods) {
    const next = counted(period)
    if (open !== undefined && sameShares(open, next)) open = added(open, next)
    else {
      if (open !== undefined) before += logEvidence(open, concentration)
      open = next
    }
    largest = Math.max(largest, before + logEvidence(open, concentration))
  }
  return Math.exp(-largest)
}

interface Counted {
  readonly counts: readonly number[]
  readonly shares: readonly number[]
  readonly total: number
}

function counted({ counts, weights }: Period): Counted {
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  return { counts, shares: weights.map((weight) => weight / all), total: counts.reduce((sum, n) => sum + n, 0) }
}

const sameShares = (a: Counted, b: Counted) =>
  a.shares.length === b.shares.length && a.shares.every((share, arm) => share === b.shares[arm])

function added(a: Counted, b: Counted): Counted {
  return { counts: a.counts.map((n, arm) => n + b.counts[arm]), shares: a.shares, total: a.total + b.total }
}

/** Neighbors with the same weights as one. */
function merged(periods: readonly Period[]): Counted[] {
  const all: Counted[] = []
  for (const period of periods) {
    const next = counted(period)
    const last = all.at(-1)
    if (last !== undefined && sameShares(last, next)) all[all.length - 1] = added(last, next)
    else all.push(next)
  }
  return all
}

/** Logarithm of the Dirichlet-multinomial probability of the counts over their multinomial probability at the planned shares. */
function logEvidence({ counts, shares, total }: Counted, concentration: number): number {
  let sum = logGamma(concentration) - logGamma(concentration + total)
  for (const [arm, share] of shares.entries()) {
    if (counts[arm] === 0) continue
    if (share === 0) return Number.POSITIVE_INFINITY
    const prior = share * concentration
    sum += logGamma(prior + counts[arm]) - logGamma(prior) - counts[arm] * Math.log(share)
  }
  return sum
}
