import { z } from 'zod'
import { sequenceBatches } from '../../data/index.ts'
import { lossCatalogue, objectiveOptions, rankingLoss, trainingOptions } from '../../families/ranking/index.ts'
import {
  defineSequenceModel,
  type EncoderInputs,
  sequenceOptions,
  sequenceStep,
  trainOnSequences,
} from '../../families/sequence/index.ts'
import { causalMask, linear, type Parameters, paddedCausalMask, xavierUniform, zeros } from '../../nn/index.ts'
import {
  add,
  type Dim,
  equal,
  input,
  matmul,
  multiply,
  reshape,
  type Sym,
  sigmoid,
  softmax,
  sum,
  tanh,
} from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of embeddings, of the attention and of states'),
  dropout: z.number().min(0).max(0.99).default(0.3).describe('dropout of the input embeddings'),
  ...sequenceOptions(),
  ...objectiveOptions({ loss: 'softmax' }),
  ...trainingOptions({ learningRate: 0.003 }),
})

type Config = z.output<typeof config>

// Weights: `items` [V, d]; `attention/{item,last,mean}` W1, W2, W3 [d, d], `attention/bias` b_a [d], `attention/vector` W0 [d];
// `general/{weight,bias}` and `current/{weight,bias}`, the two perceptrons.

/** Item embeddings [B, T, d] → states [B, T, d]: at every position what the paper computes for the history up to there. */
function encode({ width }: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs): Sym {
  const [B, T] = keep.shape as [Dim, Dim]
  const square = xavierUniform(width, width)
  const matrix = (name: string) => parameters.declare(`attention/${name}`, [width, width], square)
  const x = dropout.apply('embedding', rows) // [B, T, d]; the last item of the history up to t is x_t itself
  const causal = input('causal', [T, T])
  const past = softmax(reshape(paddedCausalMask(keep, causal), [B, T, T])) // 1 / length at what is not after t
  const mean = matmul(past, x) // m_s

  const bias = parameters.declare('attention/bias', [width], zeros)
  const query = add(add(matmul(x, matrix('last')), matmul(mean, matrix('mean'))), bias)
  const key = matmul(x, matrix('item'))
  const hidden = sigmoid(add(reshape(query, [B, T, 1, width]), reshape(key, [B, 1, T, width]))) // [B, T, T, d]
  const vector = parameters.declare('attention/vector', [width], xavierUniform(width, 1))
  const energy = sum(multiply(hidden, vector), 3) // Eq. 7, [B, T, T]
  // No softmax, as in the paper. Padding needs no mask: its row is zero.
  const alpha = multiply(energy, equal(causal, 0))
  const attended = add(matmul(alpha, x), mean) // m_a, Eq. 8

  const general = tanh(linear(parameters, 'general', attended, [width, width], square)) // h_s, Eq. 3
  const current = tanh(linear(parameters, 'current', x, [width, width], square)) // h_t
  return multiply(general, current) // score = Σ_k h_s[k] h_t[k] item[k]
}

export const stamp = defineSequenceModel({
  name: 'stamp',
  summary:
    'attention from the last item and the mean of the history, which the last item gates; mixed or single-domain',
  paper: {
    title: 'STAMP: Short-Term Attention/Memory Priority Model for Session-based Recommendation',
    year: 2018,
    venue: 'KDD',
  },
  config,
  itemDeviation: 0.1,
  encoder: (config, parameters) => ({
    encode: (inputs) => encode(config, parameters, inputs),
    feeds: ({ length }) => ({ causal: { shape: [length, length], data: causalMask(length) } }),
  }),
  train(model, config, context) {
    const catalogue = lossCatalogue(context, config.negatives)
    const step = sequenceStep(model, config, (states) =>
      rankingLoss(config.loss, states, model.table, catalogue, config),
    )
    return trainOnSequences(model, config, context, sequenceBatches, step)
  },
})
