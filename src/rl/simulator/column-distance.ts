import { type RewardFactors, type RewardMatrix, TributaryError } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'

const NEAR = 1
const FAR = 2

/** What is known of four pairs, in a byte. */
const PAIRS = 4

/**
 * Whether two columns of a reward matrix are nearer than `least`, by the Euclidean distance of what they pay. Each pair is measured once: a quarter
 * of a byte a pair, below the diagonal.
 */
export function nearColumns(rewards: RewardMatrix, least: number): (a: number, b: number) => boolean {
  if (least <= 0) return () => false
  const size = rewards.items.length
  const known = new Uint8Array(Math.ceil((size * (size + 1)) / 2 / PAIRS))
  const between = columnDistance(rewards)
  return (a, b) => {
    const [high, low] = a > b ? [a, b] : [b, a]
    const pair = (high * (high + 1)) / 2 + low
    const [byte, shift] = [Math.floor(pair / PAIRS), 2 * (pair % PAIRS)]
    const found = (known[byte] >> shift) & 3
    if (found !== 0) return found === NEAR
    const isNear = between(a, b) < least
    known[byte] |= (isNear ? NEAR : FAR) << shift
    return isNear
  }
}

type Distance = (a: number, b: number) => number

function columnDistance(rewards: RewardMatrix): Distance {
  return rewards.factors === undefined ? keptColumnDistance(rewards) : factorDistance(rewards.factors)
}

/** Columns that are read together: those of a row fill one line of the processor's cache. */
const TOGETHER = 16

/** Columns are kept once they were asked for, since a matrix lies row by row. */
function keptColumnDistance({ users, items, at }: RewardMatrix): Distance {
  const kept: (Float32Array | undefined)[] = new Array(items.length)
  const column = (wanted: number): Float32Array => {
    const found = kept[wanted]
    if (found !== undefined) return found
    const first = wanted - (wanted % TOGETHER)
    const count = Math.min(TOGETHER, items.length - first)
    const columns = Array.from({ length: count }, () => new Float32Array(users.length))
    for (let row = 0; row < users.length; row++) for (let c = 0; c < count; c++) columns[c][row] = at(row, first + c)
    for (const [c, values] of columns.entries()) kept[first + c] = values
    return columns[wanted - first]
  }
  return (a, b) => {
    const [x, y] = [column(a), column(b)]
    const even = x.length - (x.length % 4)
    // Four sums, so that an addition need not wait for the one before.
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    for (let i = 0; i < even; i += 4) {
      const [d0, d1, d2, d3] = [x[i] - y[i], x[i + 1] - y[i + 1], x[i + 2] - y[i + 2], x[i + 3] - y[i + 3]]
      s0 += d0 * d0
      s1 += d1 * d1
      s2 += d2 * d2
      s3 += d3 * d3
    }
    for (let i = even; i < x.length; i++) s0 += (x[i] - y[i]) * (x[i] - y[i])
    return Math.sqrt(s0 + s1 + s2 + s3)
  }
}

/** √(δᵀ G δ), with δ the difference of two items' factors and G the products of the users' factors, summed over users. */
function factorDistance({ width, users, items }: RewardFactors): Distance {
  const products = new Float64Array(width * width) // G
  for (let user = 0; user < users.length; user += width)
    for (let i = 0; i < width; i++)
      for (let j = 0; j < width; j++) products[i * width + j] += users[user + i] * users[user + j]
  const difference = new Float64Array(width)
  return (a, b) => {
    for (let i = 0; i < width; i++) difference[i] = items[a * width + i] - items[b * width + i]
    let sum = 0
    for (let i = 0; i < width; i++)
      for (let j = 0; j < width; j++) sum += difference[i] * products[i * width + j] * difference[j]
    return Math.sqrt(Math.max(0, sum))
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
