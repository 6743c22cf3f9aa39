import { z } from 'zod'
import { prefixBatches } from '../../data/index.ts'
import { lossCatalogue, objectiveOptions, rankingLoss, trainingOptions } from '../../families/ranking/index.ts'
import {
  defineSequenceModel,
  type EncoderInputs,
  headsDivideWidth,
  sequenceOptions,
  sequenceStep,
  trainOnSequences,
} from '../../families/sequence/index.ts'
import { feedForward, layerNorm, linear, normal, type Parameters, positionRows, xavierUniform } from '../../nn/index.ts'
import {
  add,
  type Dim,
  matmul,
  multiply,
  normalize,
  reshape,
  type Sym,
  slice,
  softmax,
  subtract,
  transpose,
} from '../../tensor/index.ts'

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    interests: z.int().min(2).default(5).describe('k, latent interests that a history is summed up in'),
    layers: z.int().min(1).default(2).describe('blocks of attention and feed-forward network'),
    heads: z.int().min(1).default(2).describe('attention heads; must divide the width'),
    inner: z.int().min(1).default(256).describe('width inside the feed-forward network'),
    dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of embeddings, attention and blocks'),
    ...sequenceOptions(),
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.003, batchSize: 512, unit: 'prefixes of histories', epochs: 100 }),
  })
  .refine(...headsDivideWidth())

type Config = z.output<typeof config>

const DEVIATION = 0.02
const EPSILON = 1e-5

// Weights: `items` [V, d]; `positions` [maxLength, d], counted from the right end; `norm/{gain,bias}`; per block
// `block{i}/` the projections of items `{query,key,value}`, those of positions `position/{query,key}`, the interests
// `{key,value}/interests` Θ [d, k], `output`, the feed-forward network's `inner` and `outer`, and `norm{1,2}/{gain,bias}`. Keys
// have no biases: what all keys of a query have in common cancels in its softmax.

/** Item embeddings [B, T, d] → the state of the whole history, [B, 1, d]. */
function encode(config: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs): Sym {
  const { width, layers, maxLength } = config
  const T = keep.shape[1]
  const positions = normalize(positionRows(parameters, 'positions', T, [maxLength, width]), EPSILON) // P, [T, d]
  const padding = multiply(subtract(keep, 1), 1e9) // 0 or −1e9, [B, T]
  let x = dropout.apply('embedding', layerNorm(parameters, 'norm', rows, width))
  for (let i = 0; i < layers; i++) {
    const name = `block${i}`
    // Of the last block's states only the last is read.
    const asked: Asked = i === layers - 1 ? (y) => slice(y, -2, -1, T) : (y) => y
    const attended = attention(config, parameters, name, x, { positions, padding, asked, dropout })
    x = layerNorm(parameters, `${name}/norm1`, add(asked(x), dropout.apply(`${name}/output`, attended)), width)
    const fed = feedForward(parameters, name, x, { ...config, activation: 'gelu' })
    x = layerNorm(parameters, `${name}/norm2`, add(x, dropout.apply(`${name}/outer`, fed)), width)
  }
  return x
}

/** Those positions of [..., T, d] whose states are asked for, [..., Q, d]. */
type Asked = (y: Sym) => Sym

/** Items attend to the k interests of their history, and positions to positions. [B, T, d] → [B, Q, d] */
function attention(
  { width, interests, heads }: Config,
  parameters: Parameters,
  name: string,
  x: Sym,
  {
    positions,
    padding,
    asked,
    dropout,
  }: Pick<EncoderInputs, 'dropout'> & { readonly positions: Sym; readonly padding: Sym; readonly asked: Asked },
): Sym {
  const [B, T] = padding.shape as [Dim, Dim]
  const square = [width, width] as const
  const initializer = xavierUniform(width, width)
  const projection = (part: string, y: Sym) => linear(parameters, `${name}/${part}`, y, square, initializer)
  const withoutBias = (part: string, y: Sym) =>
    matmul(y, parameters.declare(`${name}/${part}/weight`, square, initializer))
  /** [..., n, d] → [..., heads, n, d/heads] */
  const split = (y: Sym) => {
    const parts = reshape(y, [...y.shape.slice(0, -1), heads, width / heads])
    return transpose(parts, parts.shape.length === 4 ? [0, 2, 1, 3] : [1, 0, 2])
  }
  const scale = 1 / Math.sqrt(width / heads)
  const alike = (query: Sym, key: Sym) => matmul(split(query), split(key), { transposeB: true, scale })

  // Item-to-interest aggregation: a sum over the history for each interest.
  const gathered = (part: string, y: Sym) => {
    const theta = parameters.declare(`${name}/${part}/interests`, [width, interests], normal(1 / Math.sqrt(width)))
    const logits = transpose(matmul(y, theta), [0, 2, 1]) // [B, k, T]
    return matmul(softmax(add(logits, reshape(padding, [B, 1, T]))), y) // [B, k, d]
  }
  const query = projection('query', asked(x))
  const key = withoutBias('key', x)
  const value = projection('value', x)

  // Item-to-interest interaction.
  const interest = softmax(alike(query, gathered('key', key))) // [B, heads, Q, k]
  const fromInterests = matmul(dropout.apply(`${name}/attention`, interest), split(gathered('value', value)))

  // Decoupled position encoding: what positions have to do with one another, whatever stands there.
  const place = alike(projection('position/query', asked(positions)), withoutBias('position/key', positions)) // [heads, Q, T]
  const position = softmax(add(place, reshape(padding, [B, 1, 1, T]))) // [B, heads, Q, T]
  const fromPositions = matmul(position, split(value)) // [B, heads, Q, d/heads]

  const joined = transpose(add(fromInterests, fromPositions), [0, 2, 1, 3])
  return projection('output', reshape(joined, query.shape))
}

export const lightSans = defineSequenceModel({
  name: 'light-sans',
  summary: 'self-attention to a few latent interests instead of all items, and apart from it among positions',
  paper: {
    title: 'Lighter and Better: Low-Rank Decomposed Self-Attention Networks for Next-Item Recommendation',
    year: 2021,
    venue: 'SIGIR',
  },
  config,
  itemDeviation: DEVIATION,
  encoder: (config, parameters) => ({ encode: (inputs) => encode(config, parameters, inputs) }),
  train(model, config, context) {
    const catalogue = lossCatalogue(context, config.negatives)
    const step = sequenceStep(model, config, (states) =>
      rankingLoss(config.loss, states, model.table, catalogue, config),
    )
    return trainOnSequences(model, config, context, prefixBatches, step)
  },
})
