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
import { causalMask, type Parameters, paddedCausalMask, positionRows, transformer } from '../../nn/index.ts'
import { add, input, multiply, type Sym } from '../../tensor/index.ts'

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    layers: z.int().min(1).default(2).describe('Transformer blocks'),
    heads: z.int().min(1).default(2).describe('attention heads; must divide the width'),
    inner: z.int().min(1).default(64).describe('width inside the feed-forward network; the paper has it equal to d'),
    activation: z.enum(['relu', 'gelu']).default('relu').describe('activation of the feed-forward network'),
    dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of embeddings, attention and blocks'),
    ...sequenceOptions(),
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())

type Config = z.output<typeof config>

// Weights: `items` [V, d]; `positions` [maxLength, d], counted from the right end; those of the Transformer.

/** Item embeddings [B, T, d] → states [B, T, d]. */
function encode(config: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs): Sym {
  const { width, maxLength } = config
  const T = keep.shape[1]
  const positions = positionRows(parameters, 'positions', T, [maxLength, width]) // [T, d]
  // Padding needs no zeroing: it is at the left, no real position attends to it, and it has no target.
  const x = dropout.apply('embedding', add(multiply(rows, Math.sqrt(width)), positions)) // Eq. 1
  const mask = paddedCausalMask(keep, input('causal', [T, T])) // a state must not see what comes after it (§3.2)
  return transformer(parameters, '', x, mask, { ...config, dropout }) // Eq. 2–6, pre-norm
}

export const sasrec = defineSequenceModel({
  name: 'sasrec',
  summary: 'causal self-attention over the history, mixed over all domains or one model a domain',
  paper: { title: 'Self-Attentive Sequential Recommendation', year: 2018, venue: 'ICDM' },
  config,
  itemDeviation: 0.02,
  encoder: (config, parameters) => ({
    encode: (inputs) => encode(config, parameters, inputs),
    feeds: ({ length }) => ({ causal: { shape: [length, length], data: causalMask(length) } }),
  }),
  train(model, config, context) {
    const catalogue = lossCatalogue(context, config.negatives)
    // The paper's loss is bce.
    const step = sequenceStep(model, config, (states) =>
      rankingLoss(config.loss, states, model.table, catalogue, config),
    )
    return trainOnSequences(model, config, context, sequenceBatches, step)
  },
})
