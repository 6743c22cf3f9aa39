import { type RewardMatrix, TributaryError } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'

const NEAR = 1
const FAR = 2

/**
 * Whether two columns of a reward matrix are nearer than `least`, by the Euclidean distance of what they pay. A distance takes as long as there
 * are users, so each pair is measured once: one byte a pair, below the diagonal.
 */
export function nearColumns(rewards: RewardMatrix, least: number): (a: number, b: number) => boolean {
  if (least <= 0) return () => false
  const size = rewards.items.length
  const known = new Uint8Array((size * (size + 1)) / 2)
  const between = columnDistance(rewards)
  return (a, b) => {
    const [high, low] = a > b ? [a, b] : [b, a]
    const pair = (high * (high + 1)) / 2 + low
    if (known[pair] === 0) known[pair] = between(a, b) < least ? NEAR : FAR
    return known[pair] === NEAR
  }
}

function columnDistance(rewards: RewardMatrix): (a: number, b: number) => number {
  const kept: (Float32Array | undefined)[] = new Array(rewards.items.length)
  const column = (c: number) => (kept[c] ??= rewards.column(c))
  return (a, b) => {
    const [x, y] = [column(a), column(b)]
    let sum = 0
    for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) ** 2
    return Math.sqrt(sum)
  }
}

/** Columns that were recommended one after the other, an array an episode. */
export type Play = readonly Int32Array[]

/** At a hazard of 5 % some 15,000 turns are played before users leave: its standard error is .002. */
const RANDOM_EPISODES = 1000
const RANDOM_TURNS = 30

/** Items drawn at random, the same for every matrix of this size. */
export function randomPlay(size: number): Play {
  const rng = createRng(1).split('random play', size)
  return Array.from({ length: RANDOM_EPISODES }, () => Int32Array.from({ length: RANDOM_TURNS }, () => rng.below(size)))
}

/**
 * The least distance that users bear, found from how often they leave: the smallest `least` of a rule `distance:WINDOW:LEAST` under which the
 * given play, cut where they leave, has at least `hazard` leavings a turn. Nothing is looked at but the matrix and the play.
 * @param play what was recommended, such as `randomPlay`, or a demonstrator's actions; shorter episodes count as they are
 * @param hazard leavings by distance a turn, above 0 and below 1
 * @throws TributaryError `bad-argument` where no distance gives as many
 */
export function leastByHazard(
  rewards: RewardMatrix,
  play: Play,
  { window, hazard }: { readonly window: number; readonly hazard: number },
): number {
  const between = columnDistance(rewards)
  // The least distance to the window, turn by turn: under any bound an episode ends at its first turn below it.
  const nearest = play.map((columns) =>
    Float64Array.from(columns, (column, t) => {
      let least = Number.POSITIVE_INFINITY
      for (let back = Math.max(0, t - window); back < t; back++)
        least = Math.min(least, columns[back] === column ? 0 : between(columns[back], column))
      return least
    }),
  )
  const hazardAt = (bound: number) => {
    let [turns, left] = [0, 0]
    for (const distances of nearest) {
      const end = distances.findIndex((distance) => distance <= bound)
      turns += end === -1 ? distances.length : end + 1
      if (end !== -1) left++
    }
    return turns === 0 ? 0 : left / turns
  }
  const bounds = [...new Set(nearest.flatMap((distances) => [...distances]))]
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  // More leave under a higher bound, and after fewer turns.
  let [low, high] = [0, bounds.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (hazardAt(bounds[middle]) >= hazard) high = middle
    else low = middle + 1
  }
  if (low === bounds.length)
    throw new TributaryError(
      'bad-argument',
      `no distance makes users leave in ${100 * hazard} % of the turns; ${bounds.length === 0 ? 'there is no turn after a first' : `at most ${(100 * hazardAt(bounds[low - 1])).toFixed(1)} % can be reached`}`,
    )
  const [found, next] = [bounds[low], bounds[low + 1]]
  return next === undefined ? found + 1 : (found + next) / 2
}
