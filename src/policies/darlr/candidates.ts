import type { Rng } from '../../math/index.ts'
import { compile, input, matmul, type Program } from '../../tensor/index.ts'
import type { RewardEstimates } from './estimates.ts'
import type { Preferences } from './preferences.ts'

/** From whom reference users are taken: the most similar users, or those of the same cluster; and some drawn. */
export const CANDIDATES = ['neighbors', 'clusters'] as const
export type CandidatesName = (typeof CANDIDATES)[number]

/** Candidates of a user. */
export interface CandidateCounts {
  readonly near: number
  readonly drawn: number
}

/** max(64, 4 K_sel) near ones and a quarter as many drawn; all other users, where they are no more than that. */
export function candidateCounts(users: number, references: number): CandidateCounts {
  const wanted = Math.max(64, 4 * references)
  const near = Math.min(wanted, users - 1)
  return { near, drawn: Math.min(Math.ceil(wanted / 4), users - 1 - near) }
}

export interface CandidateSearch {
  /**
   * Who may become a reference user of whom, as R is now: of each user `near` others that are near, and `drawn` of the rest, never itself nor
   * one twice.
   * @returns rows, [users × (near + drawn)], the near ones first
   */
  find(estimates: RewardEstimates, preferences: Preferences, counts: CandidateCounts, rng: Rng): Promise<Int32Array>
  dispose(): Promise<void>
}

export async function createCandidateSearch(kind: CandidatesName, threads: number): Promise<CandidateSearch> {
  if (kind === 'clusters')
    return {
      find: async (estimates, preferences, counts, rng) =>
        withDrawn(estimates.users, clusters(preferences, counts.near, rng), counts, rng),
      async dispose() {},
    }
  const [block, all] = [input('block', ['B', 'I']), input('all', ['U', 'I'])]
  const products = await compile({ cosines: matmul(block, all, { transposeB: true }) }, { threads })
  return {
    find: async (estimates, preferences, counts, rng) =>
      withDrawn(estimates.users, await neighbors(products, estimates, preferences, counts.near), counts, rng),
    dispose: () => products.dispose(),
  }
}

function withDrawn(
  users: number,
  nearOf: (user: number) => Int32Array,
  { near, drawn }: CandidateCounts,
  rng: Rng,
): Int32Array {
  const count = near + drawn
  const found = new Int32Array(users * count)
  for (let user = 0; user < users; user++) {
    const own = found.subarray(user * count, (user + 1) * count)
    own.set(nearOf(user))
    if (drawn === 0) continue
    // The first steps of a shuffle of the rest, each of whom has the same chance. The rest itself is not written out: that would be all
    // pairs of users. Place p holds the p-th of those who are not taken, unless a step put another place there.
    const taken = Int32Array.from([user, ...own.subarray(0, near)]).sort()
    const left = users - taken.length
    const moved = new Map<number, number>()
    const draws = rng.split('drawn', user)
    for (let i = 0; i < drawn; i++) {
      const at = i + draws.below(left - i)
      own[near + i] = untaken(taken, moved.get(at) ?? at)
      moved.set(at, moved.get(i) ?? i)
    }
  }
  return found
}

/** The row that stands at a place of all rows without `taken`, which is ascending. */
function untaken(taken: Int32Array, place: number): number {
  let row = place
  for (const other of taken) {
    if (other > row) break
    row++
  }
  return row
}

/** Users whose similarities to all others are computed at once. */
const BLOCK = 256
/** Cosines are told apart in steps of 2⁻³⁰, and keys of them with a user's number beside stay whole below 2⁵³. */
const STEPS = 2 ** 30
const MOST_USERS = 2 ** 21

/** Those with the greatest similarity, the exact one over all items; the smaller row first among equals. */
async function neighbors(products: Program, { users, items }: RewardEstimates, preferences: Preferences, near: number) {
  const directions = new Float32Array(users * items)
  for (let row = 0; row < users; row++) preferences.direction(row, directions.subarray(row * items, (row + 1) * items))
  const all = { shape: [users, items], data: directions }
  const found = new Int32Array(users * near)
  const keys = new Float64Array(users)
  for (let from = 0; from < users; from += BLOCK) {
    const rows = Math.min(BLOCK, users - from)
    const block = { shape: [rows, items], data: directions.subarray(from * items, (from + rows) * items) }
    const cosines = (await products.run({ block, all })).cosines.data
    for (let r = 0; r < rows; r++) {
      // A sort of numbers is many times faster than one by a comparison.
      for (let other = 0; other < users; other++)
        keys[other] = Math.round((2 - cosines[r * users + other]) * STEPS) * MOST_USERS + other
      keys[from + r] = Number.POSITIVE_INFINITY
      keys.sort()
      for (let i = 0; i < near; i++) found[(from + r) * near + i] = keys[i] % MOST_USERS
    }
  }
  return (user: number) => found.subarray(user * near, (user + 1) * near)
}

const ROUNDS = 20

/**
 * Users of the same cluster, in drawn order, then those of the clusters beside it: k-means (Lloyd, from k-means++) on the projected
 * preferences, with so many clusters that one holds about as many users as are wanted.
 */
function clusters({ projected }: Preferences, near: number, rng: Rng) {
  const [users, width] = projected.shape as [number, number]
  const { data } = projected
  const count = Math.max(1, Math.round(users / (near + 1)))
  /** Squared; given up as soon as it is above `most`. */
  const distance = (a: Float64Array, at: number, row: number, most: number) => {
    let sum = 0
    for (let d = 0; d < width && sum <= most; d++) {
      const difference = a[at + d] - data[row * width + d]
      sum += difference * difference
    }
    return sum
  }
  const centers = firstCenters(data, [users, width], count, rng.split('centers'), distance)
  const of = new Int32Array(users)
  for (let round = 0; round < ROUNDS; round++) {
    let moved = false
    for (let row = 0; row < users; row++) {
      // The cluster of the round before is seldom far off, so that most others are given up early. Among equals the first counts.
      let best = of[row]
      let least = distance(centers, best * width, row, Number.POSITIVE_INFINITY)
      for (let c = 0; c < count; c++) {
        const d = distance(centers, c * width, row, least)
        if (d < least || (d === least && c < best)) {
          least = d
          best = c
        }
      }
      if (of[row] !== best || round === 0) moved = true
      of[row] = best
    }
    if (!moved) break
    const sizes = new Int32Array(count)
    const sums = new Float64Array(centers.length)
    for (let row = 0; row < users; row++) {
      sizes[of[row]]++
      for (let d = 0; d < width; d++) sums[of[row] * width + d] += data[row * width + d]
    }
    // A cluster that lost all its users keeps its center.
    for (let i = 0; i < sums.length; i++) {
      const size = sizes[Math.floor(i / width)]
      if (size > 0) centers[i] = sums[i] / size
    }
  }
  const members = Array.from({ length: count }, (): number[] => [])
  for (let row = 0; row < users; row++) members[of[row]].push(row)
  for (const [c, group] of members.entries()) rng.split('members', c).shuffle(group)
  const between = (a: number, b: number) => {
    let sum = 0
    for (let d = 0; d < width; d++) sum += (centers[a * width + d] - centers[b * width + d]) ** 2
    return sum
  }
  const orders = members.map((_, c) => {
    const far = members.map((_, other) => (other === c ? -1 : between(c, other)))
    return [...members.keys()].sort((a, b) => far[a] - far[b] || a - b)
  })
  return (user: number) => {
    const chosen = new Int32Array(near)
    let n = 0
    for (const c of orders[of[user]])
      for (const other of members[c]) {
        if (n === near) return chosen
        if (other !== user) chosen[n++] = other
      }
    return chosen
  }
}

/** k-means++ (Arthur and Vassilvitskii, 2007): each next center is a user, drawn by the squared distance to the nearest so far. */
function firstCenters(
  data: Float32Array,
  [users, width]: readonly [number, number],
  count: number,
  rng: Rng,
  distance: (centers: Float64Array, at: number, row: number, most: number) => number,
): Float64Array {
  const centers = new Float64Array(count * width)
  const least = new Float64Array(users).fill(Number.POSITIVE_INFINITY)
  let next = rng.below(users)
  for (let c = 0; c < count; c++) {
    for (let d = 0; d < width; d++) centers[c * width + d] = data[next * width + d]
    let sum = 0
    for (let row = 0; row < users; row++) {
      least[row] = Math.min(least[row], distance(centers, c * width, row, least[row]))
      sum += least[row]
    }
    let point = rng.float() * sum
    next = 0
    while (next < users - 1 && point >= least[next]) point -= least[next++]
  }
  return centers
}
