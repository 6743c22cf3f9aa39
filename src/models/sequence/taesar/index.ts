import { z } from 'zod'
import { defineModel } from '../../../core/index.ts'
import { objectiveOptions, trainingOptions } from '../../../families/ranking/index.ts'
import { headsDivideWidth, sequenceOptions } from '../../../families/sequence/index.ts'
import { createAnswers, trainTaesar } from './train.ts'

const { maxLength, initialization } = sequenceOptions()

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    layers: z.int().min(1).default(2).describe('Transformer blocks'),
    heads: z.int().min(1).default(2).describe('attention heads; must divide the width'),
    inner: z.int().min(1).default(64).describe('width inside the feed-forward network'),
    dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of embeddings, attention and blocks'),
    expertEpochs: z
      .int()
      .min(1)
      .default(20)
      .describe('epochs in which a copy of the model of mixed events becomes the expert of one domain'),
    maxLength,
    initialization,
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())

export type Config = z.output<typeof config>

// Weights: of each domain `DOMAIN/` and those of a reader of its items. What rewrites the sequences that they learn from is no weight of the model.

export const taesar = defineModel({
  name: 'taesar',
  task: 'ranking',
  summary: 'sasrec in each domain, which learns also from events elsewhere, rewritten as its own or left out',
  paper: { title: 'Generative Data Transformation: From Mixed to Unified Data', year: 2026, venue: 'WWW' },
  config,
  undivided: 'it trains a model for each domain, and one on what they rewrote',
  create: createAnswers,
  train: trainTaesar,
})
