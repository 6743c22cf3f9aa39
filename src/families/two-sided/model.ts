import type { Dataset, Model, ModelContext, NamedTensors, Split, Tensor } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { createParameters, loadWeights } from '../../nn/index.ts'
import { createPrograms, type Programs } from '../../tensor/index.ts'
import { labelledBatch } from './batches.ts'
import { feedsOver, type RunFeeds } from './feeds.ts'
import {
  createWeights,
  type GraphOptions,
  type LabelGraph,
  type LabelledBatch,
  type LabelWeights,
  labelGraph,
} from './graph.ts'
import { createLocalIds } from './ids.ts'
import { type TwoSidedLog, twoSidedLog } from './log.ts'
import type { Build, Network } from './network.ts'
import type { LabelConfig } from './options.ts'
import { learnedEntities, scorePairs } from './score.ts'

export interface LabelModelOptions {
  /** Labels the random streams. */
  readonly name: string
  network(build: Build): Network
  readonly config: Pick<LabelConfig, 'positiveAbove' | 'pairing' | 'tableDeviation'> & {
    readonly dropout?: number | undefined
  }
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
  graph(options?: Partial<Pick<GraphOptions, 'prefix' | 'axes' | 'paired' | 'spare'>>): LabelGraph
  readonly programs: Programs
  readonly feeds: RunFeeds
  /** Rows of the log as a graph takes them. */
  batch(target: Int32Array, source: Int32Array): LabelledBatch
}

export function createLabelModel(
  { name, network, config, dataset, split }: LabelModelOptions,
  { seed, threads, serving }: ModelContext,
): LabelModel {
  const rng = createRng(seed).split(name)
  const sides = twoSidedLog(dataset, split, config.positiveAbove)
  const sizes = { user: dataset.users.size + 1, item: dataset.items.size, category: sides.categories }
  const shared = createWeights(createParameters(rng), createParameters(rng), sizes, config.tableDeviation, rng)
  const feeds = feedsOver(shared, createLocalIds(sizes))
  const programs = createPrograms({ threads, spin: !serving })
  const paired = config.pairing !== 'independent'
  // Declares the weights, so that they can be saved, loaded and trained before the first query.
  const graph = labelGraph(shared, sides, network, { paired: false, dropout: 0, training: false })
  const learned = learnedEntities(dataset, split, sides, graph.network.source !== undefined)
  const answering = { graph, sides, learned, programs, feeds }
  const weights = () => weightsOf(shared)
  return {
    name,
    sides,
    shared,
    graph: (options) =>
      labelGraph(shared, sides, network, { paired, ...options, dropout: config.dropout ?? 0, training: true }),
    programs,
    feeds,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    batch: (target, source) => labelledBatch(sides, target, source, paired),
    score(queries, { start, end }) {
      const pairs = queries.flatMap((query) => Array.from({ length: end - start }, () => query))
      return scorePairs(
        answering,
        pairs,
        Int32Array.from(pairs, (_, k) => start + (k % (end - start))),
      )
    },
    scorePairs: (queries, items) => scorePairs(answering, queries, items),
    dispose: () => programs.dispose(),
  }
}

function weightsOf({ tables, parameters, averages }: LabelWeights): NamedTensors {
  return new Map<string, Tensor>([
    ...[...tables].map(([name, { tensor }]) => [`tables/${name}`, tensor] as const),
    ...parameters.tensors,
    ...averages.tensors,
  ])
}
