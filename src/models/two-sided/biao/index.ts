import { type output, z } from 'zod'
import {
  type Dataset,
  defineModel,
  type ModelContext,
  type ModelSpec,
  type NamedTensors,
  type Split,
  type TrainContext,
  TributaryError,
} from '../../../core/index.ts'
import {
  createLabelModel,
  type LabelConfig,
  type LabelModel,
  type LabelModelSpec,
  type LabelStep,
  lowerStep,
  scalars,
  trainingLoss,
  trainOnBehaviors,
} from '../../../families/two-sided/index.ts'
import { createRng, type Rng } from '../../../math/index.ts'
import { createParameters, loadWeights, type Parameters } from '../../../nn/index.ts'
import { multiply, sum } from '../../../tensor/index.ts'
import { baseOptions, resolveBase, sharedOptions } from './bases.ts'
import { behaviorWeights, importance, perceptronOptions } from './perceptron.ts'
import { behaviorTrust } from './trust.ts'
import { type UpperConfig, upperOptions, upperStep } from './upper.ts'

export interface Biao extends LabelModel {
  /** The base model, whose graphs the perceptron reads. */
  readonly baseModel: LabelModel
  readonly perceptron: Parameters
}

/**
 * BIAO over any of the given base models (Chen et al., WWW 2023): a perceptron φ says how much each source behavior counts in
 * the training of θ, and is itself trained so that θ does best on the target. Serving is the base model's.
 */
export function biao(bases: readonly LabelModelSpec[]): ModelSpec<ReturnType<typeof optionsOver>, Biao> {
  const config = optionsOver(bases)
  type Config = output<typeof config>

  function create(config: Config, dataset: Dataset, split: Split, context: ModelContext): Biao {
    const { base, config: own } = resolveBase(bases, config)
    const { name, deviation } = base
    const baseModel = createLabelModel(
      { name, network: (build) => base.network(own, build), config: own, deviation, dataset, split },
      context,
    )
    const perceptron = createParameters(createRng(context.seed).split('biao'))
    // Declares the perceptron's weights.
    const graph = baseModel.graph()
    if (graph.network.source === undefined)
      throw new TributaryError('bad-config', `biao: the base ${name} has no loss of source behaviors to weigh`)
    behaviorWeights(perceptron, importance(perceptron, graph, config), graph.real)
    const weights = (): NamedTensors => new Map([...baseModel.weights(), ...perceptron.tensors])
    const trust = behaviorTrust(baseModel, perceptron, config)
    return {
      ...baseModel,
      baseModel,
      perceptron,
      weights,
      can: { trust },
      load: (loaded) => loadWeights(weights(), loaded),
    }
  }

  async function* train(model: Biao, config: Config, context: TrainContext) {
    const { config: own } = resolveBase(bases, config)
    const options = { ...config, ...own }
    // The base's name labels the streams: with the same seed it sees the same batches as without weights.
    const { step, targetRows } = biaoTraining(model, options, context.seed)
    yield* trainOnBehaviors(model, options, context, step, targetRows)
  }

  return defineModel({
    name: 'biao',
    task: 'ctr',
    unlearned: 'as its base model',
    summary: 'weighs each source behavior in the training of a cross-domain model, by bi-level optimization',
    paper: {
      title: 'Cross-domain Recommendation with Behavioral Importance Perception',
      year: 2023,
      venue: 'WWW',
    },
    config,
    trusts: 'behavior',
    create,
    train,
  })
}

type Options = LabelConfig & UpperConfig

/** Lower steps by weighted source losses, and an upper step after every `interval` of them. */
function biaoTraining(model: Biao, config: Options, seed: number) {
  const { baseModel, perceptron } = model
  const rng = createRng(seed).split('biao')
  const { lowerRows, devRows } = devRowsOf(baseModel, config, rng)
  const graph = baseModel.graph()
  const weights = behaviorWeights(perceptron, importance(perceptron, graph, config), graph.real)
  const { loss, terms } = trainingLoss(graph, multiply(config.sourceWeight, weights))
  const lower = lowerStep(baseModel, graph, loss, config, { ...terms, scale: sum(weights) })
  const upper = upperStep(baseModel, perceptron, lowerRows, config)
  const steps = Math.ceil(lowerRows.length / config.batchSize)
  const step: LabelStep = {
    state: new Map([...lower.state, ...upper.state]),
    async run({ target, source }, epoch, n, stepRng) {
      const feeds = baseModel.feeds((ids) => ({
        ...graph.feeds(baseModel.batch(target, source), ids, stepRng),
        ...Object.fromEntries(perceptron.tensors),
      }))
      const { loss, out } = await lower.run(feeds)
      const losses = { loss, ...scalars(out, [...Object.keys(terms), 'scale']) }
      const count = (epoch - 1) * steps + n
      if (count % config.interval !== 0 || count <= config.warmUp) return losses
      // The k-th upper step of the epoch takes the k-th batch of B'_t, which has an order of its own each epoch.
      const k = Math.floor(count / config.interval) - Math.floor(((epoch - 1) * steps) / config.interval) - 1
      const order = rng.split('dev', epoch).shuffle(devRows.slice())
      const size = Math.min(config.devBatchSize, order.length)
      const dev = Int32Array.from({ length: size }, (_, i) => order[(k * size + i) % order.length])
      return { ...losses, ...(await upper.step(dev, rng.split('upper', count))) }
    },
  }
  return { step, targetRows: lowerRows }
}

/** B_t and B'_t: the same rows, or a share of them held out, or the validation rows, which no lower weight is fitted to. */
function devRowsOf(
  { sides }: LabelModel,
  { dev, devShare }: Options,
  rng: Rng,
): { readonly lowerRows: Int32Array; readonly devRows: Int32Array } {
  const rows = sides.rows.target
  if (dev === 'valid') return { lowerRows: rows, devRows: sides.validationRows }
  if (devShare === 0) return { lowerRows: rows, devRows: rows }
  const held = Math.max(1, Math.round(devShare * rows.length))
  const order = rng.split('held out').shuffle(rows.slice())
  return { lowerRows: order.slice(held).sort(), devRows: order.slice(0, held).sort() }
}

function optionsOver(bases: readonly LabelModelSpec[]) {
  return z.object({ ...baseOptions(bases), ...perceptronOptions, ...upperOptions, ...sharedOptions })
}
