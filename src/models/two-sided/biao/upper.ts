import { z } from 'zod'
import type { Tensor } from '../../../core/index.ts'
import {
  behaviorBatches,
  behaviorLosses,
  drawPartner,
  type LabelConfig,
  type LabelModel,
  type LocalIds,
  trainingLoss,
} from '../../../families/two-sided/index.ts'
import type { Rng } from '../../../math/index.ts'
import {
  adam,
  checkConvergence,
  createParameters,
  gradientStep,
  hypergradient,
  type Parameters,
  partitioned,
  sgd,
} from '../../../nn/index.ts'
import { mean, multiply } from '../../../tensor/index.ts'
import { behaviorWeights, importance, type PerceptronConfig, SCALE } from './perceptron.ts'

/** Options of the upper optimization. */
export const upperOptions = {
  interval: z.int().min(1).default(100).describe('lower steps from one upper step to the next'),
  warmUp: z
    .int()
    .min(0)
    .default(0)
    .describe(
      'lower steps before the first upper step, for a fast perceptron: the first hypergradients may mislead it',
    ),
  terms: z.int().min(0).default(3).describe('K, terms of the Neumann series after the first'),
  alpha: z
    .number()
    .positive()
    .default(0.01)
    .describe('α, the step of the Neumann series; it converges below 2 / ‖Hessian‖'),
  upperOptimizer: z
    .enum(['adam', 'sgd'])
    .default('adam')
    .describe(
      'of the perceptron; a hypergradient is as small as the Neumann series is short, which Adam does not mind',
    ),
  upperLearningRate: z.number().positive().default(0.01).describe('of the perceptron'),
  upperWeightDecay: z.number().min(0).default(0).describe('L2 penalty on the perceptron, its scale γ excepted'),
  clip: z.number().positive().default(10).describe('the most that the norm of a hypergradient may be'),
  devBatchSize: z.int().min(1).default(256).describe('target behaviors in the upper loss'),
  dev: z
    .enum(['train', 'valid'])
    .default('train')
    .describe('the target rows of the upper loss: those that are trained on, or the validation rows'),
  devShare: z
    .number()
    .min(0)
    .max(0.5)
    .default(0)
    .describe(
      'with dev=train, the share of the target training rows held out for it; 0 reorders and reuses all of them',
    ),
  spareHead: z
    .int()
    .min(0)
    .default(0)
    .describe(
      "steps of Adam by which a spare copy of the base's last maps is fitted to dev batches before each upper step, whose loss then goes through it; 0 has none",
    ),
  hessian: z
    .enum(['body', 'all'])
    .default('body')
    .describe('which lower weights the implicit gradient goes through: all but the heads, or all'),
}
export type UpperConfig = z.output<z.ZodObject<typeof upperOptions>> & PerceptronConfig

export interface UpperStep {
  readonly state: ReadonlyMap<string, Tensor>
  /** Changes the perceptron so that what the weighted training leads to does better on the target rows `dev`. */
  step(dev: Int32Array, rng: Rng): Promise<Readonly<Record<string, number>>>
}

/** B_t and B'_t: the target rows of the lower loss and of the upper one. */
export interface UpperRows {
  readonly lowerRows: Int32Array
  readonly devRows: Int32Array
}

/** The upper optimization (Algorithm 1, lines 13–25) over the weights of a model and of its perceptron. */
export function upperStep(
  model: LabelModel,
  perceptron: Parameters,
  { lowerRows, devRows }: UpperRows,
  config: Omit<LabelConfig, 'source'> & UpperConfig,
  rng: Rng,
): UpperStep {
  const train = model.graph({ prefix: 'train/', axes: ['N', 'M'] })
  const spare = createParameters(rng)
  const dev = model.graph({
    prefix: 'dev/',
    axes: ['P', 'Q'],
    ...(config.spareHead > 0 && { spare: { of: train.network.heads, parameters: spare } }),
  })
  const importances = importance(perceptron, train, config)
  const weights = multiply(config.sourceWeight, behaviorWeights(perceptron, importances, train.real))
  const lower = new Map(model.shared.parameters.symbols)
  if (config.hessian === 'body') for (const head of train.network.heads) lower.delete(head)
  const [learningRate, weightDecay] = [config.upperLearningRate, config.upperWeightDecay]
  const optimizer = { adam, sgd }[config.upperOptimizer]
  const devLoss = mean(behaviorLosses(dev).target)
  const { gradients, norms } = hypergradient({
    train: trainingLoss(train, weights).loss,
    dev: devLoss,
    theta: [...model.shared.reads().map(({ rows }) => rows), ...lower.values()],
    phi: [...perceptron.symbols.values()],
    terms: config.terms,
    alpha: config.alpha,
  })
  const update = gradientStep({
    loss: devLoss,
    parameters: perceptron,
    gradients,
    clip: config.clip,
    // The scale γ is not decayed.
    optimizer: partitioned(
      { inner: optimizer({ learningRate, weightDecay }), scale: optimizer({ learningRate }) },
      (name) => (name === SCALE ? 'scale' : 'inner'),
    ),
    outputs: { norms },
    check: (out) => checkConvergence(out.norms.data as Float32Array, config.alpha),
    programs: model.programs,
  })
  // φ is not to serve the head that the lower weights have now: the spare one is fitted to what they give it.
  const refit = gradientStep({
    loss: devLoss,
    parameters: spare,
    optimizer: adam({ learningRate: config.learningRate }),
    programs: model.programs,
  })
  const paired = (target: Int32Array, rng: Rng) =>
    target.map((row) => drawPartner(model.sides, row, config.pairing === 'before', rng))
  const under = (prefix: string, tensors: ReadonlyMap<string, Tensor>) =>
    [...tensors].map(([name, tensor]) => [`${prefix}/${name}`, tensor] as const)
  const devFeeds = (rows: Int32Array, ids: LocalIds, rng: Rng) =>
    dev.feeds(model.batch(rows, paired(rows, rng.split('dev'))), ids, rng.split('dev dropout'))
  return {
    state: new Map([
      ...under('upper', update.state),
      ...(config.spareHead > 0 ? [...spare.tensors, ...under('refit', refit.state)] : []),
    ]),
    async step(rows, rng) {
      for (let i = 0; i < config.spareHead; i++) {
        const own = rng.split('spare', i)
        const drawn = rows.map(() => devRows[own.below(devRows.length)])
        await refit.run(model.feeds((ids) => devFeeds(drawn, ids, own)))
      }
      const [batch] = behaviorBatches(model.sides, config, rng.split('train'), lowerRows)
      const { target, source } = batch
      const feeds = model.feeds((ids) => ({
        ...train.feeds(model.batch(target, source), ids, rng.split('train dropout')),
        ...devFeeds(rows, ids, rng),
        ...Object.fromEntries(spare.tensors),
      }))
      const { loss, norm, out } = await update.run(feeds)
      const series = out.norms.data as Float32Array
      return { dev: loss, hypergradient: norm, growth: series.at(-1)! / series[0] }
    },
  }
}
