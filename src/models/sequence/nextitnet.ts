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
import { layerNorm, linear, type Parameters, xavierUniform } from '../../nn/index.ts'
import { add, concat, type Dim, multiply, pad, relu, reshape, type Sym, slice } from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of embeddings and of every layer'),
  kernel: z.int().min(1).default(3).describe('positions that a convolution looks at'),
  dilations: z
    .array(z.int().min(1))
    .min(1)
    .default([1, 4])
    .describe('distance of those positions in the first convolution of each residual block; twice that in its second'),
  dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of the input embeddings and of blocks'),
  ...sequenceOptions(),
  ...objectiveOptions({ loss: 'softmax' }),
  ...trainingOptions({ learningRate: 0.003 }),
})

type Config = z.output<typeof config>

// Weights: `items` [V, d]; per block and convolution `block{i}/convolution{1,2}/{weight,bias}` [kernel · d, d] and [d], the
// oldest position first; `block{i}/norm{1,2}/{gain,bias}`.

/** Item embeddings [B, T, d] → states [B, T, d]. */
function encode(config: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs): Sym {
  const [B, T, width] = rows.shape as [Dim, Dim, number]
  const mask = reshape(keep, [B, T, 1])
  let x = dropout.apply('embedding', rows)
  for (const [i, dilation] of config.dilations.entries()) {
    let h = x
    for (const layer of [1, 2]) {
      // Norms and biases fill the padding, which must be zero to the next convolution, as what lies before a history is.
      const convolved = convolution(parameters, `block${i}/convolution${layer}`, multiply(h, mask), {
        kernel: config.kernel,
        dilation: layer * dilation,
      })
      h = relu(layerNorm(parameters, `block${i}/norm${layer}`, convolved, width))
    }
    x = add(x, dropout.apply(`block${i}/output`, h))
  }
  return x
}

/**
 * A causal convolution over time: position t reads t, t − dilation, t − 2 · dilation, …, and zeros before the beginning.
 * @param x [B, T, d], zero at padding
 * @returns [B, T, d]
 */
function convolution(
  parameters: Parameters,
  name: string,
  x: Sym,
  { kernel, dilation }: { readonly kernel: number; readonly dilation: number },
): Sym {
  const [, T, width] = x.shape as [Dim, Dim, number]
  const taps = Array.from({ length: kernel }, (_, k) => {
    const delay = (kernel - 1 - k) * dilation
    return delay === 0 ? x : slice(pad(x, 1, delay, 0), 1, 0, T)
  })
  const size = kernel * width
  return linear(parameters, name, concat(taps, 2), [size, width], xavierUniform(size, width)) // one product for all taps
}

export const nextitnet = defineSequenceModel({
  name: 'nextitnet',
  summary: 'causal dilated convolutions over the history, mixed over all domains or one model a domain',
  paper: {
    title: 'A Simple Convolutional Generative Network for Next Item Recommendation',
    year: 2019,
    venue: 'WSDM',
  },
  config,
  itemDeviation: 0.1,
  encoder: (config, parameters) => ({ encode: (inputs) => encode(config, parameters, inputs) }),
  train(model, config, context) {
    const catalogue = lossCatalogue(context, config.negatives)
    const step = sequenceStep(model, config, (states) =>
      rankingLoss(config.loss, states, model.table, catalogue, config),
    )
    return trainOnSequences(model, config, context, sequenceBatches, step)
  },
})
