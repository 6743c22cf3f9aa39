import type { Dataset, NamedTensors, Tensor } from '../../core/index.ts'
import type { Windows } from '../../families/acting/index.ts'
import type { Rng } from '../../math/index.ts'
import {
  createDropout,
  createParameters,
  createTable,
  type Dropout,
  type EmbeddingTable,
  fanInUniform,
  gatheredRows,
  layerNorm,
  linear,
  normal,
  type Parameters,
  paddedCausalMask,
  postNormTransformer,
  type TableRead,
  xavierUniform,
} from '../../nn/index.ts'
import type { Program, Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'
import type { IlRecConfig } from './options.ts'
import { type PastItems, pastItems } from './past-items.ts'

export type NetworkConfig = Pick<IlRecConfig, 'width' | 'window' | 'layers' | 'heads' | 'user' | 'past' | 'clamp'>

export interface PolicyGraph {
  /** s. [B, d] */
  readonly state: Sym
  /** Clamped logits of the action space. [B, A] */
  readonly logits: Sym
  readonly reads: readonly TableRead[]
}

/**
 * The network that recommends: tokens of item, reward and place, two encoder layers, the state at the newest place, a linear actor with
 * clamped logits. Weights: `items` [V, d], `users` [U + 1, d] with `user=vector`, `reward/…`, `positions` [W, d], `encoder/…`, `state/…`,
 * `actor/{weight,bias}` [A, d] and [A].
 */
export interface IlRecNetwork {
  readonly items: EmbeddingTable
  readonly parameters: Parameters
  /** Rows that windows name users by, strangers included; 0 where it does not know whom it meets. */
  readonly userRows: number
  /** V, above all item ids. */
  readonly begin: number
  readonly window: number
  /** d, of a state. */
  readonly width: number
  /** Reads the feeds of `feedsOf`, and the masks of `dropout`; B is symbolic. */
  build(dropout?: Dropout): PolicyGraph
  /** Clamped logits of states, [B, A]. */
  act(state: Sym): Sym
  feedsOf(windows: Windows): Record<string, Tensor>
  /** What is known of a user besides the episode, by a row that windows name; undefined where nothing is. [d] */
  userVector(user: number): Float32Array | undefined
  weights(): NamedTensors
  /** Runs a program that reads windows, weights and `feeds`. */
  run(program: Program, windows: Windows, feeds?: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>
}

/** @param actions A, how many items may be recommended */
export function createNetwork(config: NetworkConfig, dataset: Dataset, actions: number, rng: Rng): IlRecNetwork {
  const { window, width, layers, heads, user, clamp } = config
  const begin = dataset.items.size
  const parameters = createParameters(rng)
  const itemTable = createTable('items', begin, width, normal(1), rng)
  const userTable = user === 'vector' ? createTable('users', dataset.users.size + 1, width, normal(1), rng) : undefined
  const past = user === 'history' ? pastItems(dataset, config.past) : undefined
  declareAsTorch(parameters, config, rng)

  const act = (state: Sym) => {
    const start = fanInUniform(width)
    const rows = parameters.declare('actor/weight', [actions, width], start)
    const bias = parameters.declare('actor/bias', [actions], start)
    return clampLogits(t.add(t.matmul(state, rows, { transposeB: true }), bias), clamp) // [B, A]
  }
  const build: IlRecNetwork['build'] = (dropout = createDropout(0)) => {
    const itemRows = t.gather(itemTable.symbol, t.input('windowItems', ['B', window], 'int32')) // [B, W, d]
    const reads: TableRead[] = [gatheredRows(itemTable, itemRows, 'windowItems')]
    const keep = t.input('windowKeep', ['B', window])
    const paid = t.reshape(t.input('windowRewards', ['B', window]), ['B', window, 1]) // r / unit
    const reward = linear(parameters, 'reward', paid, [1, width]) // [B, W, d]
    const places = parameters.declare('positions', [window, width], normal(1))
    const tokens = t.tanh(t.add(t.add(itemRows, reward), places)) // [B, W, d]
    const mask = paddedCausalMask(keep, t.constant(0, [window, window])) // padding alone, no order [B, 1, W, W]
    const shape = { width, heads, layers, inner: width, activation: 'relu', dropout } as const
    const encoded = postNormTransformer(parameters, 'encoder', tokens, mask, shape)
    const newest = t.reshape(t.slice(encoded, 1, window - 1, window), ['B', width])
    // Of an episode that begins nothing is there, the newest place included.
    const history = t.multiply(newest, t.slice(keep, 1, window - 1, window)) // [B, d]
    const who = userOf(userTable, itemTable, past, reads)
    const sum = who === undefined ? history : t.add(who, history)
    const state = t.relu(layerNorm(parameters, 'state', sum, width)) // ReLU(LayerNorm(user + history)) [B, d]
    return { state, logits: act(state), reads }
  }
  const feedsOf = ({ size, items, rewards, users }: Windows): Record<string, Tensor> => {
    const shape = [size, window]
    // The beginning of an episode is padding here.
    const known = items.map((item) => (item === begin ? 0 : item))
    return {
      windowItems: { shape, data: known },
      windowRewards: { shape, data: rewards },
      windowKeep: { shape, data: Float32Array.from(known, (item) => (item === 0 ? 0 : 1)) },
      ...(userTable && { windowUsers: { shape: [size], data: users } }),
      ...past?.feeds(users),
    }
  }
  const tables = userTable === undefined ? [itemTable] : [itemTable, userTable]
  const weights = () =>
    new Map<string, Tensor>([...tables.map((table) => [table.name, table.tensor] as const), ...parameters.tensors])
  build()
  return {
    items: itemTable,
    parameters,
    userRows: user === 'none' ? 0 : dataset.users.size + 1,
    begin,
    window,
    width,
    build,
    act,
    feedsOf,
    userVector: (user) => (past === undefined ? userTable?.range(user, user + 1).data : past.mean(user, itemTable)),
    weights,
    run: (program, windows, feeds) =>
      t.runWith(program, { ...Object.fromEntries(weights()), ...feedsOf(windows), ...feeds }),
  }
}

/** c · tanh(ℓ / c): no two actions are told apart by more than e^2c. */
export function clampLogits(logits: Sym, clamp: number): Sym {
  return t.multiply(t.tanh(t.multiply(logits, 1 / clamp)), clamp)
}

/** What is known of the user besides the episode. [B, d] */
function userOf(
  users: EmbeddingTable | undefined,
  items: EmbeddingTable,
  past: PastItems | undefined,
  reads: TableRead[],
): Sym | undefined {
  if (users !== undefined) {
    const rows = t.gather(users.symbol, t.input('windowUsers', ['B'], 'int32'))
    reads.push(gatheredRows(users, rows, 'windowUsers'))
    return rows
  }
  if (past === undefined) return undefined
  const rows = t.gather(items.symbol, t.input('pastItems', ['B', past.length], 'int32')) // zeros where there is none
  reads.push(gatheredRows(items, rows, 'pastItems'))
  return t.multiply(t.sum(rows, 1), t.input('pastShare', ['B', 1])) // mean [B, d]
}

/**
 * What PyTorch begins layers with, declared before the graph asks for them; all encoder layers are copies of one.
 */
function declareAsTorch(parameters: Parameters, { width, window, layers }: NetworkConfig, rng: Rng): void {
  const linearStart = fanInUniform(width)
  const like =
    (label: string, start: ReturnType<typeof fanInUniform>): ReturnType<typeof fanInUniform> =>
    (data) =>
      start(data, rng.split('encoder layer', label))
  const one = fanInUniform(1)
  parameters.declare('reward/weight', [1, width], one)
  parameters.declare('reward/bias', [width], one)
  parameters.declare('positions', [window, width], normal(1))
  for (let i = 0; i < layers; i++) {
    const block = `encoder/block${i}`
    // One matrix of [3d, d] there, whose bound is that of its whole.
    for (const part of ['query', 'key', 'value'])
      parameters.declare(`${block}/${part}/weight`, [width, width], like(part, xavierUniform(width, 3 * width)))
    parameters.declare(`${block}/output/weight`, [width, width], like('output', linearStart))
    for (const part of ['inner', 'outer']) {
      parameters.declare(`${block}/${part}/weight`, [width, width], like(part, linearStart))
      parameters.declare(`${block}/${part}/bias`, [width], like(`${part} bias`, linearStart))
    }
  }
}
