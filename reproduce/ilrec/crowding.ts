// Whether items that are recommended often are nearer to one another than others: then a user leaves sooner the better the items are chosen.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RewardMatrix } from '../../src/core/index.ts'
import { writeFileAtomic } from '../../src/files/atomic.ts'
import { createRng } from '../../src/math/index.ts'
import { believedEnvironment, createEnvironment, type Environment, parseLeaveRule } from '../../src/rl/index.ts'
import { readResults } from '../shared/jobs.ts'
import { WINDOW } from './audit.ts'
import { FOLDER } from './job.ts'
import type { World } from './worlds.ts'

/** Shares of turns that end an episode by distance, at an item that was not there before; turns are drawn, and each has a full window. */
export interface Crowding {
  readonly believed: Ended
  readonly truth: Ended
}

interface Ended {
  /** Items with the same probability. */
  readonly uniform: number
  /** As often as demonstrations have them. */
  readonly demonstrated: number
  /** Of the fifty that the world model believes to please most on average. */
  readonly best: number
}

const DRAWS = 20_000
const BEST = 50

const fileOf = (split: number) => join(FOLDER, 'steam', 'crowding', `split${split}.json`)
export const isMeasured = (split: number) => existsSync(fileOf(split))
export const crowdingOf = async (split: number) => (await readResults<Crowding>([fileOf(split)]))[0]

export async function measureCrowding(split: number, world: World): Promise<void> {
  const { dataset, demonstrations, believed, truth } = world
  const columnOf = new Map(Array.from(believed.items, (item, column) => [dataset.items.name(item), column]))
  const shown = demonstrations.flatMap(({ item }) => columnOf.get(item) ?? [])
  const best = [...believed.items.keys()]
    .map((column) => ({ column, sum: sumOf(believed, column) }))
    .sort((a, b) => b.sum - a.sum)
    .slice(0, BEST)
    .map(({ column }) => column)
  const pools = { uniform: [...believed.items.keys()], demonstrated: shown, best }
  const measured = (environment: Environment): Ended => {
    const near = environment.rules.find(({ kind }) => kind === 'distance')!
    const rng = createRng(split).split('crowding')
    const share = (pool: readonly number[]) => {
      let [asked, left] = [0, 0]
      for (let draw = 0; draw < DRAWS; draw++) {
        const [column, ...past] = Array.from({ length: 1 + WINDOW }, () => pool[rng.below(pool.length)])
        if (past.includes(column)) continue
        asked++
        if (near.leaves(Int32Array.from(past), column, 5)) left++
      }
      return left / asked
    }
    return { uniform: share(pools.uniform), demonstrated: share(pools.demonstrated), best: share(pools.best) }
  }
  const result: Crowding = {
    believed: measured(believedEnvironment(dataset, believed, { leave: world.believedLeave.map(parseLeaveRule) })),
    truth: measured(createEnvironment({ ...dataset, truth }, { leave: world.leave.map(parseLeaveRule) })),
  }
  await mkdir(dirname(fileOf(split)), { recursive: true })
  await writeFileAtomic(fileOf(split), `${JSON.stringify(result)}\n`)
  console.log(fileOf(split), JSON.stringify(result))
}

const sumOf = (rewards: RewardMatrix, column: number) => rewards.column(column).reduce((sum, value) => sum + value, 0)
