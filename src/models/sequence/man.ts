import { z } from 'zod'
import { sequenceBatches } from '../../data/index.ts'
import { objectiveOptions, trainingOptions } from '../../families/ranking/index.ts'
import {
  crossDomainStep,
  type DomainInputs,
  defineCrossDomainModel,
  headsDivideWidth,
  lastOfEvery,
  parallelLinear,
  sequenceOptions,
  trainOnSequences,
} from '../../families/sequence/index.ts'
import {
  causalMask,
  layerNorm,
  linear,
  normal,
  type Parameters,
  paddedCausalMask,
  positionRows,
  transformer,
  uniform,
} from '../../nn/index.ts'
import {
  add,
  concat,
  type Dim,
  divide,
  gather,
  input,
  matmul,
  multiply,
  relu,
  reshape,
  type Sym,
  softmax,
  sqrt,
  square,
  stopGradient,
  subtract,
  sum,
  transpose,
} from '../../tensor/index.ts'

const { maxLength, initialization } = sequenceOptions()

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    groups: z.int().min(2).default(10).describe('G, prototypes of users that all domains share'),
    layers: z.int().min(1).default(2).describe('Transformer blocks of each encoder'),
    heads: z.int().min(1).default(1).describe('attention heads of the encoders; must divide the width'),
    inner: z.int().min(1).default(64).describe('width inside the feed-forward network'),
    dropout: z
      .number()
      .min(0)
      .max(0.99)
      .default(0.5)
      .describe('dropout of embeddings, attention, blocks and joined states'),
    disentangle: z
      .number()
      .min(0)
      .default(0.1)
      .describe('weight of the penalty on prototypes that resemble one another'),
    maxLength,
    initialization,
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())

type Config = z.output<typeof config>

// Weights: `items` [V, d]; the encoders `global/` and `local{d}/`, each `positions` [maxLength, d] and a Transformer; `groups` [G, d];
// with a leading axis of D domains `similarity` [d, d], `fusion/{query,key,value}` and the heads `local/{inner,outer}`; the maps of the
// groups `group{d}/…`; the head `shared/{inner,outer}` of the global states.

/** A sequence encoder: x [n, L, d] → states [n, L, d]. */
function encoder(
  config: Config,
  parameters: Parameters,
  name: string,
  rows: Sym,
  mask: Sym,
  inputs: DomainInputs,
): Sym {
  const { width, maxLength } = config
  const positions = positionRows(parameters, `${name}/positions`, rows.shape[1], [maxLength, width]) // [L, d]
  const x = inputs.dropout.apply(`${name}/embedding`, add(multiply(rows, Math.sqrt(width)), positions))
  return transformer(parameters, name, x, mask, { ...config, activation: 'relu', dropout: inputs.dropout })
}

/**
 * Attention of each domain's query at each place to what stands there and before it.
 * @param query [D, B, T, d]
 * @param key [n, B, T, d] and value the same, n = D or 1
 * @param mask [B, 1, T, T]
 * @returns [D, B, T, d]
 */
function attend(query: Sym, key: Sym, value: Sym, mask: Sym): Sym {
  const [, B, T, width] = query.shape as [Dim, Dim, Dim, number]
  const logits = matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(width) }) // [D, B, T, T]
  return matmul(softmax(add(logits, reshape(mask, [1, B, T, T]))), value)
}

/**
 * What groups of users a domain's history resembles. Each prototype gathers from the events up to a place what is its own, and the
 * state there says how much each of these counts.
 * @param states of the domain's own encoder, [R, L, d]
 * @param mask [R, 1, L, L]
 * @returns [R, L, d]
 */
function groupStates(config: Config, parameters: Parameters, name: string, states: Sym, mask: Sym): Sym {
  const { width, groups: G } = config
  const [R, L] = states.shape as [Dim, Dim]
  const map = [width, width] as const
  const prototypes = parameters.declare('groups', [G, width], normal(1 / Math.sqrt(width)))
  const key = linear(parameters, `${name}/key`, states, map)
  const value = linear(parameters, `${name}/value`, states, map)
  const logits = matmul(prototypes, key, { transposeB: true, scale: 1 / Math.sqrt(width) }) // [R, G, L]
  const at = softmax(add(reshape(logits, [R, G, 1, L]), mask)) // [R, G, L, L]: of each prototype at each place
  const gathered = add(matmul(at, reshape(value, [R, 1, L, width])), reshape(prototypes, [1, G, 1, width])) // [R, G, L, d]
  const query = linear(parameters, `${name}/query`, states, map) // [R, L, d]
  const weight = sum(multiply(gathered, reshape(query, [R, 1, L, width])), 3, { keepDims: true }) // [R, G, L, 1]
  const ofGroups = transpose(reshape(weight, [R, G, L]), [0, 2, 1]) // [R, L, G]
  const share = transpose(softmax(multiply(ofGroups, 1 / Math.sqrt(width))), [0, 2, 1])
  return layerNorm(parameters, `${name}/norm`, sum(multiply(reshape(share, [R, G, L, 1]), gathered), 1), width)
}

/** Mean squared cosine between two different prototypes. */
export function resemblance(prototypes: Sym): Sym {
  const G = prototypes.shape[0] as number
  const unit = divide(prototypes, sqrt(add(sum(square(prototypes), 1, { keepDims: true }), 1e-6)))
  const cosines = matmul(unit, unit, { transposeB: true }) // [G, G], 1 on the diagonal
  return multiply(subtract(sum(square(cosines)), G), 1 / (G * (G - 1)))
}

/** The states asked for, [A, d]. */
function encode(config: Config, parameters: Parameters, inputs: DomainInputs): Sym {
  const { width } = config
  const { rows, keep, views, asked, dropout } = inputs
  const D = views.length
  const [B, T] = keep.shape as [Dim, Dim]
  const mask = paddedCausalMask(keep, input('causal', [T, T])) // [B, 1, T, T]
  const shared = encoder(config, parameters, 'global', rows, mask, inputs) // [B, T, d]
  const masks = views.map((view) => paddedCausalMask(view.keep, view.causal)) // D × [R, 1, L, L]
  const own = views.map((view, d) => encoder(config, parameters, `local${d}`, view.rows, masks[d], inputs))
  // What teaches an encoder is its own head; the attentions between encoders only read.
  const fixed = own.map((states) => stopGradient(states))
  const groups = fixed.map((states, d) => groupStates(config, parameters, `group${d}`, states, masks[d]))

  const side = (y: Sym) => reshape(y, [1, B, T, width])
  const square = [D, width, width] as const
  // Item similarity: which items the domain's last one is like.
  const scaled = (x: Sym) => multiply(x, Math.sqrt(width)) // as the encoders read them
  const last = lastOfEvery(
    views.map((view) => scaled(view.rows)),
    keep,
  )
  const items = side(scaled(rows))
  const similar = attend(parallelLinear(parameters, 'similarity', last, square), items, items, mask)
  // Sequence fusion: what the mixed history says to the domain's own.
  const local = lastOfEvery(own, keep) // [D, B, T, d]
  const query = parallelLinear(parameters, 'fusion/query', stopGradient(local), square)
  const read = side(stopGradient(shared))
  const key = parallelLinear(parameters, 'fusion/key', read, square)
  const value = parallelLinear(parameters, 'fusion/value', read, square)
  const fused = layerNorm(parameters, 'fusion/norm', add(attend(query, key, value, mask), stopGradient(local)), width)

  const joined = dropout.apply('joined', concat([similar, local, fused, lastOfEvery(groups, keep)], 3)) // [D, B, T, 4d]
  const inner = relu(parallelLinear(parameters, 'local/inner', joined, [D, 4 * width, width]))
  const ofDomain = parallelLinear(parameters, 'local/outer', inner, square)
  const scale = uniform(1 / Math.sqrt(width))
  const common = relu(linear(parameters, 'shared/inner', shared, [width, width], scale))
  const ofAll = side(linear(parameters, 'shared/outer', common, [width, width], scale))
  return gather(reshape(add(ofDomain, ofAll), [-1, width]), asked.cell)
}

export const man = defineCrossDomainModel({
  name: 'man',
  summary:
    'encoders of mixed and single-domain histories, mixed by attention to items, to sequences and to groups of users',
  paper: { title: 'Mixed Attention Network for Cross-domain Sequential Recommendation', year: 2024, venue: 'WSDM' },
  config,
  itemDeviation: 0.02,
  encoder: (config, parameters) => ({
    encode: (inputs) => encode(config, parameters, inputs),
    feeds: ({ length }) => ({ causal: { shape: [length, length], data: causalMask(length) } }),
  }),
  train(model, config, context) {
    const step = crossDomainStep(model, config, context, (inputs) => {
      const ranked = [{ name: 'ranking', states: encode(config, model.parameters, inputs), weight: 1 }]
      if (config.disentangle === 0) return { ranked }
      const value = resemblance(model.parameters.symbols.get('groups')!)
      return { ranked, added: [{ name: 'resemblance', value, weight: config.disentangle }] }
    })
    return trainOnSequences(model, config, context, sequenceBatches, step)
  },
})
