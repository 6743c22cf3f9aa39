import { giveWay, TributaryError } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import {
  type BelievedEnvironment,
  createSimulator,
  type Pay,
  type RewardScale,
  type RewardShaper,
  type Simulator,
  type Turns,
} from '../../rl/index.ts'
import { release } from '../../tensor/index.ts'
import { emptyWindows, fillWindow, sliceWindows, type Windows } from '../acting/index.ts'
import { type ActorCritic, drawColumn } from './actor-critic.ts'
import type { A2cConfig } from './options.ts'

/** Turns of whole episodes, in the order in which they were taken. */
export interface Collection {
  /** What was known before each turn; N of them. */
  readonly windows: Windows
  /** Columns of the action space. [N] */
  readonly actions: Int32Array
  /** r, what the shaper paid. [N] */
  readonly rewards: Float32Array
  /** V(s), by the critic that acted. [N] */
  readonly values: Float32Array
  /** Where the next turn of the same episode stands, −1 after its last. [N] */
  readonly next: Int32Array
  /** Where the turn before stands, −1 before the first. [N] */
  readonly previous: Int32Array
  readonly episodes: number
  /** Of the policy that acted: the mean of −log π(a | s) over the turns, whose expectation is that of H(π). */
  readonly entropy: number
}

export interface CollectOptions extends Pick<A2cConfig, 'repeats'> {
  /** Episodes side by side. */
  readonly slots: number
  readonly seed: number
  /** Counted from 1; labels what is drawn. */
  readonly collection: number
  /** Whether another episode follows where one ends while turns are left; default true. */
  readonly refill?: boolean | undefined
  readonly scale: RewardScale
  /** Who takes the items instead of the actor: from a slot to a column of the action space. */
  readonly takes?: ((simulator: Simulator) => (slot: number) => number) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Episodes in the believed world, by the mode `free` or `noRepeat`: at least `slots × maxLength` turns. Where one ends another begins while turns are
 * left, and all that were begun are played to their end, so that nothing needs to be guessed beyond a last turn. Without `refill` they are
 * `slots` episodes, of fewer turns where users leave.
 * @throws TributaryError `not-finite` for what the policy or the shaper gives; `bad-shape` for a shaper's wrong number of rewards
 */
export async function collect(
  actor: Pick<ActorCritic, 'network' | 'act'>,
  environment: BelievedEnvironment,
  shaper: RewardShaper,
  { slots, seed, repeats, collection, refill = true, scale, takes, signal }: CollectOptions,
): Promise<Collection> {
  const { network } = actor
  const { users, items } = environment.rewards
  // Of a seed of its own, so that a collection depends on no other: training resumes at any of them.
  const own = createRng(seed).split('collection', collection).uint32()
  const dropped = createRng(own).split('dropout')
  const simulator = createSimulator(environment, { mode: repeats ? 'free' : 'noRepeat', slots, seed: own })
  const { maxLength, columns, rewards: observed } = simulator
  const other = takes?.(simulator)
  const wanted = slots * maxLength
  const room = createRoom(2 * wanted, network.window)
  const last = new Int32Array(slots)
  const chosen = new Int32Array(slots)
  const paid = new Float32Array(slots)
  let size = 0
  let episodes = 0
  let entropySum = 0
  const begin = (slot: number) => {
    simulator.start(slot, episodes++)
    last[slot] = -1
  }
  for (let slot = 0; slot < slots; slot++) begin(slot)
  for (let turn = 1; ; turn++) {
    await giveWay(signal, () => 'training was stopped')
    const busy = busySlots(simulator)
    if (busy.length === 0) break
    const from = size
    size += busy.length
    const windows = sliceWindows(room.windows, network.window, from, size)
    for (const [i, slot] of busy.entries()) {
      windows.users[i] = network.userRows === 0 ? 0 : users[simulator.rows[slot]] + 1
      fillWindow(windows, i, network, simulator.turns[slot], (t) => ({
        item: items[columns[slot * maxLength + t]],
        reward: scale(observed[slot * maxLength + t]),
      }))
    }
    const before = busy.map((slot) => last[slot])
    const mask = repeats ? undefined : takenMask(room, before, items.length)
    const { probabilities, values, states } = await actor.act(windows, dropped.split(turn), mask)
    room.values.set(values, from)
    for (const [i, slot] of busy.entries()) {
      const column = other?.(slot) ?? drawColumn(probabilities, i, items.length, simulator.rng(slot).float())
      entropySum -= Math.log(probabilities[i * items.length + column])
      chosen[slot] = column
      room.actions[from + i] = column
      room.next[from + i] = -1
      room.previous[from + i] = last[slot]
      if (last[slot] !== -1) room.next[last[slot]] = from + i
      last[slot] = from + i
    }
    release(probabilities, ...(mask ? [mask] : []))
    const turns = { simulator, slots: busy, columns: room.actions.subarray(from, size), states, collection, turn }
    const pay = checkedPay(await shaper.pay(turns), turns)
    room.rewards.set(pay.rewards, from)
    for (const [i, slot] of busy.entries()) paid[slot] = pay.observed[i]
    simulator.step(chosen, paid)
    for (const slot of busy) if (simulator.active[slot] === 0 && size < wanted && refill) begin(slot)
  }
  return {
    windows: sliceWindows(room.windows, network.window, 0, size),
    actions: room.actions.subarray(0, size),
    rewards: room.rewards.subarray(0, size),
    values: room.values.subarray(0, size),
    next: room.next.subarray(0, size),
    previous: room.previous.subarray(0, size),
    episodes,
    entropy: entropySum / size,
  }
}

/** What is added to the logits of an action that its episode has taken already; its probability is then exactly 0. */
const FORBIDDEN = -1e9

/**
 * Masks of turns in episodes without repeats, [B × A]: 0, or `FORBIDDEN` for what the episode took up to and with the turn at
 * `before[b]`, −1 for none.
 */
export function takenMask(
  { actions, previous }: Pick<Collection, 'actions' | 'previous'>,
  before: Int32Array,
  columns: number,
): Float32Array {
  const mask = new Float32Array(before.length * columns)
  for (let b = 0; b < before.length; b++)
    for (let place = before[b]; place !== -1; place = previous[place]) mask[b * columns + actions[place]] = FORBIDDEN
  return mask
}

/** Every episode that was begun before enough turns were taken may still be as long as any. */
function createRoom(size: number, window: number) {
  return {
    windows: emptyWindows(size, window),
    actions: new Int32Array(size),
    rewards: new Float32Array(size),
    values: new Float32Array(size),
    next: new Int32Array(size),
    previous: new Int32Array(size),
  }
}

function busySlots({ active }: Simulator): Int32Array {
  const slots = new Int32Array(active.length)
  let count = 0
  for (let slot = 0; slot < active.length; slot++) if (active[slot] === 1) slots[count++] = slot
  return slots.subarray(0, count)
}

function checkedPay(pay: Pay, { slots, columns, simulator }: Turns): Pay {
  const { users, items } = simulator.environment.rewards
  for (const [what, values] of Object.entries(pay) as [string, Float32Array][]) {
    if (values.length !== slots.length)
      throw new TributaryError(
        'bad-shape',
        `the reward shaper gave ${values.length} ${what} for ${slots.length} turns; give one each`,
      )
    const bad = values.findIndex((value) => !Number.isFinite(value))
    if (bad !== -1)
      throw new TributaryError(
        'not-finite',
        `item ${items[columns[bad]]} pays user ${users[simulator.rows[slots[bad]]]} ${values[bad]} (${what}); every reward must be a finite number`,
      )
  }
  return pay
}
