import type { NamedTensors } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import { adam, binaryCrossEntropy, createParameters, gradientStep, type Parameters } from '../../nn/index.ts'
import type { Programs, Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'
import { dense } from './critic.ts'
import type { IlRecConfig } from './options.ts'

/** D(s, a): the chance that a pair is the policy's (1) and not a demonstration's (0), which is not the sign of GAIL. */
export interface Discriminator {
  /** Of features [N × F]. [N] */
  chances(features: Float32Array): Promise<Float32Array>
  /** One step on features of demonstrations and of the policy; returns the loss. */
  learn(demonstrated: Float32Array, own: Float32Array): Promise<number>
  readonly state: NamedTensors
}

export type DiscriminatorConfig = Pick<
  IlRecConfig,
  'discriminatorHidden' | 'discriminatorLearningRate' | 'labelSmoothing'
>

/** @param width F, of features */
export function createDiscriminator(
  config: DiscriminatorConfig,
  width: number,
  rng: Rng,
  programs: Programs,
): Discriminator {
  const { discriminatorHidden: hidden, labelSmoothing } = config
  const parameters = createParameters(rng)
  const { logits, loss } = discriminatorLoss(parameters, width, hidden)
  const step = gradientStep({
    loss,
    parameters,
    optimizer: adam({ learningRate: config.discriminatorLearningRate }),
    programs,
  })
  const scoring = { chances: t.sigmoid(logits) }
  const pairs = (data: Float32Array) => ({ shape: [data.length / width, width], data })
  return {
    async chances(features) {
      const program = await programs.compile(scoring, 'discriminator')
      const { chances } = await t.runWith(program, {
        ...Object.fromEntries(parameters.tensors),
        pairs: pairs(features),
      })
      return chances.data as Float32Array
    },
    async learn(demonstrated, own) {
      const both = new Float32Array(demonstrated.length + own.length)
      both.set(demonstrated)
      both.set(own, demonstrated.length)
      const isOwn = new Float32Array(both.length / width).fill(labelSmoothing, demonstrated.length / width)
      const result = await step.run({ pairs: pairs(both), isOwn: { shape: [isOwn.length], data: isOwn } })
      return result.loss
    },
    state: new Map([...parameters.tensors, ...step.state]),
  }
}

/** Cross-entropy of D(s, a) = σ(logits) of `pairs` [N, F], who are the policy's as `isOwn` [N] says. */
export function discriminatorLoss(parameters: Parameters, width: number, hidden: number): { logits: Sym; loss: Sym } {
  const inside = t.relu(dense(parameters, 'discriminator/inner', t.input('pairs', ['N', width]), width, hidden))
  const logits = t.reshape(dense(parameters, 'discriminator/outer', inside, hidden, 1), ['N'])
  return { logits, loss: t.mean(binaryCrossEntropy(logits, t.input('isOwn', ['N']))) }
}
