import type { Dataset, NamedTensors, Query, Tensor } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import {
  createParameters,
  createTable,
  type Dropout,
  type EmbeddingTable,
  gatheredRows,
  type Initializer,
  normal,
  type Parameters,
  type TableRead,
  uniform,
} from '../../nn/index.ts'
import type { RewardScale } from '../../rl/index.ts'
import { concat, gather, input, linear, type Program, relu, reshape, runWith, type Sym } from '../../tensor/index.ts'
import type { PolicyNetworkConfig } from './options.ts'
import { stateTracker } from './state-tracker.ts'

/** The last turns of B episodes, oldest first, padded on the left with 0. */
export interface Windows {
  readonly size: number
  /** Item ids, the network's `begin` for the beginning of an episode, 0 where there is nothing. [B × W] */
  readonly items: Int32Array
  /** What each paid as the policy sees it, brought to 0 … 1. [B × W] */
  readonly rewards: Float32Array
  /** Rows of the users' table: user id + 1, 0 for strangers. [B] */
  readonly users: Int32Array
}

export interface PolicyGraph {
  /** What the tracker makes of the last turns, and the user's vector where there is one. [B, stateWidth] */
  readonly state: Sym
  /** What the heads read. [B, width] */
  readonly features: Sym
  readonly reads: readonly TableRead[]
}

/**
 * What every learned policy shares: vectors of items, a state tracker over the last turns and their rewards, a trunk of linear layers
 * with ReLU. Heads are declared by the policy in `parameters`. Weights: `items` [V + 1, d], of which row V is the beginning of an
 * episode; `users` [U + 1, d] with `user=vector`; `tracker/…`, `trunk{i}/…`.
 */
export interface PolicyNetwork {
  readonly items: EmbeddingTable
  readonly users: EmbeddingTable | undefined
  /** Rows that windows name users by, strangers included; 0 where it does not know whom it meets. */
  readonly userRows: number
  readonly parameters: Parameters
  /** V: the id that stands for the beginning of an episode. */
  readonly begin: number
  readonly window: number
  readonly stateWidth: number
  /** Of features. */
  readonly width: number
  /** Reads the feeds of `feedsOf`, and the masks of `dropout`, which the tracker's units go through; B is symbolic. */
  build(dropout?: Dropout): PolicyGraph
  /** A head's row of logits or values. Declares `name/{weight,bias}`. [B, outputs] */
  head(name: string, x: Sym, inputs: number, outputs: number): Sym
  feedsOf(windows: Windows): Record<string, Tensor>
  /** Of everything declared so far, heads included. */
  weights(): NamedTensors
  /** Runs a program that reads windows, weights and `feeds`. */
  run(program: Program, windows: Windows, feeds?: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>
}

/** PyTorch's start of a linear layer, weight and bias alike. */
export const linearStart = (inputs: number): Initializer => uniform(1 / Math.sqrt(inputs))

/** Standard deviation of vectors that begin from noise. */
const SCRATCH_DEVIATION = 0.01

export function createPolicyNetwork(
  config: PolicyNetworkConfig,
  { items, users }: Pick<Dataset, 'items' | 'users'>,
  rng: Rng,
  { knowsUsers = config.user === 'vector' }: { readonly knowsUsers?: boolean } = {},
): PolicyNetwork {
  const { window, width, hidden } = config
  const begin = items.size
  const noise = normal(SCRATCH_DEVIATION)
  const parameters = createParameters(rng)
  const itemTable = createTable('items', begin + 1, width, noise, rng)
  const userTable = config.user === 'vector' ? createTable('users', users.size + 1, width, noise, rng) : undefined
  const tables = userTable === undefined ? [itemTable] : [itemTable, userTable]
  const trackerOf = (dropout?: Dropout) =>
    stateTracker(config.tracker, { ...config, width: width + 1, dropout }, parameters)
  const stateWidth = trackerOf().width + (userTable === undefined ? 0 : width)

  const head: PolicyNetwork['head'] = (name, x, inputs, outputs) => {
    const weight = parameters.declare(`${name}/weight`, [inputs, outputs], linearStart(inputs))
    return linear(x, weight, parameters.declare(`${name}/bias`, [outputs], linearStart(inputs)))
  }
  const build: PolicyNetwork['build'] = (dropout) => {
    const itemRows = gather(itemTable.symbol, input('windowItems', ['B', window], 'int32')) // [B, W, d]
    const rewards = reshape(input('windowRewards', ['B', window]), ['B', window, 1])
    const rows = concat([itemRows, rewards], 2) // [B, W, d + 1]
    const reads: TableRead[] = [gatheredRows(itemTable, itemRows, 'windowItems')]
    const parts = [trackerOf(dropout).encode({ rows, keep: input('windowKeep', ['B', window]) })]
    if (userTable !== undefined) {
      const userRows = gather(userTable.symbol, input('windowUsers', ['B'], 'int32')) // [B, d]
      reads.push(gatheredRows(userTable, userRows, 'windowUsers'))
      parts.push(userRows)
    }
    const state = parts.length === 1 ? parts[0] : concat(parts, 1)
    const features = hidden.reduce<Sym>(
      (x, units, i) => relu(head(`trunk${i}`, x, i === 0 ? stateWidth : hidden[i - 1], units)),
      state,
    )
    return { state, features, reads }
  }
  const feedsOf = ({ size, items, rewards, users }: Windows): Record<string, Tensor> => {
    const keep = new Float32Array(items.length)
    for (let i = 0; i < items.length; i++) keep[i] = items[i] === 0 ? 0 : 1
    const shape = [size, window]
    return {
      windowItems: { shape, data: items },
      windowRewards: { shape, data: rewards },
      windowKeep: { shape, data: keep },
      ...(userTable && { windowUsers: { shape: [size], data: users } }),
    }
  }
  const weights = () =>
    new Map<string, Tensor>([...tables.map((table) => [table.name, table.tensor] as const), ...parameters.tensors])
  return {
    items: itemTable,
    users: userTable,
    userRows: knowsUsers ? users.size + 1 : 0,
    parameters,
    begin,
    window,
    stateWidth,
    width: hidden.at(-1) ?? stateWidth,
    build,
    head,
    feedsOf,
    weights,
    run: (program, windows, feeds) =>
      runWith(program, { ...Object.fromEntries(weights()), ...feedsOf(windows), ...feeds }),
  }
}

/** Puts the last turns of an episode into place `at`: items and what each paid, in 0 … 1, a turn at a time from the newest back. */
export function fillWindow(
  { items, rewards }: Windows,
  at: number,
  { window, begin }: Pick<PolicyNetwork, 'window' | 'begin'>,
  turns: number,
  turn: (t: number) => { readonly item: number; readonly reward: number },
): void {
  const end = (at + 1) * window
  const kept = Math.min(turns, window)
  items.fill(0, at * window, end)
  rewards.fill(0, at * window, end)
  for (let back = 1; back <= kept; back++) {
    const { item, reward } = turn(turns - back)
    items[end - back] = item
    rewards[end - back] = reward
  }
  if (kept === window) return
  items[end - kept - 1] = begin
  rewards[end - kept - 1] = 1
}

/** What queries say of episodes: values that are missing count as 1, items that are unknown as if they had not been. */
export function windowsOf(
  queries: readonly Query[],
  network: Pick<PolicyNetwork, 'window' | 'begin' | 'userRows'>,
  scale: RewardScale,
): Windows {
  const { window, begin, userRows } = network
  const windows = emptyWindows(queries.length, window)
  for (const [q, { user, history, values }] of queries.entries()) {
    const known: number[] = []
    for (let t = history.length - 1; t >= 0 && known.length < window; t--)
      if (history[t] > 0 && history[t] < begin) known.unshift(t)
    fillWindow(windows, q, network, known.length, (k) => {
      const t = known[k]
      return { item: history[t], reward: values === undefined ? 1 : scale(values[t]) }
    })
    windows.users[q] = user !== undefined && user + 1 < userRows ? user + 1 : 0
  }
  return windows
}

/** Room for `size` windows, all padding. */
export function emptyWindows(size: number, window: number): Windows {
  return {
    size,
    items: new Int32Array(size * window),
    rewards: new Float32Array(size * window),
    users: new Int32Array(size),
  }
}

/** Windows from … to − 1, over the same memory. */
export function sliceWindows({ items, rewards, users }: Windows, window: number, from: number, to: number): Windows {
  return {
    size: to - from,
    items: items.subarray(from * window, to * window),
    rewards: rewards.subarray(from * window, to * window),
    users: users.subarray(from, to),
  }
}

/** Copies of the windows at `places`, in that order. */
export function takeWindows({ items, rewards, users }: Windows, window: number, places: Int32Array): Windows {
  const taken = emptyWindows(places.length, window)
  for (const [i, place] of places.entries()) {
    for (let w = 0; w < window; w++) {
      taken.items[i * window + w] = items[place * window + w]
      taken.rewards[i * window + w] = rewards[place * window + w]
    }
    taken.users[i] = users[place]
  }
  return taken
}
