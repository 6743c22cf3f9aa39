// Two simulators from two logs: what methods learn in and what they are judged in are completed separately.
import { type Dataset, type Model, Part, parseConfig, type RewardMatrix, type Split } from '../../src/core/index.ts'
import { buildDataset, type NamedFeature, splitDataset } from '../../src/data/index.ts'
import { denseRewards } from '../../src/math/index.ts'
import { findModel } from '../../src/registry.ts'
import type { DemonstrationStep } from '../../src/rl/index.ts'
import { startTraining } from '../../src/runs/in-memory.ts'

export interface World extends TwoSimulators {
  /** When users leave, in the world to learn in and in the test. */
  readonly believedLeave: readonly string[]
  readonly leave: readonly string[]
  readonly demonstrations: readonly DemonstrationStep[]
  /** Plays the demonstrator in the truth, where there is one that plays. */
  readonly demonstrator?: () => Promise<readonly DemonstrationStep[]>
}

export interface PaidRow {
  readonly user: string
  readonly item: string
  readonly value: number
  readonly part: 'train' | 'test'
}

export interface TwoSimulators {
  /** Without a truth: what learns must not see one. */
  readonly dataset: Dataset
  readonly split: Split
  /** What is believed of the users who learn, trained on their rows alone. */
  readonly world: Model
  readonly believed: RewardMatrix
  /** What pays in the test. */
  readonly truth: RewardMatrix
  /** Of the truth, who comes in the test. */
  readonly users: Int32Array
}

/**
 * Rows of the part `train` are completed to the world to learn in, those of `test` by themselves to the truth of their users, where what was
 * paid stands as it was paid and the rest is rounded to 1 … 5, as the matrices are that IL-Rec is judged in. How near two items are is asked of
 * all users: two halves of a small log would hardly agree on it. So those who learn stand in the truth, too, as they are believed to be, and
 * play no part. The users of the two parts must be different.
 */
export async function twoSimulators(
  name: string,
  rows: readonly PaidRow[],
  itemFeatures: readonly NamedFeature[],
): Promise<TwoSimulators> {
  const dataset = buildDataset(
    name,
    {
      user: rows.map(({ user }) => user),
      item: rows.map(({ item }) => item),
      domain: rows.map(() => 'items'),
      value: rows.map(({ value }) => value),
      part: rows.map(({ part }) => part),
    },
    { itemFeatures },
  )
  const world = await completed(dataset, Part.train)
  const judge = await completed(dataset, Part.test)
  const believed = (await world.can!.worldModel!()).rewards
  const paying = rounded(dataset, (await judge.can!.worldModel!()).rewards)
  await judge.dispose()
  return {
    ...{ dataset, world, believed },
    split: splitDataset(dataset, 'column'),
    truth: stacked(believed, paying),
    users: paying.users,
  }
}

/** What the rows of one part say of every pair of its users. */
async function completed(dataset: Dataset, part: Part): Promise<Model> {
  const own = dataset.log.part!.map((code) => (code === part ? Part.train : Part.unused))
  const view = { ...dataset, log: { ...dataset.log, part: own } }
  const split: Split = { name: 'column', part: own }
  const spec = findModel('als')
  const { config } = parseConfig(spec, { factors: 8 })
  const { model, events } = startTraining({ spec, config, dataset: view, split, seed: 1, threads: 1 })
  for await (const _ of events);
  return model
}

function rounded({ log }: Dataset, rewards: RewardMatrix): RewardMatrix {
  const { users, items } = rewards
  const values = Float32Array.from({ length: users.length * items.length }, (_, cell) =>
    Math.min(5, Math.max(1, Math.round(rewards.at(Math.floor(cell / items.length), cell % items.length)))),
  )
  const rowOf = new Map(Array.from(users, (user, row) => [user, row]))
  const columnOf = new Map(Array.from(items, (item, column) => [item, column]))
  for (const [row, user] of log.user.entries()) {
    const own = rowOf.get(user)
    if (own !== undefined) values[own * items.length + columnOf.get(log.item[row])!] = log.value![row]
  }
  return denseRewards({ users, items, values })
}

/** The rows of both; their columns are the same. */
function stacked(above: RewardMatrix, below: RewardMatrix): RewardMatrix {
  const rows = [above, below].flatMap((matrix) =>
    Array.from(matrix.users, (user, row) => ({ user, row: matrix.row(row) })),
  )
  rows.sort((a, b) => a.user - b.user)
  return denseRewards({
    users: rows.map(({ user }) => user),
    items: above.items,
    values: Float32Array.from(rows.flatMap(({ row }) => [...row])),
  })
}
