import { z } from 'zod'
import { lossCatalogue, objectiveOptions, rankingLoss, trainingOptions } from '../../../families/ranking/index.ts'
import {
  defineSequenceModel,
  type EncoderInputs,
  headsDivideWidth,
  sequenceOptions,
  sequenceStep,
  trainOnSequences,
} from '../../../families/sequence/index.ts'
import { linear, normal, type Parameters, positionRows, transformer, xavierUniform } from '../../../nn/index.ts'
import { add, cast, type Dim, gelu, input, multiply, reshape, type Sym, subtract } from '../../../tensor/index.ts'
import { clozeBatches, MASKED } from './cloze.ts'

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    layers: z.int().min(1).default(2).describe('Transformer blocks'),
    heads: z.int().min(1).default(2).describe('attention heads; must divide the width'),
    inner: z.int().min(1).default(256).describe('width inside the feed-forward network; the paper has it 4d'),
    dropout: z.number().min(0).max(0.99).default(0.3).describe('dropout of embeddings, attention and blocks'),
    maskShare: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.2)
      .describe('share of the items of a training sequence that are masked'),
    lastShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('share of training sequences with the last item alone masked'),
    projection: z
      .boolean()
      .default(false)
      .describe('map states through a layer with GELU before the product with items, as in the paper'),
    ...sequenceOptions(),
    maxLength: z
      .int()
      .min(2)
      .default(50)
      .describe('T, how many places are looked at: the mask and the items before it'),
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.002, epochs: 400, patience: 20 }),
  })
  .refine(...headsDivideWidth())

type Config = z.output<typeof config>

const DEVIATION = 0.02

// Weights: `items` [V, d]; `mask` [d], what stands for a hidden item; `positions` [maxLength, d], counted from the right end;
// those of the Transformer; `projection/{weight,bias}` where it is asked for.

/** Item embeddings [B, T, d], zero where masked → states [B, T, d], each of the whole window. */
function encode(config: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs): Sym {
  const { width, maxLength } = config
  const [B, T] = keep.shape as [Dim, Dim]
  const mask = parameters.declare('mask', [width], normal(DEVIATION))
  const masked = cast(input('masked', [B, T], 'uint8'), 'float32')
  const shown = add(rows, multiply(reshape(masked, [B, T, 1]), mask))
  const positions = positionRows(parameters, 'positions', T, [maxLength, width]) // [T, d]
  const x = dropout.apply('embedding', add(multiply(shown, Math.sqrt(width)), positions))
  const padding = multiply(subtract(reshape(keep, [B, 1, 1, T]), 1), 1e9) // both directions: only padding is hidden
  const h = transformer(parameters, '', x, padding, { ...config, activation: 'gelu', dropout })
  if (!config.projection) return h
  return gelu(linear(parameters, 'projection', h, [width, width], xavierUniform(width, width))) // Eq. 7
}

export const bert4rec = defineSequenceModel({
  name: 'bert4rec',
  summary: 'self-attention in both directions, trained to fill in masked items; mixed or one model a domain',
  paper: {
    title: 'BERT4Rec: Sequential Recommendation with Bidirectional Encoder Representations from Transformer',
    year: 2019,
    venue: 'CIKM',
  },
  config,
  itemDeviation: DEVIATION,
  encoder: (config, parameters) => ({
    encode: (inputs) => encode(config, parameters, inputs),
    question: [MASKED],
    feeds: ({ size, length, items }) => ({
      ids: { shape: [size, length], data: items.map((id) => (id === MASKED ? 0 : id)) }, // PAD's row is zero
      masked: { shape: [size, length], data: Uint8Array.from(items, (id) => (id === MASKED ? 1 : 0)) },
    }),
  }),
  train(model, config, context) {
    const catalogue = lossCatalogue(context, config.negatives)
    const step = sequenceStep(model, config, (states) =>
      rankingLoss(config.loss, states, model.table, catalogue, config),
    )
    return trainOnSequences(
      model,
      config,
      context,
      (sequences, options) => clozeBatches(sequences, options, config),
      step,
    )
  },
})
