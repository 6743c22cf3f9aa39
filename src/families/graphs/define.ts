import type { output, ZodObject, ZodType } from 'zod'
import {
  type Dataset,
  defineModel,
  domainOfItem,
  type Model,
  type ModelContext,
  type NamedTensors,
  type Split,
  type TrainContext,
} from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import {
  adam,
  createDropout,
  createParameters,
  createTable,
  type Dropout,
  type EmbeddingTable,
  gradientStep,
  loadWeights,
  normal,
  type Parameters,
  type TableRead,
} from '../../nn/index.ts'
import { createPrograms, gather, input, type Programs, runWith } from '../../tensor/index.ts'
import { trainingInteractions, trainOnPairs } from '../factors/index.ts'
import { lossCatalogue, rankingLoss } from '../ranking/index.ts'
import { type NodeKind, nodeOf, type UserItemGraph, userItemGraph } from './graph.ts'
import type { NodeVectors } from './layers.ts'
import type { GraphConfig } from './options.ts'
import { type Propagated, propagatedVectors, scorePropagated } from './score.ts'

/** What an encoder is made from. */
export interface GraphInputs {
  readonly dataset: Dataset
  readonly split: Split
  readonly graph: UserItemGraph
  readonly parameters: Parameters
}

/** Vectors of nodes and items as the graph makes them of their own ones; their products are scores. */
export type GraphEncoder = (own: NodeVectors, dropout: Dropout) => NodeVectors

export interface OwnVectors {
  readonly width: number
  readonly deviation: number
}

/** What one model of a graph brings. */
export interface GraphSpec<C extends ZodObject> {
  readonly name: string
  readonly summary: string
  readonly paper?: { readonly title: string; readonly year: number; readonly venue: string }
  /** With `graphOptions` among its options. */
  readonly config: C
  readonly nodes: NodeKind
  /** Of the vectors before anything goes along an edge: their width, and the standard deviation of their entries before training. */
  own(config: output<C>, data: { readonly dataset: Dataset; readonly split: Split }): OwnVectors
  /** Asked once; dense weights are declared while the encoder is called. */
  encoder(config: output<C>, inputs: GraphInputs): GraphEncoder
}

/** A model that ranks by products of vectors that have gone along the edges of a graph. Its own are `users` [N, d] and `items` [V, d]. */
export interface GraphModel extends Model {
  readonly graph: UserItemGraph
  readonly encode: GraphEncoder
  readonly users: EmbeddingTable
  readonly items: EmbeddingTable
  readonly parameters: Parameters
  readonly programs: Programs
  /** To be called whenever a weight has changed: what the graph made of the old ones is forgotten. */
  changed(): void
}

export function defineGraphModel<C extends ZodObject & ZodType<GraphConfig>>(given: GraphSpec<C>) {
  const { nodes, own, encoder, ...spec } = given
  return defineModel({
    ...spec,
    task: 'ranking',
    create: (config: output<C>, dataset: Dataset, split: Split, context: ModelContext) =>
      createGraphModel(
        { name: spec.name, nodes, ...own(config, { dataset, split }) },
        { dataset, split },
        context,
        (inputs) => encoder(config, inputs),
      ),
    train: (model: GraphModel, config: output<C>, context: TrainContext) => train(spec.name, model, config, context),
  })
}

/** @param options `name` labels the random streams */
function createGraphModel(
  options: OwnVectors & { readonly name: string; readonly nodes: NodeKind },
  { dataset, split }: { readonly dataset: Dataset; readonly split: Split },
  { seed, threads, serving }: ModelContext,
  encoder: (inputs: GraphInputs) => GraphEncoder,
): GraphModel {
  const { name, width, deviation, nodes } = options
  const rng = createRng(seed).split(name)
  const graph = userItemGraph(dataset, split, nodes)
  const parameters = createParameters(rng)
  const users = createTable('users', graph.nodes, width, normal(deviation), rng)
  const items = createTable('items', dataset.items.size, width, normal(deviation), rng)
  const encode = encoder({ dataset, split, graph, parameters })
  const made = encode({ users: users.symbol, items: items.symbol }, createDropout(0))
  const programs = createPrograms({ threads, spin: !serving })
  const weights = (): NamedTensors =>
    new Map([...[users, items].map((table) => [table.name, table.tensor] as const), ...parameters.tensors])
  let propagated: Promise<Propagated> | undefined
  const changed = () => {
    propagated = undefined
  }
  const propagate = async (): Promise<Propagated> => {
    const program = await programs.compile({ ...made }, 'propagated')
    const out = await runWith(program, Object.fromEntries(weights()))
    return { users: out.users.data as Float32Array, items: out.items.data as Float32Array }
  }
  const current = () => (propagated ??= propagate())
  return {
    graph,
    encode,
    users,
    items,
    parameters,
    programs,
    weights,
    changed,
    load(loaded) {
      loadWeights(weights(), loaded)
      changed()
    },
    score: scorePropagated(dataset, graph, programs, current),
    can: { vectors: () => propagatedVectors(graph, current) },
    dispose: () => programs.dispose(),
  }
}

/** All of a table, which a graph reads whole. */
const whole = (table: EmbeddingTable): TableRead => ({
  table,
  rows: table.symbol,
  back: (gradient) => table.addRange(0, gradient),
})

/** Steps over training interactions, each through the whole graph. */
async function* train(name: string, model: GraphModel, config: GraphConfig, context: TrainContext) {
  const { graph, users, items, parameters, programs } = model
  const { dataset } = context
  const dropout = createDropout(config.dropout ?? 0)
  const vectors = model.encode({ users: users.symbol, items: items.symbol }, dropout)
  const states = gather(vectors.users, input('ids', ['N'], 'int32')) // [N, w]
  const ranking = rankingLoss(config.loss, states, vectors.items, lossCatalogue(context, config.negatives), config)
  const update = gradientStep({
    loss: ranking.loss,
    parameters,
    reads: [whole(users), whole(items)],
    optimizer: adam(config),
    dense: true,
    programs,
  })
  const events = trainOnPairs(name, model, config, context, trainingInteractions(context), {
    state: update.state,
    async run({ size, user, targets }, negatives, rng) {
      const nodes = user.map((u, n) => nodeOf(graph, u, domainOfItem(dataset, targets[n])))
      const { loss } = await update.run({
        ids: { shape: [size], data: nodes },
        ...dropout.masks(rng.split('dropout'), {}),
        ...ranking.feeds({ items: targets, negatives, total: size }, rng.split('loss')),
      })
      return { loss }
    },
  })
  try {
    for await (const event of events) {
      model.changed() // by a step, or because the best weights have been put back
      yield event
    }
  } finally {
    model.changed()
  }
}
