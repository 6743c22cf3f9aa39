import type { World } from '../../src/contract/worlds.ts'
import type { WorldModel } from '../../src/core/index.ts'
import { buildDataset, splitDataset } from '../../src/data/index.ts'
import { createRng, denseRewards } from '../../src/math/index.ts'
import { actionSpace, type DemonstrationStep } from '../../src/rl/index.ts'

/** Who plays the episodes that are demonstrated. */
export type Player = 'expert' | 'saboteur'

export interface MixedDemonstrators extends World {
  /** The truth itself, for policies to learn in. */
  readonly believed: WorldModel
  /** Episodes of these players in turn, one a user; their steps say in `model` who played. */
  demonstrations(players: readonly Player[], episodes: number): DemonstrationStep[]
}

const TASTES = 4
const TURNS = 6

/**
 * Planted: a user has one of four tastes, and a few of many items please it: they pay 4 to 5, all others 2 to 3. An expert takes what pleases, a saboteur what
 * pays least of all. Who pleases is so rare that a policy that acts at random seldom meets it, and has to be shown.
 */
export function mixedDemonstrators({ seed = 1, users = 40, items = 200, pleasing = 5 } = {}): MixedDemonstrators {
  const rng = createRng(seed).split('mixed demonstrators')
  const names = {
    user: (user: number) => `u${String(user).padStart(3, '0')}`,
    item: (item: number) => `i${String(item).padStart(3, '0')}`,
  }
  const tasteOf = (user: number) => user % TASTES
  const pleases = (user: number, item: number) => item < TASTES * pleasing && item % TASTES === tasteOf(user)
  const noise = Float32Array.from({ length: users * items }, () => rng.float())
  const reward = (user: number, item: number) => (pleases(user, item) ? 4 : 2) + noise[user * items + item]
  const rows = Array.from({ length: users * 8 }, (_, row) => {
    const user = Math.floor(row / 8)
    const item = row < items ? row : rng.below(items)
    return { user: names.user(user), item: names.item(item), value: reward(user, item) }
  })
  const dataset = buildDataset(
    'mixed-demonstrators',
    {
      user: rows.map(({ user }) => user),
      item: rows.map(({ item }) => item),
      domain: rows.map(() => 'shop'),
      timestamp: rows.map((_, time) => time),
      value: rows.map(({ value }) => value),
    },
    {
      truth: {
        users: Array.from({ length: users }, (_, user) => names.user(user)),
        items: Array.from({ length: items }, (_, item) => names.item(item)),
        values: Array.from({ length: users * items }, (_, c) => reward(Math.floor(c / items), c % items)),
      },
    },
  )
  const space = actionSpace(dataset)
  const truth = dataset.truth!
  const cells = Array.from(truth.users).flatMap((_, row) => Array.from(truth.row(row)))
  const rewards = denseRewards({ users: truth.users, items: truth.items, values: cells })
  const vectors = (count: number) => ({ width: 1, data: new Float32Array(count) })
  return {
    dataset,
    split: splitDataset(dataset, 'leave-two-out'),
    believed: {
      rewards,
      variance: denseRewards({ users: space.users, items: space.items, values: cells.map(() => 0) }),
      itemVectors: vectors(space.items.length),
      userVectors: vectors(space.users.length),
      inversePropensity: false,
    },
    demonstrations(players, episodes) {
      return Array.from({ length: episodes }, (_, episode) => {
        const player = players[episode % players.length]
        const user = Math.floor(episode / players.length) % users
        const own = rng.split('episode', episode)
        const order = own.shuffle(Int32Array.from({ length: items }, (_, item) => item))
        const taken =
          player === 'expert'
            ? order.filter((item) => pleases(user, item)).slice(0, TURNS)
            : order
                .slice(0, 40)
                .sort((a, b) => reward(user, a) - reward(user, b))
                .slice(0, TURNS)
        return Array.from(
          taken,
          (item, turn): DemonstrationStep => ({
            episode,
            step: turn + 1,
            user: names.user(user),
            item: names.item(item),
            reward: reward(user, item),
            terminal: turn === taken.length - 1,
            source: 'scripted',
            model: player,
          }),
        )
      }).flat()
    },
  }
}
