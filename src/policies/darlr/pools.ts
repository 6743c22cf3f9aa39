import { TributaryError } from '../../core/index.ts'
import { createNearest, neighborsByCluster, type Rng } from '../../math/index.ts'
import { compile, input, matmul, type Program } from '../../tensor/index.ts'
import type { RewardEstimates } from './estimates.ts'
import type { DarlrConfig } from './options.ts'
import type { Preferences } from './preferences.ts'

/** How many users a user's reference users are chosen from: its pool. */
export interface PoolSizes {
  readonly near: number
  readonly drawn: number
}

/** max(64, 4 K_sel) near ones and a quarter as many drawn; all other users, where they are no more than that or it is asked for. */
export function poolSizes(users: number, references: number, kind: DarlrConfig['candidates']): PoolSizes {
  if (kind === 'all') return { near: users - 1, drawn: 0 }
  const wanted = Math.max(64, 4 * references)
  const near = Math.min(wanted, users - 1)
  return { near, drawn: Math.min(Math.ceil(wanted / 4), users - 1 - near) }
}

export interface PoolSearch {
  /**
   * Who may become a reference user of whom, as R is now: of each user `near` others that are near, and `drawn` of the rest, never itself nor
   * one twice.
   * @returns rows, [users × (near + drawn)], the near ones first
   */
  find(estimates: RewardEstimates, preferences: Preferences, sizes: PoolSizes, rng: Rng): Promise<Int32Array>
  dispose(): Promise<void>
}

/** Pairs of users that are kept where everybody is a candidate of everybody: 256 MiB. */
const MOST_PAIRS = 2 ** 26

/** @throws TributaryError `bad-config` where all are asked for and are too many */
export async function createPoolSearch(
  kind: DarlrConfig['candidates'],
  users: number,
  threads: number,
): Promise<PoolSearch> {
  if (kind === 'all') return everybody(users)
  if (kind === 'clusters')
    return {
      find: async (estimates, preferences, sizes, rng) =>
        withDrawn(estimates.users, neighborsByCluster(preferences.projected, sizes.near, rng), sizes, rng),
      async dispose() {},
    }
  const [block, all] = [input('block', ['B', 'I']), input('all', ['U', 'I'])]
  const products = await compile({ cosines: matmul(block, all, { transposeB: true }) }, { threads })
  return {
    find: async (estimates, preferences, sizes, rng) =>
      withDrawn(estimates.users, await neighbors(products, estimates, preferences, sizes.near), sizes, rng),
    dispose: () => products.dispose(),
  }
}

function everybody(users: number): PoolSearch {
  if (users * users > MOST_PAIRS)
    throw new TributaryError(
      'bad-config',
      `candidates=all keeps every pair of ${users} users, more than the ${MOST_PAIRS} pairs that are kept in memory; choose neighbors or clusters`,
    )
  const others = (user: number) => Int32Array.from({ length: users - 1 }, (_, i) => (i < user ? i : i + 1))
  return {
    find: async (estimates, _preferences, sizes, rng) => withDrawn(estimates.users, others, sizes, rng),
    async dispose() {},
  }
}

function withDrawn(
  users: number,
  nearOf: (user: number) => Int32Array,
  { near, drawn }: PoolSizes,
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

/** Those with the greatest similarity, the exact one over all items; the smaller row first among equals. */
async function neighbors(products: Program, { users, items }: RewardEstimates, preferences: Preferences, near: number) {
  const directions = new Float32Array(users * items)
  for (let row = 0; row < users; row++) preferences.direction(row, directions.subarray(row * items, (row + 1) * items))
  const all = { shape: [users, items], data: directions }
  const nearest = createNearest(users, near)
  for (let from = 0; from < users; from += BLOCK) {
    const rows = Math.min(BLOCK, users - from)
    const block = { shape: [rows, items], data: directions.subarray(from * items, (from + rows) * items) }
    const cosines = (await products.run({ block, all })).cosines.data
    for (let r = 0; r < rows; r++)
      for (let other = 0; other < users; other++)
        if (other !== from + r) nearest.offer(from + r, other, cosines[r * users + other])
  }
  return (user: number) => nearest.rows.subarray(user * near, (user + 1) * near)
}
