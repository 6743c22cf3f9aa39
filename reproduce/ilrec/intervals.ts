// Differences of methods in what an episode pays, by user, over splits of the users and seeds of trainings.
import { createRng, type Interval, intervalOf, mean } from '../../src/math/index.ts'

/** Mean return of each user by seed: [seeds][users], the users in the same order everywhere. Of one split. */
export type Returns = readonly (readonly number[])[]

const SAMPLES = 2000

/**
 * How much more an episode pays with `ours` than with `other`: the mean over splits of the mean over users and seeds. The 95 % interval draws
 * splits, within each its users, and its seeds, all with replacement, the same for both methods where they have equally many seeds: a user's
 * difference is paired. Splits share users and a world differs with each, so few splits make it wide.
 * @param ours by split; the same splits in both
 */
export function difference(ours: readonly Returns[], other: readonly Returns[]): Interval {
  const whole = ours.map((_, s) => meanOf(ours[s]) - meanOf(other[s]))
  const rng = createRng(1).split('ilrec')
  const drawn = Float64Array.from({ length: SAMPLES }, () => {
    let sum = 0
    for (let draw = 0; draw < ours.length; draw++) {
      const split = rng.below(ours.length)
      const [a, b] = [ours[split], other[split]]
      const users = Int32Array.from(a[0], () => rng.below(a[0].length))
      const seeds = Float64Array.from({ length: Math.max(a.length, b.length) }, () => rng.float())
      sum += drawnMean(a, users, seeds) - drawnMean(b, users, seeds)
    }
    return sum / ours.length
  })
  return intervalOf(mean(whole), drawn)
}

const meanOf = (returns: Returns) => mean(returns.map(mean))

function drawnMean(returns: Returns, users: Int32Array, seeds: Float64Array): number {
  let sum = 0
  for (let k = 0; k < returns.length; k++) {
    const own = returns[Math.floor(seeds[k] * returns.length)]
    for (const user of users) sum += own[user]
  }
  return sum / (returns.length * users.length)
}
