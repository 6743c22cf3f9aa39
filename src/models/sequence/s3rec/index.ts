import { z } from 'zod'
import { objectiveOptions, trainingOptions } from '../../../families/ranking/index.ts'
import { defineSequenceModel, headsDivideWidth, sequenceOptions } from '../../../families/sequence/index.ts'
import { causalMask, paddedCausalMask } from '../../../nn/index.ts'
import { input } from '../../../tensor/index.ts'
import { encode } from './encoder.ts'
import { trainS3rec } from './train.ts'

const weight = (initial: number, task: string) =>
  z.number().min(0).default(initial).describe(`weight in pre-training of ${task}`)

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    layers: z.int().min(1).default(2).describe('Transformer blocks'),
    heads: z.int().min(1).default(2).describe('attention heads; must divide the width'),
    inner: z.int().min(1).default(256).describe('width inside the feed-forward network; the released code has 4 d'),
    activation: z.enum(['relu', 'gelu']).default('gelu').describe('activation of the feed-forward network'),
    dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of embeddings, attention and blocks'),
    pretrainEpochs: z.int().min(0).default(30).describe('epochs of pre-training, before the `epochs` of fine-tuning'),
    masked: z.number().min(0).max(1).default(0.2).describe('share of the items that pre-training hides'),
    attributes: weight(0.2, 'telling the attributes of a shown item from its state (AAP)'),
    items: weight(1, 'telling a hidden item from a negative (MIP)'),
    hiddenAttributes: weight(1, 'telling the attributes of a hidden item (MAP)'),
    segments: weight(0.5, "telling the sequence's hidden segment from another's (SP)"),
    ...sequenceOptions(),
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())

export type Config = z.output<typeof config>

// Weights: `items` [V, d]; `positions` [maxLength, d], counted from the right end; `input/{gain,bias}`; those of the Transformer. What
// only pre-training reads (attributes, the mask, the maps of the four tasks) is no weight of the model.

export const s3rec = defineSequenceModel({
  name: 's3rec',
  summary: 'sasrec after pre-training: items, their attributes and segments of sequences told from one another',
  paper: {
    title: 'S3-Rec: Self-Supervised Learning for Sequential Recommendation with Mutual Information Maximization',
    year: 2020,
    venue: 'CIKM',
  },
  config,
  undivided: 'other weights learn before its epochs begin',
  itemDeviation: 0.02,
  encoder: (config, parameters) => ({
    encode(inputs) {
      const T = inputs.keep.shape[1]
      return encode(config, parameters, inputs, paddedCausalMask(inputs.keep, input('causal', [T, T])))
    },
    feeds: ({ length }) => ({ causal: { shape: [length, length], data: causalMask(length) } }),
  }),
  train: trainS3rec,
})
