import { type Dataset, Part, type Split } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import type { ActionSpace, RewardScale } from '../../rl/index.ts'
import { emptyWindows, fillWindow, type PolicyNetwork, type Windows } from '../acting/index.ts'
import type { OfflineConfig } from './options.ts'

/** What the log shows of acting, a row a recommendation: states as a policy sees them, what was taken, what came of it. */
export interface LogTransitions {
  readonly size: number
  /** Before the recommendation. [N] */
  readonly windows: Windows
  /** What was recommended: columns of the action space. [N] */
  readonly actions: Int32Array
  /** Rₜ = Σ γᵏ rₜ₊ₖ over the next `steps` rows of the episode, or as many as it has. [N] */
  readonly returns: Float32Array
  /** What the state after these rows counts: γ to the power of their number, 0 where the episode ends with them. [N] */
  readonly discounts: Float32Array
  /** After these rows. [N] */
  readonly next: Windows
}

/** How rows become transitions; `order` draws the order of each user's rows; absent, it is that of the log. */
export type TransitionOptions = Pick<OfflineConfig, 'gamma' | 'steps' | 'maxLength'> & {
  readonly order?: Rng | undefined
}

/**
 * Each user's training rows of items in the action space, cut into episodes. A row pays its value, or 1 where
 * the log has none.
 * @param scale what a policy sees of a value
 */
export function logTransitions(
  { log }: Pick<Dataset, 'log'>,
  split: Pick<Split, 'part'>,
  { items }: Pick<ActionSpace, 'items'>,
  network: Pick<PolicyNetwork, 'window' | 'begin'>,
  scale: RewardScale,
  { gamma, steps, maxLength, order }: TransitionOptions,
): LogTransitions {
  const columns = new Map<number, number>()
  for (const [column, item] of items.entries()) columns.set(item, column)
  const rows: number[] = []
  /** Where the episode of each row begins and ends, as places in `rows`. */
  const starts: number[] = []
  const ends: number[] = []
  for (let user = 0; user + 1 < log.userStart.length; user++) {
    const first = rows.length
    const own: number[] = []
    for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++)
      if (split.part[row] === Part.train && columns.has(log.item[row])) own.push(row)
    order?.split('user', user).shuffle(own)
    for (const row of own) rows.push(row)
    for (let place = first; place < rows.length; place++) {
      const start = first + maxLength * Math.floor((place - first) / maxLength)
      starts.push(start)
      ends.push(Math.min(start + maxLength, rows.length))
    }
  }
  const size = rows.length
  const windows = emptyWindows(size, network.window)
  const next = emptyWindows(size, network.window)
  const actions = new Int32Array(size)
  const returns = new Float32Array(size)
  const discounts = new Float32Array(size)
  const paid = (place: number) => log.value?.[rows[place]] ?? 1
  for (let place = 0; place < size; place++) {
    const [start, end] = [starts[place], ends[place]]
    const after = Math.min(place + steps, end)
    const turn = (t: number) => ({ item: log.item[rows[start + t]], reward: scale(paid(start + t)) })
    fillWindow(windows, place, network, place - start, turn)
    fillWindow(next, place, network, after - start, turn)
    windows.users[place] = next.users[place] = log.user[rows[place]] + 1
    actions[place] = columns.get(log.item[rows[place]])!
    let sum = 0
    for (let k = after - 1; k >= place; k--) sum = paid(k) + gamma * sum
    returns[place] = sum
    discounts[place] = after === end ? 0 : gamma ** (after - place)
  }
  return { size, windows, actions, returns, discounts, next }
}
