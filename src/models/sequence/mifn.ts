import { z } from 'zod'
import type { SparseMatrix } from '../../core/index.ts'
import { objectiveOptions, trainingOptions } from '../../families/ranking/index.ts'
import {
  batchesOfFewLengths,
  crossDomainStep,
  type DomainInputs,
  defineCrossDomainModel,
  eachLength,
  overPlaces,
  parallelGru,
  parallelLinear,
  sequenceOptions,
  successionGraph,
  trainOnSequences,
} from '../../families/sequence/index.ts'
import { causalMask, linear, type Parameters, uniform } from '../../nn/index.ts'
import {
  add,
  concat,
  type Dim,
  gather,
  greater,
  input,
  matmul,
  minimum,
  multiply,
  relu,
  reshape,
  type Sym,
  sigmoid,
  slice,
  softmax,
  sparseProduct,
  subtract,
  sum,
  tanh,
  transpose,
} from '../../tensor/index.ts'

const { maxLength, initialization } = sequenceOptions()

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of item vectors, recurrent states and knowledge'),
  dropout: z
    .number()
    .min(0)
    .max(0.99)
    .default(0.3)
    .describe('dropout of the input embeddings and of the states that answer'),
  maxLength,
  initialization,
  ...objectiveOptions({ loss: 'softmax' }),
  ...trainingOptions({ learningRate: 0.003 }),
})

type Config = z.output<typeof config>
type Graphs = Readonly<Record<'own' | 'across', SparseMatrix>>

// Weights: `items` [V, d]; `knowledge/{own,across}`, layers of the graph. With a leading axis of D domains: `encoder` and `transfer`,
// recurrent units; `filter/{source,target,state}`; `read/{own,across}`, maps of states to what they look for; `gate` and `switch`;
// `sequence` [2d, d] and `graph` [2d, d], the two heads.

/** The flow of behaviors: what happened elsewhere, as far as the domain can use it, carried on by a unit of its own. [D, B, T, d] */
function behaviors({ width: d }: Config, parameters: Parameters, source: Sym, own: Sym, elsewhere: Sym): Sym {
  const D = elsewhere.shape[0] as number
  const read = add(
    parallelLinear(parameters, 'filter/source', source, [D, d, 2 * d]), // for gate and candidate
    concat([parallelLinear(parameters, 'filter/target', own, [D, d, d], false), multiply(own, 0)], 3), // for the gate alone
  )
  const weight = parameters.declare('filter/state', [D, d, 2 * d], uniform(1 / Math.sqrt(d)))
  const filtered = overPlaces(read, elsewhere, d, (x, state) => {
    const sums = add(x, matmul(state, weight))
    const f = sigmoid(slice(sums, 2, 0, d))
    return add(state, multiply(f, subtract(tanh(slice(sums, 2, d, 2 * d)), state)))
  })
  return parallelGru(parameters, 'transfer', filtered, elsewhere, d)
}

/** Item vectors that know their neighbors in the graph, of their own domain and across domains, [V, d]. */
function knowledge({ width }: Config, parameters: Parameters, vectors: Sym, graphs: Graphs): Sym {
  const scale = uniform(1 / Math.sqrt(width))
  const own = linear(parameters, 'knowledge/own', sparseProduct(graphs.own, vectors), [width, width], scale)
  const weight = parameters.declare('knowledge/across/weight', [width, width], scale)
  return add(vectors, relu(add(own, matmul(sparseProduct(graphs.across, vectors), weight))))
}

/**
 * What each domain's query finds among the knowledge of the events up to each place that count for it; zero where there is none.
 * @param queries [D, B, T, d]
 * @param known of the events, [B, T, d]
 * @param counts 1 where an event counts for a domain, [D, B, T]
 */
function found(queries: Sym, known: Sym, counts: Sym): Sym {
  const [D, B, T, width] = queries.shape as [number, Dim, number, number]
  const side = reshape(known, [1, B, T, width])
  const logits = matmul(queries, side, { transposeB: true, scale: 1 / Math.sqrt(width) }) // [D, B, T, T]
  const causal = input('causal', [T, T])
  const unseen = multiply(subtract(reshape(counts, [D, B, 1, T]), 1), 1e9)
  const read = matmul(softmax(add(logits, add(unseen, causal))), side) // [D, B, T, d]
  const upTo = transpose(greater(causal, -1), [1, 0]) // [T, T], 1 where an event is not after a place
  return multiply(read, reshape(minimum(matmul(counts, upTo), 1), [D, B, T, 1]))
}

/** The states asked for, [A, d]. */
function encode(config: Config, parameters: Parameters, inputs: DomainInputs, graphs: Graphs): Sym {
  const { width: d } = config
  const { rows, keep, domains, dropout, asked, catalogue } = inputs
  const [B, T, D] = domains.shape as [Dim, number, number]
  const own = transpose(domains, [2, 0, 1]) // [D, B, T]
  const elsewhere = subtract(reshape(keep, [1, B, T]), own)
  const x = reshape(dropout.apply('embedding', rows), [1, B, T, d])
  const states = parallelGru(parameters, 'encoder', x, own, d) // [D, B, T, d]
  const source = sum(multiply(states, reshape(own, [D, B, T, 1])), 0, { keepDims: true }) // [1, B, T, d]
  const transferred = behaviors(config, parameters, source, states, elsewhere)

  const known = gather(knowledge(config, parameters, catalogue, graphs), input('ids', [B, T], 'int32')) // [B, T, d]
  const read = (name: string, query: Sym, counts: Sym) =>
    found(parallelLinear(parameters, `read/${name}`, query, [D, d, d]), known, counts)
  const inside = read('own', states, own)
  const across = read('across', transferred, elsewhere)
  const gate = sigmoid(parallelLinear(parameters, 'gate', concat([states, transferred], 3), [D, 2 * d, d]))
  const flow = add(across, multiply(gate, subtract(inside, across))) // g own + (1 − g) across

  const modes = parallelLinear(parameters, 'switch', concat([states, transferred, flow], 3), [D, 3 * d, 1])
  const share = sigmoid(modes) // of the graph, [D, B, T, 1]
  const head = (name: string, parts: readonly Sym[]) =>
    parallelLinear(parameters, name, dropout.apply(name, concat(parts, 3)), [D, 2 * d, d])
  const sequence = head('sequence', [transferred, states])
  const graph = head('graph', [states, flow])
  return gather(reshape(add(sequence, multiply(share, subtract(graph, sequence))), [-1, d]), asked.cell)
}

export const mifn = defineCrossDomainModel({
  name: 'mifn',
  summary: 'recurrent units that carry over behaviors between domains, and knowledge from a graph of items beside them',
  paper: { title: 'Mixed Information Flow for Cross-Domain Sequential Recommendations', year: 2022, venue: 'ACM TKDD' },
  config,
  itemDeviation: 0.1,
  encoder(config, parameters, dataset, split) {
    const graphs = { own: successionGraph(dataset, split, 'own'), across: successionGraph(dataset, split, 'across') }
    return {
      encode: (inputs) => encode(config, parameters, inputs, graphs),
      feeds: ({ length }) => ({ causal: { shape: [length, length], data: causalMask(length) } }),
      readCatalogue: true,
      graphs: eachLength,
    }
  },
  train: (model, config, context) =>
    trainOnSequences(model, config, context, batchesOfFewLengths, crossDomainStep(model, config, context)),
})
