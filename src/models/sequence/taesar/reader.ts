import type { Dataset, ModelContext } from '../../../core/index.ts'
import { createSequenceModel, type EncoderInputs, type SequenceModel } from '../../../families/sequence/index.ts'
import { causalMask, type Parameters, paddedCausalMask, positionRows, transformer } from '../../../nn/index.ts'
import { add, input, multiply, type Sym } from '../../../tensor/index.ts'
import type { Config } from './index.ts'

/** Item embeddings [B, T, d] → states [B, T, d], as in sasrec. */
function encode(config: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs): Sym {
  const { width, maxLength } = config
  const T = keep.shape[1]
  const positions = positionRows(parameters, 'positions', T, [maxLength, width]) // [T, d]
  const x = dropout.apply('embedding', add(multiply(rows, Math.sqrt(width)), positions))
  const mask = paddedCausalMask(keep, input('causal', [T, T]))
  return transformer(parameters, '', x, mask, { ...config, activation: 'relu', dropout })
}

/** Reads the events of all domains, or of one. Weights: `items` [V, d]; `positions` [maxLength, d]; those of the Transformer. */
export function createReader(config: Config, dataset: Dataset, context: ModelContext): SequenceModel {
  const named = { name: 'taesar', itemDeviation: 0.02 }
  return createSequenceModel(named, { ...config, ask: 'last' }, dataset, context, (parameters) => ({
    encode: (inputs) => encode(config, parameters, inputs),
    feeds: ({ length }) => ({ causal: { shape: [length, length], data: causalMask(length) } }),
  }))
}
