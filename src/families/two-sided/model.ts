import {
  type Dataset,
  type ItemRange,
  type LearnedIds,
  learnedIds,
  learnedQuery,
  type Model,
  type ModelContext,
  type NamedTensors,
  type Query,
  type Split,
  type Tensor,
} from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { createParameters, type Feeds, loadWeights } from '../../nn/index.ts'
import { createPrograms, minimum, type Programs, runWith, type Sym, sigmoid } from '../../tensor/index.ts'
import {
  type BehaviorIds,
  createWeights,
  type GraphOptions,
  type LabelGraph,
  type LabelledBatch,
  type LabelWeights,
  labelGraph,
  rowsFeed,
} from './graph.ts'
import { createLocalIds, type LocalIds } from './ids.ts'
import { type TwoSidedLog, twoSidedLog } from './log.ts'
import type { Build, Entity, Network, Side } from './network.ts'
import type { LabelConfig } from './options.ts'

export interface LabelModelOptions {
  /** Labels the random streams. */
  readonly name: string
  network(build: Build): Network
  readonly config: Pick<LabelConfig, 'positiveAbove' | 'pairing'> & { readonly dropout?: number | undefined }
  /** Standard deviation of the entries of tables before training. */
  readonly deviation: number
  readonly dataset: Dataset
  readonly split: Split
}

/** A CTR model over two sides. Its scores are probabilities of a positive label. */
export interface LabelModel extends Model {
  /** Labels the random streams. */
  readonly name: string
  readonly sides: TwoSidedLog
  readonly shared: LabelWeights
  /** A graph to be trained on, over the model's weights. */
  graph(options?: Partial<Pick<GraphOptions, 'prefix' | 'axes' | 'paired'>>): LabelGraph
  readonly programs: Programs
  /** What a graph reads in one run: feeds made with the ids of the run, the rows of tables that these are, and all other weights. */
  feeds(make: (ids: LocalIds) => Feeds): Feeds
  /** Rows of the log as a graph takes them. */
  batch(target: Int32Array, source: Int32Array): LabelledBatch
}

/** Pairs of a query and an item that are scored in one run. */
const PAIRS_A_RUN = 2048

export function createLabelModel(
  { name, network, config, deviation, dataset, split }: LabelModelOptions,
  { seed, threads }: ModelContext,
): LabelModel {
  const rng = createRng(seed).split(name)
  const sides = twoSidedLog(dataset, split, config.positiveAbove)
  const sizes = { user: dataset.users.size + 1, item: dataset.items.size, category: sides.categories }
  const shared = createWeights(createParameters(rng), createParameters(rng), sizes, deviation, rng)
  const localIds = createLocalIds(sizes)
  const paired = config.pairing !== 'independent'
  const programs = createPrograms({ threads })
  const graph: LabelModel['graph'] = (options) =>
    labelGraph(shared, sides, network, { paired, ...options, dropout: config.dropout ?? 0, training: true })
  // Declares the weights, so that they can be saved, loaded and trained before the first query.
  const scoring = labelGraph(shared, sides, network, { paired: false, dropout: 0, training: false })
  const logits: Readonly<Record<Side, Sym>> = {
    target: scoring.network.target,
    // A network without a source side takes every item for one of the target.
    source: scoring.network.source ?? scoring.network.target,
  }
  // onnxruntime's sigmoid may pass 1 by a rounding.
  const probabilities = {
    target: { probability: minimum(sigmoid(logits.target), 1) },
    source: { probability: minimum(sigmoid(logits.source), 1) },
  }
  const headOf = (item: number): Side =>
    scoring.network.source !== undefined && sides.sideOf(item) !== 'target' ? 'source' : 'target'

  const learned = learnedEntities(dataset, split, sides, scoring.network.source !== undefined)

  /** @param known 1 at the ids whose vectors are read; others are 0 */
  const feedsOf = (make: (ids: LocalIds) => Feeds, known?: Readonly<Record<Entity, Uint8Array>>): Feeds => {
    const ids = localIds()
    const fed = make(ids)
    const rows = { user: ids.rows('user'), item: ids.rows('item'), category: ids.rows('category') }
    const tables = [...shared.tables].map(([name, { entity, width, tensor }]) => {
      const data = new Float32Array(rows[entity].length * width)
      for (const [i, row] of rows[entity].entries()) {
        if (known?.[entity][row] === 0) continue
        for (let j = 0; j < width; j++) data[i * width + j] = tensor.data[row * width + j]
      }
      return [`rows/${name}`, { shape: [rows[entity].length, width], data }] as const
    })
    const { parameters, averages } = shared
    return {
      ...Object.fromEntries([...tables, ...parameters.tensors, ...averages.tensors]),
      ...fed,
      ...Object.fromEntries(
        Object.entries(rows).map(([entity, data]) => [rowsFeed(entity as Entity), { shape: [data.length], data }]),
      ),
    }
  }

  /** Probabilities of pairs on one side, [n]. */
  async function score(pairs: readonly { readonly query: Query; readonly item: number }[], side: Side) {
    const program = await programs.compile(probabilities[side], side)
    const other = side === 'target' ? 'source' : 'target'
    const scores = new Float32Array(pairs.length)
    const known = new Map<Query, { readonly liked: Readonly<Record<Side, Int32Array>>; readonly last: number }>()
    const about = (query: Query) => {
      const found = known.get(query)
      if (found !== undefined) return found
      const own = learnedQuery(query, learned.ids)
      const liked = { target: sides.likedIn(own, 'target'), source: sides.likedIn(own, 'source') }
      const made = { liked, last: sides.lastIn(own, other) }
      known.set(query, made)
      return made
    }
    for (let start = 0; start < pairs.length; start += PAIRS_A_RUN) {
      const chosen = pairs.slice(start, start + PAIRS_A_RUN)
      const behaviors: BehaviorIds = {
        user: Int32Array.from(chosen, ({ query }) => (query.user === undefined ? 0 : query.user + 1)),
        item: Int32Array.from(chosen, ({ item }) => item),
        partner: Int32Array.from(chosen, ({ query }) => about(query).last),
        liked: (i, of) => about(chosen[i].query).liked[of],
      }
      const unlabelled = { ids: behaviors, labels: new Float32Array(chosen.length) }
      const none = new Uint8Array(chosen.length)
      const asked = { target: unlabelled, source: { ...unlabelled, real: none } }
      const out = await runWith(
        program,
        feedsOf((ids) => scoring.feeds(asked, ids, rng), learned.rows),
      )
      scores.set(out.probability.data, start)
    }
    return scores
  }

  const weights = (): NamedTensors =>
    new Map<string, Tensor>([
      ...[...shared.tables].map(([name, { tensor }]) => [`tables/${name}`, tensor] as const),
      ...shared.parameters.tensors,
      ...shared.averages.tensors,
    ])
  const { log } = dataset
  const idsOf = (rows: Int32Array, partner: Int32Array): BehaviorIds => ({
    user: rows.map((row) => log.user[row] + 1),
    item: rows.map((row) => log.item[row]),
    partner,
    liked: (i, side) => sides.likedBefore(rows[i], side),
  })
  const labels = (rows: Int32Array) => Float32Array.from(rows, (row) => (row < 0 ? 0 : sides.label(row)))

  return {
    name,
    sides,
    shared,
    graph,
    programs,
    feeds: (make) => feedsOf(make),
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    batch: (target, source) => ({
      target: {
        ids: idsOf(
          target,
          paired
            ? source.map((row) => (row < 0 ? 0 : log.item[row]))
            : target.map((row) => sides.lastBefore(row, 'source')),
        ),
        labels: labels(target),
      },
      source: {
        ...(!paired && {
          ids: idsOf(
            source,
            source.map((row) => sides.lastBefore(row, 'target')),
          ),
        }),
        labels: labels(source),
        real: Uint8Array.from(source, (row) => (row < 0 ? 0 : 1)),
      },
    }),
    async score(queries, range: ItemRange) {
      const size = range.end - range.start
      const scores = new Float32Array(queries.length * size)
      for (const side of ['target', 'source'] as const) {
        const pairs = queries.flatMap((query, q) =>
          Array.from({ length: size }, (_, i) => ({ query, item: range.start + i, place: q * size + i })).filter(
            ({ item }) => headOf(item) === side,
          ),
        )
        for (const [i, value] of (await score(pairs, side)).entries()) scores[pairs[i].place] = value
      }
      return scores
    },
    async scorePairs(queries, items) {
      const scores = new Float32Array(queries.length)
      for (const side of ['target', 'source'] as const) {
        const places = [...items.keys()].filter((i) => headOf(items[i]) === side)
        const found = await score(
          places.map((i) => ({ query: queries[i], item: items[i] })),
          side,
        )
        for (const [i, value] of found.entries()) scores[places[i]] = value
      }
      return scores
    },
    dispose: () => programs.dispose(),
  }
}

/** Which ids have vectors that learned, and the same by rows of the tables, where users stand one place behind. */
function learnedEntities(
  dataset: Dataset,
  split: Split,
  sides: TwoSidedLog,
  trainsSource: boolean,
): { readonly ids: LearnedIds; readonly rows: Readonly<Record<Entity, Uint8Array>> } {
  const sideOfRow = (row: number) => sides.sideOf(dataset.log.item[row])
  // Without a source loss, source items are still read in histories, but users are met in the target alone.
  const { items } = learnedIds(dataset, split, (row) => sideOfRow(row) !== undefined)
  const { users } = learnedIds(dataset, split, (row) =>
    trainsSource ? sideOfRow(row) !== undefined : sideOfRow(row) === 'target',
  )
  const user = new Uint8Array(users.length + 1)
  user.set(users, 1)
  const category = new Uint8Array(sides.categories)
  for (const [item, known] of items.entries()) if (known === 1) category[sides.categoryOfItem[item]] = 1
  return { ids: { users, items }, rows: { user, item: items, category } }
}
