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
import { causalMask, gru, type Parameters, xavierUniform } from '../../nn/index.ts'
import { add, concat, equal, input, matmul, multiply, reshape, type Sym, sigmoid, sum } from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of embeddings'),
  hidden: z.int().min(1).default(100).describe('h, width of the recurrent state and of the attention'),
  layers: z.int().min(1).default(1).describe('recurrent layers'),
  dropout: z.number().min(0).max(0.99).default(0.3).describe('dropout of the input embeddings and of c'),
  ...sequenceOptions(),
  ...objectiveOptions({ loss: 'softmax' }),
  ...trainingOptions({ learningRate: 0.003 }),
})

type Config = z.output<typeof config>

// Weights: `items` [V, d]; per layer `gru{i}/{input,state}/{weight,bias}`; `attention/query` A1 and `attention/key` A2 [h, h],
// `attention/vector` v [h]; `decoder` B [2h, d].

/** Item embeddings [B, T, d] → states [B, T, d]: at every position what the paper computes for the history up to there. */
function encode(config: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs): Sym {
  const { width, hidden } = config
  const [B, T] = keep.shape as [string, number]
  const matrix = (name: string, inputs: number, outputs: number) =>
    parameters.declare(name, [inputs, outputs], xavierUniform(inputs, outputs))
  const h = gru(parameters, 'gru', dropout.apply('embedding', rows), keep, config) // [B, T, h]
  const query = reshape(matmul(h, matrix('attention/query', hidden, hidden)), [B, T, 1, hidden]) // A1 h_t
  const key = reshape(matmul(h, matrix('attention/key', hidden, hidden)), [B, 1, T, hidden]) // A2 h_j
  const vector = parameters.declare('attention/vector', [hidden], xavierUniform(hidden, 1))
  const energy = sum(multiply(sigmoid(add(query, key)), vector), 3) // Eq. 8, [B, T, T]
  // No softmax, as in the paper. Padding needs no mask: its state is zero.
  const alpha = multiply(energy, equal(input('causal', [T, T]), 0))
  const local = matmul(alpha, h) // Eq. 7
  const c = dropout.apply('representation', concat([h, local], 2)) // Eq. 9, [B, T, 2h]
  return matmul(c, matrix('decoder', 2 * hidden, width)) // Eq. 10: score = c B · item
}

export const narm = defineSequenceModel({
  name: 'narm',
  summary: 'a recurrent unit whose last state attends to all states before it, over mixed or single-domain histories',
  paper: { title: 'Neural Attentive Session-based Recommendation', year: 2017, venue: 'CIKM' },
  config,
  itemDeviation: 0.1,
  encoder: (config, parameters) => ({
    encode: (inputs) => encode(config, parameters, inputs),
    feeds: ({ length }) => ({ causal: { shape: [length, length], data: causalMask(length) } }),
    graphs: eachLength,
  }),
  train(model, config, context) {
    const catalogue = lossCatalogue(context, config.negatives)
    const step = sequenceStep(model, config, (states) =>
      rankingLoss(config.loss, states, model.table, catalogue, config),
    )
    return trainOnSequences(model, config, context, batchesOfFewLengths, step)
  },
})
