import type { Dataset } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'

export interface SimulatedWorld {
  /** What each user (row) gets from each item (column). */
  readonly rewards: readonly (readonly number[])[]
  /** Category of each item; default none. */
  readonly categories?: readonly string[]
  /** Training rows: user, item, value. Default: every user has every item once, valued as the truth says. */
  readonly log?: readonly (readonly [user: number, item: number, value: number])[]
}

const named = (letter: string, index: number) => `${letter}${String(index).padStart(4, '0')}`

/** A dataset with a truth; item ids are columns + 1 and user ids are rows where all items have as many rows in the log. */
export function simulatedWorld({ rewards, categories, log }: SimulatedWorld): Dataset {
  const rows = log ?? rewards.flatMap((row, u) => row.map((value, i) => [u, i, value] as const))
  return buildDataset(
    'simulated',
    {
      user: rows.map(([user]) => named('u', user)),
      item: rows.map(([, item]) => named('i', item)),
      domain: rows.map(() => 'shop'),
      value: rows.map(([, , value]) => value),
      ...(categories && { category: rows.map(([, item]) => categories[item]) }),
    },
    {
      truth: {
        users: rewards.map((_, u) => named('u', u)),
        items: rewards[0].map((_, i) => named('i', i)),
        values: rewards.flat(),
      },
    },
  )
}

/** Rewards of 0 to 5, drawn. [users][items] */
export function drawnRewards(users: number, items: number, seed = 1): number[][] {
  const rng = createRng(seed).split('drawn rewards')
  return Array.from({ length: users }, () => Array.from({ length: items }, () => 5 * rng.float()))
}
