import type { Interval } from '../math/index.ts'
import { gammaCdf, logGamma } from './distributions.ts'
import type { Tested } from './effects.ts'

export interface WeightedRewards {
  /** How much more probable the target makes what was shown, a number a step; in the order of time. [steps] */
  readonly weights: Float64Array
  /** [steps] */
  readonly rewards: Float64Array
  /** Steps of unit u are `starts[u]` to `starts[u + 1]`; absent: each step is one. [units + 1] */
  readonly starts?: Int32Array | undefined
}

export interface WeightedRewardOptions {
  /** Between which every reward of a step lies for certain; default 0 and 1. They must not be read off the log. */
  readonly range?: readonly [number, number] | undefined
  /** Default .95. */
  readonly level?: number | undefined
}

/** What a unit is worth. */
export interface WeightedWorth {
  /** To the target. */
  readonly value: Interval
  /** The same less what it was worth as it was served. */
  readonly difference: Tested
}

/**
 * What a target policy would earn, with intervals that hold at every length of the log at once, for any rewards in their range and
 * weights however large: an empirical-Bernstein confidence sequence (Waudby-Smith, Wu, Ramdas, Karampatziakis and Mineiro, 2022,
 * arXiv:2210.10768). It costs no assumption of normality, and is wider for it. Rewards may depend on those before them; weights must
 * be 1 in the mean, whatever came before. A unit of several steps is worth the sum of its rewards, each by its own weight.
 */
export function weightedWorth(
  { weights, rewards, starts }: WeightedRewards,
  { range: [least, most] = [0, 1], level = 0.95 }: WeightedRewardOptions = {},
): WeightedWorth {
  const units = starts === undefined ? weights.length : starts.length - 1
  const start = (unit: number) => (starts === undefined ? unit : starts[unit])
  const end = (unit: number) => (starts === undefined ? unit + 1 : starts[unit + 1])
  let longest = 1
  for (let unit = 0; unit < units; unit++) longest = Math.max(longest, end(unit) - start(unit))
  const [steps, alpha] = [weights.length / units, (1 - level) / 2]
  const unit = (most - least) * longest
  const wealth = (ofStep: (weight: number, share: number) => number, plus = 0) =>
    wealthOf(units, (u) => {
      let sum = 0
      for (let step = start(u); step < end(u); step++)
        sum += ofStep(weights[step], (rewards[step] - least) / (most - least))
      return plus + sum / longest
    })
  const low = lowerBound(
    wealth((weight, share) => weight * share),
    alpha,
    1,
  )
  // From above by what is missing to the most.
  const missing = lowerBound(
    wealth((weight, share) => weight * (1 - share)),
    alpha,
    1,
  )
  // (w − 1) r has the mean of the difference, and is at least −r.
  const gain = wealth((weight, share) => (weight - 1) * share, 1)
  const loss = wealth((weight, share) => (weight - 1) * (1 - share), 1)
  let [worth, served] = [0, 0]
  for (let step = 0; step < weights.length; step++) {
    worth += weights[step] * rewards[step]
    served += rewards[step]
  }
  return {
    value: { mean: worth / units, low: steps * least + unit * low, high: steps * most - unit * missing },
    difference: {
      mean: (worth - served) / units,
      low: unit * (lowerBound(gain, alpha, 2) - 1),
      high: unit * (1 - lowerBound(loss, alpha, 2)),
      p: Math.min(1, 2 * Math.exp(-Math.max(gain.log(1), loss.log(1)))),
    },
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
