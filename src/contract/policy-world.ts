import type { Model, WorldModel } from '../core/index.ts'
import { buildDataset, splitDataset } from '../data/index.ts'
import { createRng, denseRewards } from '../math/index.ts'
import { actionSpace } from '../rl/index.ts'
import type { World } from './worlds.ts'

export interface PolicyWorld extends World {
  /** What a perfect model of the users would believe: the truth itself, a little unsure. */
  readonly believed: WorldModel
}

const USERS = 24
/** Of the shop, which the truth is of. */
const ITEMS = 12
const GOOD = 3
/** Of the other domain. */
const FOREIGN = 6

/**
 * Planted: three of the shop's twelve items pay everybody 5, the others 1 to 2; the log takes all equally often and says what
 * they pay. Whoever recommends the three again and again earns 5 a turn; at random it is 2.4. A second domain, which nobody is paid for,
 * lends each user two rows. Must be learned by: every policy, from the log or from what the world model believes.
 */
export function policyWorld({ seed = 1, inversePropensity = false } = {}): PolicyWorld {
  const rng = createRng(seed).split('policy world')
  const reward = (user: number, item: number) => (item < GOOD ? 5 : 1 + rng.split('taste', user, item).float())
  const names = {
    user: (user: number) => `u${String(user).padStart(2, '0')}`,
    item: (item: number) => `i${String(item).padStart(2, '0')}`,
  }
  const rows: { user: string; item: string; domain: string; value: number }[] = []
  for (let user = 0; user < USERS; user++) {
    const order = rng.split('order', user).shuffle(Int32Array.from({ length: ITEMS }, (_, i) => i))
    for (const item of order)
      rows.push({ user: names.user(user), item: names.item(item), domain: 'shop', value: reward(user, item) })
    for (const extra of [0, 1])
      rows.push({ user: names.user(user), item: `x${(user + extra) % FOREIGN}`, domain: 'other', value: 3 })
  }
  const dataset = buildDataset(
    'policy-world',
    {
      user: rows.map(({ user }) => user),
      item: rows.map(({ item }) => item),
      domain: rows.map(({ domain }) => domain),
      timestamp: rows.map((_, time) => time),
      value: rows.map(({ value }) => value),
      category: rows.map(({ item }) => `kind ${Number(item.slice(1)) % 4}`),
    },
    {
      truth: {
        users: Array.from({ length: USERS }, (_, user) => names.user(user)),
        items: Array.from({ length: ITEMS }, (_, item) => names.item(item)),
        values: Array.from({ length: USERS * ITEMS }, (_, c) => reward(Math.floor(c / ITEMS), c % ITEMS)),
      },
    },
  )
  return {
    dataset,
    split: splitDataset(dataset, 'leave-two-out'),
    believed: { ...believedOf(dataset, rng), inversePropensity },
  }
}

function believedOf(
  dataset: World['dataset'],
  rng: ReturnType<typeof createRng>,
): Omit<WorldModel, 'inversePropensity'> {
  const { users, items } = actionSpace(dataset, 'shop')
  const { truth } = dataset
  const rowOf = new Map(Array.from(truth!.users, (user, row) => [user, row]))
  const columnOf = new Map(Array.from(truth!.items, (item, column) => [item, column]))
  const cells = <N>(value: (user: number, item: number) => N) =>
    Array.from(users).flatMap((user) => Array.from(items, (item) => value(user, item)))
  const width = 4
  const vectors = (label: string, count: number) => {
    const numbers = rng.split(label)
    return { width, data: Float32Array.from({ length: count * width }, () => 0.1 * numbers.normal()) }
  }
  const doubt = rng.split('doubt')
  return {
    rewards: denseRewards({
      users,
      items,
      values: cells((user, item) => truth!.at(rowOf.get(user)!, columnOf.get(item)!)),
    }),
    variance: denseRewards({ users, items, values: cells(() => 0.05 + 0.1 * doubt.float()) }),
    itemVectors: vectors('items', items.length),
    userVectors: vectors('users', users.length),
  }
}

/** A run of a world model that believes this, for policies that open one. */
export function worldModelRun(believed: WorldModel): () => Promise<Model> {
  return async () => ({
    score: () => Promise.reject(new Error('a world model is asked for what it believes, not for scores')),
    weights: () => new Map(),
    load() {},
    can: { worldModel: async () => believed },
    async dispose() {},
  })
}
