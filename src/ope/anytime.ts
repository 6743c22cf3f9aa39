import { TributaryError } from '../core/index.ts'
import { type WeightedWorth, weightedWorth } from '../statistics/index.ts'
import { type Logged, stepsOf, type Target } from './logged.ts'
import { weightsSoFar } from './stepwise.ts'

/**
 * What a unit would earn, and how much more than it did, by intervals for a log that is looked at again and again while it grows:
 * they hold at every length of it at once. Weights are those of each step with those before it in its unit.
 * @param range between which every reward of a step lies for certain @param domain absent: all
 * @throws TributaryError `bad-argument` for a reward out of its range
 */
export function anytimeWorth(
  logged: Logged,
  target: Target,
  range: readonly [number, number],
  domain?: number,
): WeightedWorth {
  const { start, end } = stepsOf(logged)
  const units = inOrder(logged).filter((unit) => domain === undefined || logged.domains[unit] === domain)
  const starts = new Int32Array(units.length + 1)
  for (const [place, unit] of units.entries()) starts[place + 1] = starts[place] + end(unit) - start(unit)
  const soFar = weightsSoFar(logged, target)
  const [weights, rewards] = [new Float64Array(starts[units.length]), new Float64Array(starts[units.length])]
  for (const [place, unit] of units.entries()) {
    weights.set(soFar.subarray(start(unit), end(unit)), starts[place])
    rewards.set(logged.rewards.subarray(start(unit), end(unit)), starts[place])
  }
  const outside = rewards.find((reward) => !(reward >= range[0] && reward <= range[1]))
  if (outside !== undefined)
    throw new TributaryError(
      'bad-argument',
      `a reward is ${outside}, which is not between ${range[0]} and ${range[1]}; intervals that may be watched need to know between which numbers rewards lie`,
    )
  return weightedWorth({ weights, rewards, starts }, { range })
}

/** Units from the oldest on, as they were given where there are no times. */
function inOrder({ units, times }: Logged): Int32Array {
  const order = Int32Array.from({ length: units }, (_, unit) => unit)
  return times === undefined ? order : order.sort((a, b) => times[a] - times[b] || a - b)
}
