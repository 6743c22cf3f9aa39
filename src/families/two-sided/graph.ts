import type { Tensor } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import {
  createDropout,
  createTable,
  type EmbeddingTable,
  normal,
  ones,
  type Parameters,
  type TableRead,
  zeros,
} from '../../nn/index.ts'
import * as t from '../../tensor/index.ts'
import { type Dim, input, type Sym } from '../../tensor/index.ts'
import type { LocalIds } from './ids.ts'
import type { TwoSidedLog } from './log.ts'
import type { Behaviors, Build, Entity, History, Network, Side } from './network.ts'

/** The axis of an entity's rows in a run. */
const ROWS_AXIS = { user: 'U', item: 'V', category: 'C' } as const
/** Share of the newest batch in running averages. */
const MOMENTUM = 0.1

/** The weights of a model of labels, shared by all graphs built over them. */
export interface LabelWeights {
  readonly parameters: Parameters
  /** Running averages of batch normalization: saved like weights, but learned by no gradient. */
  readonly averages: Parameters
  readonly tables: ReadonlyMap<string, EmbeddingTable & { readonly entity: Entity }>
  /**
   * The rows of a table that a run reads, [rows of its entity, width], as its input and with PAD held at 0; the table is made
   * when it is first asked for.
   */
  rows(entity: Entity, width: number, table: string): { readonly read: Sym; readonly padded: Sym }
  /** What graphs read of tables; a gradient goes to the rows of the run that it reaches. */
  reads(): TableRead[]
}

/** The feed that tells which rows of an entity's tables a run reads. */
export function rowsFeed(entity: Entity): string {
  return `rows of ${entity}`
}

export function createWeights(
  parameters: Parameters,
  averages: Parameters,
  sizes: Readonly<Record<Entity, number>>,
  deviation: number,
  rng: Rng,
): LabelWeights {
  const tables = new Map<string, EmbeddingTable & { readonly entity: Entity }>()
  const symbols = new Map<string, { readonly read: Sym; readonly padded: Sym }>()
  return {
    parameters,
    averages,
    tables,
    rows(entity, width, name) {
      if (!tables.has(name)) {
        tables.set(name, { ...createTable(name, sizes[entity], width, normal(deviation), rng), entity })
        const axis = ROWS_AXIS[entity]
        const read = input(`rows/${name}`, [axis, width])
        // Row 0 is no weight: whatever differentiates by the rows gets 0 there.
        symbols.set(name, { read, padded: t.pad(t.slice(read, 0, 1, axis), 0, 1, 0) })
      }
      return symbols.get(name)!
    },
    reads: () =>
      [...tables].map(([name, table]) => ({
        table,
        rows: symbols.get(name)!.read,
        back(gradient, feeds) {
          table.addRows(reached(feeds[rowsFeed(table.entity)].data as Int32Array, gradient), gradient)
        },
      })),
  }
}

/** The rows that a gradient reaches; 0 for others, such as those that a wrapper reads behind a stop-gradient. */
function reached(rows: Int32Array, gradient: Float32Array): Int32Array {
  const width = gradient.length / rows.length
  return rows.map((row, i) => {
    for (let j = i * width; j < (i + 1) * width; j++) if (gradient[j] !== 0) return row
    return 0
  })
}

/** Behaviors on the way into a graph, as ids of the dataset; users are rows of their table: id + 1, and 0 for a stranger. */
export interface BehaviorIds {
  readonly user: Int32Array
  readonly item: Int32Array
  /** PAD where there is none. */
  readonly partner: Int32Array
  /** What behavior i's user had liked before it, oldest first. */
  liked(i: number, side: Side): Int32Array
}

/** Behaviors with what they are trained on. Of paired batches `source.ids` is absent: the partners of the target rows are it. */
export interface LabelledBatch {
  readonly target: { readonly ids: BehaviorIds; readonly labels: Float32Array }
  readonly source: {
    readonly ids?: BehaviorIds
    readonly labels: Float32Array
    /** 1 where there is a behavior, 0 where a user has none. */
    readonly real: Uint8Array
  }
}

/** One network in a graph, with the inputs it reads. */
export interface LabelGraph {
  readonly network: Network
  readonly target: Behaviors
  readonly source: Behaviors
  /** 1 or 0 for each behavior, [N] and [M]. */
  readonly labels: Readonly<Record<Side, Sym>>
  /** [M], 1 where there is a behavior. */
  readonly real: Sym
  /** Vectors of ids, of the model's own tables. */
  embed: Build['embed']
  /** Mean and variance of each normalization, by the name of its running average; outputs to be fetched when training. */
  readonly statistics: ReadonlyMap<string, Sym>
  feeds(batch: LabelledBatch, ids: LocalIds, rng: Rng): Record<string, Tensor>
}

export interface GraphOptions {
  /** Before the names of its inputs, where one program holds several graphs. */
  readonly prefix?: string
  /** Names of the axes of target and source behaviors. Paired graphs have one axis. */
  readonly axes?: readonly [Dim & string, Dim & string]
  /** Weights of the network that have others in their place in this graph: those are declared there, as `spare/` and the name. */
  readonly spare?: { readonly of: readonly string[]; readonly parameters: Parameters }
  /** Whether source behaviors are the partners of the target behaviors. */
  readonly paired: boolean
  /** 0 when scoring. */
  readonly dropout: number
  /** Whether batch normalization looks at the batch. */
  readonly training: boolean
}

/** Builds a network over the weights, with inputs for two sides of behaviors. */
export function labelGraph(
  weights: LabelWeights,
  sides: Pick<TwoSidedLog, 'categoryOfItem'>,
  network: (build: Build) => Network,
  { prefix = '', axes: [N, M] = ['N', 'M'], spare, paired, dropout: rate, training }: GraphOptions,
): LabelGraph {
  const dropout = createDropout(rate)
  const target = sideInputs(`${prefix}target`, N)
  const own = sideInputs(`${prefix}source`, paired ? N : M)
  const source: Behaviors = paired
    ? {
        ...target.behaviors,
        ...target.behaviors.partner,
        partner: { item: target.behaviors.item, category: target.behaviors.category },
      }
    : own.behaviors
  const embed: Build['embed'] = (entity, ids, width, table = entity) =>
    t.gather(weights.rows(entity, width, table).padded, ids)
  const statistics = new Map<string, Sym>()
  const build: Build = {
    parameters: {
      ...weights.parameters,
      declare: (name, ...how) =>
        spare?.of.includes(name)
          ? spare.parameters.declare(`spare/${name}`, ...how)
          : weights.parameters.declare(name, ...how),
    },
    dropout: {
      apply: (name, x) => dropout.apply(`${prefix}${name}`, x),
      masks: dropout.masks,
    },
    target: target.behaviors,
    source,
    embed,
    batchNorm(name, x, width) {
      const gain = weights.parameters.declare(`${name}/gain`, [width], ones)
      const bias = weights.parameters.declare(`${name}/bias`, [width], zeros)
      const runningMean = weights.averages.declare(`${name}/mean`, [width], zeros)
      const runningVariance = weights.averages.declare(`${name}/variance`, [width], ones)
      const mean = training ? t.mean(x, [0]) : runningMean
      const centered = t.subtract(x, mean)
      const variance = training ? t.mean(t.square(centered), [0]) : runningVariance
      if (training) statistics.set(`${name}/mean`, mean).set(`${name}/variance`, variance)
      const scale = t.multiply(gain, t.reciprocal(t.sqrt(t.add(variance, 1e-5))))
      return t.add(t.multiply(centered, scale), bias)
    },
  }
  const sourceAxis = paired ? N : M
  return {
    network: network(build),
    target: target.behaviors,
    source,
    embed,
    statistics,
    labels: { target: input(`${prefix}target/label`, [N]), source: input(`${prefix}source/label`, [sourceAxis]) },
    real: t.cast(input(`${prefix}source/real`, [sourceAxis], 'uint8'), 'float32'),
    feeds(batch, ids, rng) {
      const floats = (data: Float32Array): Tensor => ({ shape: [data.length], data })
      return {
        ...target.feeds(batch.target.ids, ids, sides.categoryOfItem),
        ...(batch.source.ids && own.feeds(batch.source.ids, ids, sides.categoryOfItem)),
        [`${prefix}target/label`]: floats(batch.target.labels),
        [`${prefix}source/label`]: floats(batch.source.labels),
        [`${prefix}source/real`]: { shape: [batch.source.real.length], data: batch.source.real },
        ...dropout.masks(rng, { [N]: batch.target.labels.length, [M]: batch.source.labels.length }),
      }
    },
  }
}

interface SideInputs {
  readonly behaviors: Behaviors
  feeds(batch: BehaviorIds, ids: LocalIds, categoryOfItem: Int32Array): Record<string, Tensor>
}

function sideInputs(prefix: string, axis: Dim): SideInputs {
  const id = (name: string) => input(`${prefix}/${name}`, [axis], 'int32')
  const histories = new Map<string, { side: Side; length: number; history: History }>()
  const behaviors: Behaviors = {
    user: id('user'),
    item: id('item'),
    category: id('category'),
    partner: { item: id('partner'), category: id('partner/category') },
    history(side, length) {
      const name = `${prefix}/liked/${side}/${length}`
      const known = histories.get(name)?.history
      if (known !== undefined) return known
      const history = {
        items: input(name, [axis, length], 'int32'),
        categories: input(`${name}/category`, [axis, length], 'int32'),
        keep: t.cast(input(`${name}/keep`, [axis, length], 'uint8'), 'float32'),
      }
      histories.set(name, { side, length, history })
      return history
    },
  }
  return {
    behaviors,
    feeds(batch, ids, categoryOfItem) {
      const size = batch.item.length
      const categories = (items: Int32Array) => items.map((item) => categoryOfItem[item])
      const feeds: Record<string, Tensor> = {
        [`${prefix}/user`]: ids.feed('user', batch.user),
        [`${prefix}/item`]: ids.feed('item', batch.item),
        [`${prefix}/category`]: ids.feed('category', categories(batch.item)),
        [`${prefix}/partner`]: ids.feed('item', batch.partner),
        [`${prefix}/partner/category`]: ids.feed('category', categories(batch.partner)),
      }
      for (const [name, { side, length }] of histories) {
        const items = new Int32Array(size * length)
        for (let i = 0; i < size; i++) {
          const liked = batch.liked(i, side)
          const recent = liked.subarray(Math.max(0, liked.length - length))
          items.set(recent, (i + 1) * length - recent.length)
        }
        const shape = [size, length]
        feeds[name] = ids.feed('item', items, shape)
        feeds[`${name}/category`] = ids.feed('category', categories(items), shape)
        feeds[`${name}/keep`] = { shape, data: Uint8Array.from(items, (item) => (item === 0 ? 0 : 1)) }
      }
      return feeds
    },
  }
}

/** Moves running averages towards the statistics of a batch, fetched under the same names. */
export function moveAverages(averages: Parameters, fetched: Readonly<Record<string, Tensor>>): void {
  for (const [name, { data }] of averages.tensors) {
    const newest = fetched[`statistics/${name}`].data
    for (let i = 0; i < data.length; i++) data[i] = data[i] + MOMENTUM * (newest[i] - data[i])
  }
}
