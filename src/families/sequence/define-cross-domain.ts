import type { output, ZodObject, ZodType } from 'zod'
import {
  type Dataset,
  defineModel,
  domainItems,
  type Model,
  type ModelContext,
  type NamedTensors,
  type Scorer,
  type Split,
  type Tensor,
  type TrainContext,
  type TrainEvent,
  TributaryError,
} from '../../core/index.ts'
import type { Histories } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import {
  createParameters,
  createTable,
  type EmbeddingTable,
  loadWeights,
  normal,
  type Parameters,
  type TableRead,
} from '../../nn/index.ts'
import {
  cast,
  createPrograms,
  type Dim,
  input,
  matmul,
  type Program,
  type Programs,
  runWith,
  type Sym,
} from '../../tensor/index.ts'
import { askedStates, type DomainInputs, domainViewFeeds, domainViews } from './domain-views.ts'
import { anyLength, type Graphs, historyFeeds, historyInputs } from './encoder.ts'
import type { LearningConfig } from './options.ts'
import { paddedHistories } from './score.ts'

/** Histories of several domains → states, each for items of one domain. */
export interface CrossDomainEncoder {
  /** The states asked for, [A, d], to be multiplied with the item vectors of the domain that each is asked for. */
  encode(inputs: DomainInputs): Sym
  /** Whatever else the graph reads of a batch. */
  feeds?(histories: Histories): Record<string, Tensor>
  /** Whether it reads `catalogue`, every item vector. */
  readonly readCatalogue?: boolean
  /** Which lengths share a graph; default all of them. */
  readonly graphs?: Graphs
}

/** The options that every such model has. None is `sequences=single`, for alone a domain has no partner, or `ask`, which they are told by their making. */
export type CrossDomainConfig = LearningConfig

/** What one cross-domain model brings. */
export interface CrossDomainSpec<C extends ZodObject> {
  readonly name: string
  readonly summary: string
  readonly paper?: { readonly title: string; readonly year: number; readonly venue: string }
  readonly config: C
  /** Standard deviation of the entries of item vectors before training. */
  readonly itemDeviation: number
  /** Declares its weights when it encodes first; `split` says which rows may be learned from. */
  encoder(config: output<C>, parameters: Parameters, dataset: Dataset, split: Split): CrossDomainEncoder
  train(model: CrossDomainModel, config: output<C>, context: TrainContext): AsyncGenerator<TrainEvent>
}

/** A model that ranks by state · item embedding, with a state for each domain. Its weights are `items` [V, d] and those of the encoder. */
export interface CrossDomainModel extends Model {
  readonly name: string
  readonly itemDeviation: number
  readonly dataset: Dataset
  readonly table: EmbeddingTable
  readonly parameters: Parameters
  readonly encoder: CrossDomainEncoder
  readonly programs: Programs
}

/**
 * Tables and scoring around an encoder that knows which domain is asked for. Papers on pairs of domains are put in this form by what they
 * do for one asked domain and its partners: over D − 1 partners where they say over the other one.
 */
export function defineCrossDomainModel<C extends ZodObject & ZodType<CrossDomainConfig>>(given: CrossDomainSpec<C>) {
  const { encoder, train, itemDeviation, ...spec } = given
  return defineModel({
    ...spec,
    task: 'ranking',
    create: (config: output<C>, dataset: Dataset, split: Split, context: ModelContext) =>
      createCrossDomainModel({ name: spec.name, itemDeviation }, config, dataset, context, (parameters) =>
        encoder(config, parameters, dataset, split),
      ),
    train: (model: CrossDomainModel, config: output<C>, context: TrainContext) => train(model, config, context),
  })
}

/** @throws TributaryError `bad-argument` for a dataset of one domain */
function createCrossDomainModel(
  { name, itemDeviation }: Pick<CrossDomainModel, 'name' | 'itemDeviation'>,
  { width, maxLength }: Pick<CrossDomainConfig, 'width' | 'maxLength'>,
  dataset: Dataset,
  { seed, threads, serving }: ModelContext,
  makeEncoder: (parameters: Parameters) => CrossDomainEncoder,
): CrossDomainModel {
  if (dataset.domains.length < 2)
    throw new TributaryError(
      'bad-argument',
      `${name} learns across domains, but the dataset '${dataset.name}' has only one; train sasrec on it`,
    )
  const rng = createRng(seed).split(name)
  const parameters = createParameters(rng)
  const table = createTable('items', dataset.items.size, width, normal(itemDeviation), rng)
  const encoder = makeEncoder(parameters)
  const programs = createPrograms({ threads, spin: !serving })
  const weights = (): NamedTensors => new Map([[table.name, table.tensor], ...parameters.tensors])
  const model = { name, itemDeviation, dataset, table, parameters, encoder, programs }
  return {
    ...model,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    score: scoreByDomain(model, maxLength),
    dispose: () => programs.dispose(),
  }
}

/** What a graph over histories of T items reads, and the ways of its gradients back to the items; fed by `crossDomainFeeds`. */
export function crossDomainInputs(
  { table, dataset, encoder }: Pick<CrossDomainModel, 'table' | 'dataset' | 'encoder'>,
  T: Dim,
  rate: number,
): DomainInputs & { readonly reads: readonly TableRead[] } {
  const D = dataset.domains.length
  const { read, ...inputs } = historyInputs(table, T, rate)
  const catalogue = input('catalogue', [table.rows, table.width])
  const whole: TableRead = { table, rows: catalogue, back: (gradient) => table.addRange(0, gradient) }
  return {
    ...inputs,
    views: domainViews(inputs.rows, D),
    asked: askedStates(D),
    domains: cast(input('itemDomains', ['B', T, D], 'uint8'), 'float32'),
    catalogue,
    reads: encoder.readCatalogue ? [read, whole] : [read],
  }
}

/** All that an encoder's graph reads of histories, and the extents that this binds. */
export function crossDomainFeeds(
  { table, dataset, encoder }: Pick<CrossDomainModel, 'table' | 'dataset' | 'encoder'>,
  histories: Histories,
  asked: { readonly place: Int32Array; readonly domain: Int32Array },
  columns?: number,
) {
  const { feeds, extents } = domainViewFeeds(histories, asked, dataset, columns)
  return {
    extents,
    feeds: {
      ...historyFeeds(histories),
      ...feeds,
      ...(encoder.readCatalogue && { catalogue: table.range(0, table.rows) }),
      ...encoder.feeds?.(histories),
    },
  }
}

/** Scores items by the product of their vectors with the state of their own domain; declares the weights of the encoder. */
function scoreByDomain(
  model: Omit<CrossDomainModel, 'weights' | 'load' | 'score' | 'dispose'>,
  maxLength: number,
): Scorer['score'] {
  const { encoder, parameters, table, programs, dataset } = model
  const D = dataset.domains.length
  const graphAt = (encoder.graphs ?? anyLength)((T) => {
    const states = encoder.encode(crossDomainInputs(model, T, 0)) // [A, d]
    let program: Promise<Program> | undefined
    return () => (program ??= programs.compile({ states }))
  })
  graphAt(1)
  const products = matmul(input('states', ['B', table.width]), input('block', ['R', table.width]), { transposeB: true })

  return async (queries, { start, end }) => {
    const width = end - start
    const scores = new Float32Array(queries.length * width)
    // PAD, the item 0, has no domain and no score.
    const blocks = dataset.domains.flatMap((_, d) => {
      const items = domainItems(dataset, d)
      const block = { domain: d, start: Math.max(start, items.start), end: Math.min(end, items.end) }
      return block.start < block.end ? [block] : []
    })
    const histories = queries.map(({ history }) => history)
    for (const { places, ...padded } of paddedHistories(histories, maxLength)) {
      const { size, length } = padded
      const encode = await graphAt(length)()
      const product = await programs.compile({ products }, 'products')
      // By domain, so that the states of one are one block.
      const asked = {
        place: Int32Array.from({ length: D * size }, (_, i) => ((i % size) + 1) * length - 1),
        domain: Int32Array.from({ length: D * size }, (_, i) => Math.floor(i / size)),
      }
      const { states } = await runWith(encode, {
        [table.name]: table.tensor,
        ...Object.fromEntries(parameters.tensors),
        ...crossDomainFeeds(model, padded, asked, length).feeds,
      })
      for (const block of blocks) {
        const at = block.domain * size * table.width
        const own = (states.data as Float32Array).subarray(at, at + size * table.width)
        const found = await product.run({
          states: { shape: [size, table.width], data: own },
          block: table.range(block.start, block.end),
        })
        const data = found.products.data as Float32Array
        const wide = block.end - block.start
        for (const [b, place] of places.entries())
          scores.set(data.subarray(b * wide, (b + 1) * wide), place * width + block.start - start)
      }
    }
    return scores
  }
}
