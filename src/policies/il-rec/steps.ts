import type { Tensor } from '../../core/index.ts'
import { fillWindow, type Windows } from '../../families/acting/index.ts'

/** Turns of whole episodes one behind the other, fourteen bytes each: what was known before a turn is read from those before it. */
export interface Steps {
  readonly size: number
  /** Rows of the world's users. */
  user(place: number): number
  /** Columns of the action space. */
  column(place: number): number
  reward(place: number): number
  /** Whether the episode ends with it. */
  last(place: number): boolean
  push(step: Step): void
  /** Puts the last turns of the episode before step `place`, or after it, into place `at` of windows. */
  window(place: number, when: 'before' | 'after', windows: Windows, at: number, shown: Shown): void
  /** As much as there is, for a checkpoint. */
  tensors(): ReadonlyMap<string, Tensor>
}

export interface Step {
  readonly user: number
  readonly column: number
  readonly reward: number
  /** Turns of the episode before it. */
  readonly turn: number
  readonly last: boolean
}

/** How a policy sees what was: ids of the columns, and what a reward is divided by. */
export interface Shown {
  readonly items: Int32Array
  readonly unit: number
  readonly window: number
}

const NO_TENSORS: ReadonlyMap<string, Tensor> = new Map()

/** @param kept of a checkpoint, by the names of `tensors` */
export function createSteps(kept = NO_TENSORS): Steps {
  const copied = (name: string) => (kept.get(name)?.data as Int32Array | undefined)?.slice() ?? new Int32Array(0)
  let users = copied('users')
  let columns = copied('columns')
  let turns = Uint16Array.from(copied('turns'))
  let lasts = Uint8Array.from((kept.get('lasts')?.data as Uint8Array | undefined) ?? [])
  let rewards = Float32Array.from((kept.get('rewards')?.data as Float32Array | undefined) ?? [])
  let size = users.length
  const grow = () => {
    const room = Math.max(1024, 2 * size)
    const [oldUsers, oldColumns, oldTurns, oldLasts, oldRewards] = [users, columns, turns, lasts, rewards]
    users = new Int32Array(room)
    users.set(oldUsers)
    columns = new Int32Array(room)
    columns.set(oldColumns)
    turns = new Uint16Array(room)
    turns.set(oldTurns)
    lasts = new Uint8Array(room)
    lasts.set(oldLasts)
    rewards = new Float32Array(room)
    rewards.set(oldRewards)
  }
  return {
    get size() {
      return size
    },
    user: (place) => users[place],
    column: (place) => columns[place],
    reward: (place) => rewards[place],
    last: (place) => lasts[place] === 1,
    push({ user, column, reward, turn, last }) {
      if (size === users.length) grow()
      users[size] = user
      columns[size] = column
      rewards[size] = reward
      turns[size] = turn
      lasts[size++] = last ? 1 : 0
    },
    window(place, when, windows, at, { items, unit, window }) {
      const first = place - turns[place]
      const count = turns[place] + (when === 'after' ? 1 : 0)
      // No item stands for the beginning: id 0 is padding.
      fillWindow(windows, at, { window, begin: 0 }, count, (t) => ({
        item: items[columns[first + t]],
        reward: rewards[first + t] / unit,
      }))
    },
    tensors: () =>
      new Map<string, Tensor>([
        ['users', { shape: [size], data: users.subarray(0, size) }],
        ['columns', { shape: [size], data: columns.subarray(0, size) }],
        ['turns', { shape: [size], data: Int32Array.from(turns.subarray(0, size)) }],
        ['lasts', { shape: [size], data: lasts.subarray(0, size) }],
        ['rewards', { shape: [size], data: rewards.subarray(0, size) }],
      ]),
  }
}

/** Returns G = r + γ G′ of each step, from the end of each episode. */
export function discountedReturns(steps: Steps, gamma: number): Float32Array {
  const returns = new Float32Array(steps.size)
  for (let place = steps.size - 1; place >= 0; place--)
    returns[place] = steps.reward(place) + (steps.last(place) ? 0 : gamma * returns[place + 1])
  return returns
}
