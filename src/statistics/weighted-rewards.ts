import type { Interval } from '../math/index.ts'
import { gammaCdf, logGamma } from './distributions.ts'
import type { Tested } from './effects.ts'

export interface WeightedRewardOptions {
  /** Between which every reward lies for certain; default 0 and 1. Which they are must not be read off the log. */
  readonly range?: readonly [number, number] | undefined
  /** Default .95. */
  readonly level?: number | undefined
}

/**
 * What a target policy would earn, with an interval that holds at every length of the log at once, for any rewards in their range and
 * weights however large: an empirical-Bernstein confidence sequence (Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro, 2022,
 * arXiv:2210.10768). It costs no assumption of normality, and is wider for it. Rewards may depend on those before them.
 * @param weights π(a|x) / π₀(a|x), in the order of time @param rewards in the same order
 */
export function weightedRewardInterval(
  weights: ArrayLike<number>,
  rewards: ArrayLike<number>,
  { range: [least, most] = [0, 1], level = 0.95 }: WeightedRewardOptions = {},
): Interval {
  const [wide, alpha] = [most - least, (1 - level) / 2]
  // From above by what is missing to the most, since weights are 1 in the mean.
  const below = wealthOf(weights.length, (i) => (weights[i] * (rewards[i] - least)) / wide)
  const above = wealthOf(weights.length, (i) => (weights[i] * (most - rewards[i])) / wide)
  let sum = 0
  for (let i = 0; i < weights.length; i++) sum += weights[i] * rewards[i]
  return {
    mean: sum / weights.length,
    low: least + wide * lowerBound(below, alpha, 1),
    high: most - wide * lowerBound(above, alpha, 1),
  }
}

/** How much more it would earn than the policy that served, by the same sequence: (w − 1) r has that mean, and is at least −r. */
export function weightedDifferenceInterval(
  weights: ArrayLike<number>,
  rewards: ArrayLike<number>,
  { range: [least, most] = [0, 1], level = 0.95 }: WeightedRewardOptions = {},
): Tested {
  const [wide, alpha] = [most - least, (1 - level) / 2]
  const below = wealthOf(weights.length, (i) => 1 + ((weights[i] - 1) * (rewards[i] - least)) / wide)
  const above = wealthOf(weights.length, (i) => 1 + ((weights[i] - 1) * (most - rewards[i])) / wide)
  let sum = 0
  for (let i = 0; i < weights.length; i++) sum += (weights[i] - 1) * rewards[i]
  return {
    mean: sum / weights.length,
    low: wide * (lowerBound(below, alpha, 2) - 1),
    high: wide * (1 - lowerBound(above, alpha, 2)),
    p: Math.min(1, 2 * Math.exp(-Math.max(below.log(1), above.log(1)))),
  }
}

/** What a gambler has, in logarithms, who bet that the mean is above `mean`; more than ln 1/α has probability α at most if it is not. */
interface Wealth {
  readonly average: number
  log(mean: number): number
}

/** @param value at least 0, of unit `i` */
function wealthOf(count: number, value: (i: number) => number): Wealth {
  let [sum, variance] = [0, 0]
  for (let i = 0; i < count; i++) {
    // Foretold from those before it alone. Above 1 the inequality behind the bet does not hold, which VW's estimators leave open.
    const foretold = Math.min(1, (sum + 0.5) / (i + 1))
    const x = value(i)
    variance += (x - foretold) ** 2
    sum += x
  }
  return { average: sum / count, log: (mean) => logWealth(sum - count * mean, variance) }
}

/** A mixture over all bets by a truncated gamma distribution (the gamma-exponential one of Howard, Ramdas, McAuliffe and Sekhon, 2021, with ρ = 1). */
function logWealth(sum: number, variance: number): number {
  const [a, x] = [variance + 1, sum + variance + 1]
  if (x <= 0) return Number.NEGATIVE_INFINITY
  return sum + variance - a * Math.log(x) + Math.log(gammaCdf(x, a)) + logGamma(a) - Math.log(gammaCdf(1, 1))
}

/** The least mean, from 0 to `most`, that the gambler's wealth does not speak against; by halving, since wealth falls with it. */
function lowerBound(wealth: Wealth, alpha: number, most: number): number {
  const enough = -Math.log(alpha)
  if (Number.isNaN(wealth.average)) return Number.NaN
  let [low, high] = [0, Math.min(most, wealth.average)]
  if (wealth.log(low) <= enough) return low
  if (wealth.log(high) >= enough) return high
  for (let step = 0; step < 52; step++) {
    const middle = (low + high) / 2
    if (wealth.log(middle) > enough) low = middle
    else high = middle
  }
  return low
}
