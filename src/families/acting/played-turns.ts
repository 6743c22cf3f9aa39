import type { ActionSpace, RewardScale } from '../../rl/index.ts'
import { emptyWindows, fillWindow, type PolicyNetwork, type Windows } from './policy-network.ts'

/** Episodes that somebody else played, one behind the other. */
export interface PlayedEpisodes {
  /** Ids. [N] */
  readonly users: ArrayLike<number>
  /** Ids of items of the action space. [N] */
  readonly items: ArrayLike<number>
  /** What each paid; NaN where nobody said, which a state shows as the best. [N] */
  readonly rewards: ArrayLike<number>
  /** Where each begins, and behind them N. [E + 1] */
  readonly starts: ArrayLike<number>
}

/** States as a policy sees them, what was taken, what came of it: one of each turn. */
export interface PlayedTurns {
  readonly size: number
  /** Before the recommendation. [N] */
  readonly windows: Windows
  /** What was recommended: columns of the action space. [N] */
  readonly actions: Int32Array
  /** Rₜ = Σ γᵏ rₜ₊ₖ over the next `steps` turns of the episode, or as many as it has. [N] */
  readonly returns: Float32Array
  /** What the state after these turns counts: γ to the power of their number, 0 where the episode ends with them. [N] */
  readonly discounts: Float32Array
  /** After these turns. [N] */
  readonly next: Windows
}

/**
 * The turns of episodes.
 * @param scale what a policy sees of a reward
 */
export function playedTurns(
  { users, items, rewards, starts }: PlayedEpisodes,
  space: Pick<ActionSpace, 'items'>,
  network: Pick<PolicyNetwork, 'window' | 'begin'>,
  scale: RewardScale,
  { gamma, steps }: { readonly gamma: number; readonly steps: number },
): PlayedTurns {
  const size = items.length
  const columns = new Map<number, number>()
  for (const [column, item] of space.items.entries()) columns.set(item, column)
  const windows = emptyWindows(size, network.window)
  const next = emptyWindows(size, network.window)
  const actions = new Int32Array(size)
  const returns = new Float32Array(size)
  const discounts = new Float32Array(size)
  for (let episode = 0; episode + 1 < starts.length; episode++) {
    const [start, end] = [starts[episode], starts[episode + 1]]
    const turn = (t: number) => {
      const reward = rewards[start + t]
      return { item: items[start + t], reward: Number.isNaN(reward) ? 1 : scale(reward) }
    }
    for (let place = start; place < end; place++) {
      const after = Math.min(place + steps, end)
      fillWindow(windows, place, network, place - start, turn)
      fillWindow(next, place, network, after - start, turn)
      windows.users[place] = next.users[place] = users[place] + 1
      actions[place] = columns.get(items[place])!
      let sum = 0
      for (let k = after - 1; k >= place; k--) sum = rewards[k] + gamma * sum
      returns[place] = sum
      discounts[place] = after === end ? 0 : gamma ** (after - place)
    }
  }
  return { size, windows, actions, returns, discounts, next }
}
