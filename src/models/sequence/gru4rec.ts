import { z } from 'zod'
import { lossCatalogue, objectiveOptions, rankingLoss, trainingOptions } from '../../families/ranking/index.ts'
import {
  batchesOfFewLengths,
  defineSequenceModel,
  type EncoderInputs,
  eachLength,
  sequenceOptions,
  sequenceStep,
  trainOnSequences,
} from '../../families/sequence/index.ts'
import { gru, linear, normal, type Parameters } from '../../nn/index.ts'
import type { Sym } from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of embeddings'),
  hidden: z.int().min(1).default(128).describe('width of the recurrent state'),
  layers: z.int().min(1).default(1).describe('recurrent layers'),
  dropout: z.number().min(0).max(0.99).default(0.3).describe('dropout of the input embeddings'),
  ...sequenceOptions(),
  ...objectiveOptions({ loss: 'softmax' }),
  ...trainingOptions({ learningRate: 0.003 }),
})

type Config = z.output<typeof config>

// Weights: `items` [V, d]; per layer `gru{i}/{input,state}/{weight,bias}`; `output` maps the state back to width d, so
// that it can be multiplied with item embeddings.

/** Item embeddings [B, T, d] → states [B, T, d]. */
function encode(config: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs): Sym {
  const states = gru(parameters, 'gru', dropout.apply('embedding', rows), keep, config) // [B, T, hidden]
  const { hidden, width } = config
  return linear(parameters, 'output', states, [hidden, width], normal(1 / Math.sqrt(hidden)))
}

export const gru4rec = defineSequenceModel({
  name: 'gru4rec',
  summary: 'a gated recurrent unit over the history, mixed over all domains or one model a domain',
  paper: { title: 'Session-based Recommendations with Recurrent Neural Networks', year: 2016, venue: 'ICLR' },
  config,
  itemDeviation: 0.1,
  encoder: (config, parameters) => ({ encode: (inputs) => encode(config, parameters, inputs), graphs: eachLength }),
  train(model, config, context) {
    const catalogue = lossCatalogue(context, config.negatives)
    const step = sequenceStep(model, config, (states) =>
      rankingLoss(config.loss, states, model.table, catalogue, config),
    )
    return trainOnSequences(model, config, context, batchesOfFewLengths, step)
  },
})
