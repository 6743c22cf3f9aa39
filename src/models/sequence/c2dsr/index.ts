import { z } from 'zod'
import type { Dataset, SparseMatrix, Split } from '../../../core/index.ts'
import { sequenceBatches } from '../../../data/index.ts'
import { objectiveOptions, trainingOptions } from '../../../families/ranking/index.ts'
import {
  crossDomainStep,
  type DomainInputs,
  defineCrossDomainModel,
  domainViews,
  headsDivideWidth,
  lastOfAsked,
  sequenceOptions,
  successionGraph,
  trainOnSequences,
} from '../../../families/sequence/index.ts'
import {
  causalMask,
  type Dropout,
  type Parameters,
  paddedCausalMask,
  positionRows,
  transformer,
} from '../../../nn/index.ts'
import { add, gather, input, multiply, reshape, type Sym, sparseProduct } from '../../../tensor/index.ts'
import { discriminators, drawnFeeds, infomax } from './infomax.ts'

const { maxLength, initialization } = sequenceOptions()

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    graphLayers: z
      .int()
      .min(0)
      .default(1)
      .describe('layers of the graph encoder: how many steps along successions an item looks; 0 leaves it out'),
    layers: z.int().min(1).default(2).describe('Transformer blocks of each sequence encoder'),
    heads: z.int().min(1).default(1).describe('attention heads; must divide the width'),
    inner: z.int().min(1).default(64).describe('width inside the feed-forward network; the paper has it equal to d'),
    dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of graph, embeddings, attention and blocks'),
    lambda: z
      .number()
      .gt(0)
      .max(1)
      .default(0.7)
      .describe('λ, the share of the ranking losses; the rest is the infomax objective, which 1 leaves out'),
    maxLength,
    initialization,
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())

export type Config = z.output<typeof config>

// Weights: `items` [V, d]; of the encoder of the mixed history, `cross/`, and of those of each domain, `single{d}/`: `positions`
// [maxLength, d], counted from the right end, and a Transformer; `discriminators` [d, D · d] and `discriminators/bias` [D].

/** Vectors of all items by the graph encoder: the mean of 0 to n steps of Norm(A), each after dropout, [V, d]. */
function collaborative(layers: number, vectors: Sym, graph: SparseMatrix, drop: (layer: string, x: Sym) => Sym): Sym {
  let layer = vectors
  let sum = vectors
  for (let i = 0; i < layers; i++) {
    layer = sparseProduct(graph, drop(`layer${i}`, layer))
    sum = add(sum, layer)
  }
  return multiply(sum, 1 / (layers + 1))
}

type Graphs = Readonly<Record<'mixed' | 'own', SparseMatrix>>

function successions({ graphLayers }: Config, dataset: Dataset, split: Split): Graphs | undefined {
  if (graphLayers === 0) return undefined
  return { mixed: successionGraph(dataset, split, 'mixed'), own: successionGraph(dataset, split, 'own') }
}

/** A sequence encoder: x [n, L, d] → states [n, L, d]. What it drops is its own in each `pass` over the batch. */
function encoder(config: Config, parameters: Parameters, name: string, x: Sym, mask: Sym, given: Dropout, pass = '') {
  const { width, maxLength } = config
  const dropout: Dropout = { ...given, apply: (place, y) => given.apply(`${pass}${place}`, y) }
  const positions = positionRows(parameters, `${name}/positions`, x.shape[1], [maxLength, width]) // [L, d]
  const embedded = dropout.apply(`${name}/embedding`, add(multiply(x, Math.sqrt(width)), positions))
  return transformer(parameters, name, embedded, mask, { ...config, activation: 'relu', dropout })
}

/** Reads items by their vectors and what a graph knows of them; an encoder of mixed histories for any of them, and the states of all. */
export function views(config: Config, parameters: Parameters, inputs: DomainInputs, graphs: Graphs | undefined) {
  const { rows, keep, catalogue, dropout, views: own } = inputs
  const [, T] = keep.shape
  const ids = input('ids', keep.shape, 'int32')
  const mask = paddedCausalMask(keep, input('causal', [T, T]))
  const ofGraph = (name: keyof Graphs) => {
    const drop = (layer: string, x: Sym) => dropout.apply(`${name}/${layer}`, x)
    const all = graphs && collaborative(config.graphLayers, catalogue, graphs[name], drop)
    return (vectors: Sym, items: Sym) => (all === undefined ? vectors : add(vectors, gather(all, items)))
  }
  const mixed = ofGraph('mixed')
  const cross = (vectors: Sym, items: Sym, pass?: string) =>
    encoder(config, parameters, 'cross', mixed(vectors, items), mask, dropout, pass) // [B, T, d]
  const parts = domainViews(ofGraph('own')(rows, ids), own.length)
  const single = parts.map((part, d) =>
    encoder(config, parameters, `single${d}`, part.rows, paddedCausalMask(part.keep, part.causal), dropout),
  ) // D × [R, L, d]
  return { cross, mixed: cross(rows, ids), single, parts }
}

/** h of the place asked for: of the mixed history, and with what its domain's own encoder adds, [A, d] each. */
export function states({ mixed, single }: Pick<ReturnType<typeof views>, 'mixed' | 'single'>, { asked }: DomainInputs) {
  const cross = gather(reshape(mixed, [-1, mixed.shape[2]]), asked.place)
  return { cross, both: add(cross, lastOfAsked(single, asked)) }
}

export const c2dsr = defineCrossDomainModel({
  name: 'c2dsr',
  summary: 'graph and self-attention encoders of mixed and of single-domain histories, tied by an infomax objective',
  paper: { title: 'Contrastive Cross-Domain Sequential Recommendation', year: 2022, venue: 'CIKM' },
  config,
  itemDeviation: 0.02,
  encoder(config, parameters, dataset, split) {
    const { graphLayers, width, lambda } = config
    if (lambda < 1) discriminators(parameters, width, dataset.domains.length)
    const graphs = successions(config, dataset, split)
    return {
      encode: (inputs) => states(views(config, parameters, inputs, graphs), inputs).both,
      feeds: ({ length }) => ({ causal: { shape: [length, length], data: causalMask(length) } }),
      readCatalogue: graphLayers > 0,
    }
  },
  train(model, config, context) {
    const { parameters, dataset, table } = model
    const { lambda } = config
    const graphs = successions(config, dataset, context.split)
    const step = crossDomainStep(model, config, context, (inputs) => {
      const seen = views(config, parameters, inputs, graphs)
      const { cross, both } = states(seen, inputs)
      const ranked = [
        { name: 'cross', states: cross, weight: lambda },
        { name: 'single', states: both, weight: lambda },
      ]
      if (lambda === 1) return { ranked }
      const { value, reads } = infomax(parameters, table, seen, inputs)
      return {
        ranked,
        added: [{ name: 'infomax', value, weight: 1 - lambda }],
        reads,
        feeds: (batch, rng) => drawnFeeds(batch, dataset, rng),
      }
    })
    return trainOnSequences(model, config, context, sequenceBatches, step)
  },
})
