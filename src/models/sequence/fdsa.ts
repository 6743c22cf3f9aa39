import { z } from 'zod'
import { sequenceBatches } from '../../data/index.ts'
import { lossCatalogue, objectiveOptions, rankingLoss, trainingOptions } from '../../families/ranking/index.ts'
import {
  type AttributeField,
  attributeFeeds,
  attributeVectors,
  defineSequenceModel,
  type EncoderInputs,
  headsDivideWidth,
  itemAttributes,
  sequenceOptions,
  sequenceStep,
  trainOnSequences,
} from '../../families/sequence/index.ts'
import {
  causalMask,
  layerNorm,
  linear,
  type Parameters,
  paddedCausalMask,
  positionRows,
  transformer,
  xavierUniform,
} from '../../nn/index.ts'
import {
  add,
  concat,
  type Dim,
  input,
  matmul,
  multiply,
  relu,
  reshape,
  type Sym,
  softmax,
  sum,
} from '../../tensor/index.ts'

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    layers: z.int().min(1).default(2).describe('Transformer blocks, of items and of features each'),
    heads: z.int().min(1).default(2).describe('attention heads; must divide the width'),
    inner: z.int().min(1).default(256).describe('width inside the feed-forward networks'),
    activation: z.enum(['relu', 'gelu']).default('gelu').describe('activation of the feed-forward networks'),
    dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of embeddings, attention and blocks'),
    ...sequenceOptions(),
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())

type Config = z.output<typeof config>

// Weights: `items` [V, d]; `positions` [maxLength, d], counted from the right end; `attributes/<field>` [labels, d]; where there are
// several fields the perceptron `fields/{hidden,vector}` of their attention; the norms and Transformers of `item` and `feature`; `output`.

/** Item embeddings [B, T, d] → states [B, T, d]. */
function encode(
  config: Config,
  parameters: Parameters,
  { rows, keep, dropout }: EncoderInputs,
  fields: readonly AttributeField[],
): Sym {
  const { width, maxLength } = config
  const [B, T] = keep.shape as [Dim, Dim]
  const positions = positionRows(parameters, 'positions', T, [maxLength, width]) // [T, d]
  const mask = paddedCausalMask(keep, input('causal', [T, T])) // [B, 1, T, T]
  const stream = (name: 'item' | 'feature', x: Sym) => {
    const placed = layerNorm(parameters, `${name}/input`, add(x, positions), width)
    const entered = dropout.apply(`${name}/embedding`, placed)
    return transformer(parameters, name, entered, mask, { ...config, dropout }) // Eq. 4–8, Eq. 9
  }
  const known = attributeVectors(parameters, fields, width, 'history', [B, T])
  const states = concat([stream('item', rows), stream('feature', ofFields(parameters, known, width))], 2)
  return linear(parameters, 'output', states, [2 * width, width], xavierUniform(2 * width, width)) // Eq. 10
}

/** Which of several fields says most of an item: vanilla attention (Eq. 2–3). F × [B, T, d] → [B, T, d] */
function ofFields(parameters: Parameters, known: readonly Sym[], width: number): Sym {
  if (known.length === 1) return known[0]
  const [B, T] = known[0].shape as [Dim, Dim]
  const each = concat(
    known.map((x) => reshape(x, [B, T, 1, width])),
    2,
  ) // [B, T, F, d]
  const hidden = relu(linear(parameters, 'fields/hidden', each, [width, width], xavierUniform(width, width)))
  const vector = parameters.declare('fields/vector', [width, 1], xavierUniform(width, 1))
  const shares = softmax(reshape(matmul(hidden, vector), [B, T, known.length])) // [B, T, F]
  return sum(multiply(each, reshape(shares, [B, T, known.length, 1])), 2)
}

export const fdsa = defineSequenceModel({
  name: 'fdsa',
  summary: 'self-attention over the items of the history, and beside it over what is known of them',
  paper: {
    title: 'Feature-level Deeper Self-Attention Network for Sequential Recommendation',
    year: 2019,
    venue: 'IJCAI',
  },
  config,
  itemDeviation: 0.02,
  encoder(config, parameters, dataset) {
    const fields = itemAttributes(dataset)
    return {
      encode: (inputs) => encode(config, parameters, inputs, fields),
      feeds: ({ size, length, items }) => ({
        causal: { shape: [length, length], data: causalMask(length) },
        ...attributeFeeds(fields, 'history', items, [size, length]),
      }),
    }
  },
  train(model, config, context) {
    const catalogue = lossCatalogue(context, config.negatives)
    const step = sequenceStep(model, config, (states) =>
      rankingLoss(config.loss, states, model.table, catalogue, config),
    )
    return trainOnSequences(model, config, context, sequenceBatches, step)
  },
})
