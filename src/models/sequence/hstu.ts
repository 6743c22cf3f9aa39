import { z } from 'zod'
import { sequenceBatches } from '../../data/index.ts'
import { lossCatalogue, objectiveOptions, rankingLoss, trainingOptions } from '../../families/ranking/index.ts'
import {
  defineSequenceModel,
  type EncoderInputs,
  headsDivideWidth,
  sequenceOptions,
  sequenceStep,
  trainOnSequences,
} from '../../families/sequence/index.ts'
import { layerNorm, normal, type Parameters, xavierUniform } from '../../nn/index.ts'
import {
  add,
  type Dim,
  gather,
  input,
  matmul,
  multiply,
  normalize,
  reshape,
  type Sym,
  sigmoid,
  transpose,
} from '../../tensor/index.ts'

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    layers: z.int().min(1).default(2).describe('layers, each with attention and gate'),
    heads: z.int().min(1).default(2).describe('attention heads; must divide the width'),
    dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of embeddings and of gated values'),
    ...sequenceOptions(),
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())

type Config = z.output<typeof config>

const DEVIATION = 0.02
const EPSILON = 1e-6

// Weights: `items` [V, d]; per layer `layer{i}/` the maps {gate,value,query,key} and `output`, each [d, d], and `bias`
// [maxLength, heads] by how many positions back; `norm/{gain,bias}`.

/** Item embeddings [B, T, d] → states [B, T, d]. */
function encode(config: Config, parameters: Parameters, { rows, dropout }: EncoderInputs): Sym {
  const { width, layers } = config
  let x = dropout.apply('embedding', multiply(rows, Math.sqrt(width)))
  // No map has a bias, so that padding, whose rows are zero, stays zero through all layers: nothing need be masked but the future.
  for (let i = 0; i < layers; i++) {
    const name = `layer${i}`
    const map = (part: string, y: Sym) =>
      matmul(y, parameters.declare(`${name}/${part}`, [width, width], xavierUniform(width, width)))
    const normed = normalize(x, EPSILON)
    const [gate, value, query, key] = ['gate', 'value', 'query', 'key'].map((part) => silu(map(part, normed))) as [
      Sym,
      Sym,
      Sym,
      Sym,
    ] // Eq. 1
    const attended = attention(config, parameters, name, { query, key, value }) // Eq. 2
    const gated = multiply(normalize(attended, EPSILON), gate)
    x = add(x, map('output', dropout.apply(`${name}/gated`, gated))) // Eq. 3
  }
  return layerNorm(parameters, 'norm', x, width)
}

/** SiLU(Q Kᵀ + bias) V / N over the past: sums, whose size says how much of the history is alike. [B, T, d] each → [B, T, d] */
function attention(
  { width, heads, maxLength }: Config,
  parameters: Parameters,
  name: string,
  { query, key, value }: { readonly query: Sym; readonly key: Sym; readonly value: Sym },
): Sym {
  const [B, T] = query.shape as [Dim, Dim, number]
  const split = (y: Sym) => transpose(reshape(y, [B, T, heads, width / heads]), [0, 2, 1, 3]) // [B, heads, T, d/heads]
  const table = parameters.declare(`${name}/bias`, [maxLength, heads], normal(DEVIATION))
  const bias = transpose(gather(table, input('back', [T, T], 'int32')), [2, 0, 1]) // [heads, T, T]
  const alike = silu(add(matmul(split(query), split(key), { transposeB: true }), bias)) // [B, heads, T, T]
  const past = multiply(alike, input('past', [T, T]))
  const mixed = matmul(past, split(value), { scale: 1 / maxLength })
  return reshape(transpose(mixed, [0, 2, 1, 3]), [B, T, width])
}

function silu(x: Sym): Sym {
  return multiply(x, sigmoid(x))
}

/** Of a query (row) and a key (column): whether it lies in the past or is the same, and how many positions back. */
function past(length: number) {
  const shape = [length, length]
  const back = Int32Array.from({ length: length * length }, (_, i) =>
    Math.max(0, Math.floor(i / length) - (i % length)),
  )
  const seen = Float32Array.from(back, (_, i) => (i % length <= Math.floor(i / length) ? 1 : 0))
  return { back: { shape, data: back }, past: { shape, data: seen } }
}

export const hstu = defineSequenceModel({
  name: 'hstu',
  summary: 'gated attention without softmax over the history, by content and by how far back',
  paper: {
    title: 'Actions Speak Louder than Words: Trillion-Parameter Sequential Transducers for Generative Recommendations',
    year: 2024,
    venue: 'ICML',
  },
  config,
  itemDeviation: DEVIATION,
  encoder: (config, parameters) => ({
    encode: (inputs) => encode(config, parameters, inputs),
    feeds: ({ length }) => past(length),
  }),
  train(model, config, context) {
    const catalogue = lossCatalogue(context, config.negatives)
    // The released code's loss is a sampled softmax.
    const step = sequenceStep(model, config, (states) =>
      rankingLoss(config.loss, states, model.table, catalogue, config),
    )
    return trainOnSequences(model, config, context, sequenceBatches, step)
  },
})
