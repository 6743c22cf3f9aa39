import type { RewardMatrix } from '../../core/index.ts'
import type { RewardShaper, Turns } from './reward-shaper.ts'

/** What one turn offers one user. */
export interface Offer {
  /** Of the user in the world model's rewards. */
  readonly row: number
  /** Of the item. */
  readonly column: number
  /** Columns recommended before in the episode, oldest first; a view. */
  readonly past: Int32Array
}

/** The offer of episode `i` of a turn. */
export function offerAt({ simulator, slots, columns }: Turns, i: number): Offer {
  const slot = slots[i]
  const first = slot * simulator.maxLength
  const past = simulator.columns.subarray(first, first + simulator.turns[slot])
  return { row: simulator.rows[slot], column: columns[i], past }
}

/**
 * A shaper that learns nothing and pays each turn by itself.
 * @param believed what the policy sees as the user's answer
 * @param reward r, what it is to maximize
 */
export function payEach(believed: RewardMatrix, reward: (offer: Offer) => number): RewardShaper {
  return {
    believed,
    pay(turns) {
      const observed = new Float32Array(turns.slots.length)
      const rewards = new Float32Array(turns.slots.length)
      for (let i = 0; i < observed.length; i++) {
        const one = offerAt(turns, i)
        observed[i] = believed.at(one.row, one.column)
        rewards[i] = reward(one)
      }
      return { observed, rewards }
    },
  }
}

/**
 * Pays what a matrix of the world model's users and items says.
 * @param rewards with `rewardShift` the lowest is subtracted from what is paid, not from what is seen
 */
export function payMatrix(rewards: RewardMatrix, { rewardShift }: { readonly rewardShift: boolean }): RewardShaper {
  const lowest = rewardShift ? rewards.min : 0
  return payEach(rewards, ({ row, column }) => rewards.at(row, column) - lowest)
}

/**
 * The items of an episode from which `NextItemEntropy.at` makes P_E: those recommended before and the one recommended now, no more
 * than the largest order.
 * @param items ids by column
 */
export function lastItems({ past, column }: Offer, items: Int32Array, orders: readonly number[]): number[] {
  const most = Math.max(1, ...orders)
  return [...past.subarray(Math.max(0, past.length - most + 1)), column].map((place) => items[place])
}
