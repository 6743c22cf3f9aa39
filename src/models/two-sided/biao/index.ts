import { type output, z } from 'zod'
import {
  type Dataset,
  defineModel,
  LEAST_SPREAD,
  type ModelContext,
  type ModelSpec,
  type NamedTensors,
  type Split,
  type TrainContext,
  TributaryError,
  type Trust,
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
import { createRng, type Rng, spreadOf } from '../../../math/index.ts'
import { createParameters, loadWeights, type Parameters } from '../../../nn/index.ts'
import { multiply, sum } from '../../../tensor/index.ts'
import { baseOptions, resolveBase, sharedOptions } from './bases.ts'
import { behaviorWeights, importance, perceptronOptions } from './perceptron.ts'
import { behaviorTrust } from './trust.ts'
import { type UpperConfig, type UpperRows, upperOptions, upperStep } from './upper.ts'

export interface Biao extends LabelModel {
  /** The base model, whose graphs the perceptron reads. */
  readonly baseModel: LabelModel
  readonly perceptron: Parameters
  /** What it trusts of about as many source behaviors as asked for. */
  trustIn(most: number): Promise<Trust>
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
    const { name } = base
    const baseModel = createLabelModel(
      { name, network: (build) => base.network(own, build), config: own, dataset, split },
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
      trustIn: trust,
      can: { trust: () => trust() },
      load: (loaded) => loadWeights(weights(), loaded),
    }
  }

  async function* train(model: Biao, config: Config, context: TrainContext) {
    const { config: own } = resolveBase(bases, config)
    const options = { ...config, ...own }
    // The base's name labels the streams: with the same seed it sees the same batches as without weights.
    const { step, targetRows } = biaoTraining(model, options, context.seed)
    for await (const event of trainOnBehaviors(model, options, context, step, targetRows))
      yield event.type === 'done' ? { ...event, ...(await doubts(model, config.base as string)) } : event
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

/** Source behaviors by which it is judged whether weights are at work: all of a large log cost more than an epoch. */
const JUDGED = 4096

/** Whether the weights of source behaviors, as they are kept, are unequal enough to be more than none. */
async function doubts({ sides, trustIn }: Biao, base: string): Promise<{ readonly cautions?: readonly string[] }> {
  if (sides.rows.source.length < 2) return {}
  const { signals } = await trustIn(JUDGED)
  const { sd } = spreadOf(signals[0].values)
  if (!(sd < LEAST_SPREAD)) return {}
  return {
    cautions: [
      `BIAO was not at work: the weights of source behaviors have a standard deviation of ${sd.toPrecision(2)} around their mean of 1, where less than ${LEAST_SPREAD} is as good as none, so this is ${base} trained on all of them alike; a higher upperLearningRate or a shorter interval lets them differ`,
    ],
  }
}

/** Lower steps by weighted source losses, and an upper step after every `interval` of them. */
function biaoTraining(model: Biao, config: Options, seed: number) {
  const { baseModel, perceptron } = model
  const rng = createRng(seed).split('biao')
  const rows = upperRowsOf(baseModel, config, rng)
  const { lowerRows, devRows } = rows
  const graph = baseModel.graph()
  const weights = behaviorWeights(perceptron, importance(perceptron, graph, config), graph.real)
  const { loss, terms } = trainingLoss(graph, multiply(config.sourceWeight, weights))
  const lower = lowerStep(baseModel, graph, loss, config, { ...terms, scale: sum(weights), weights })
  const upper = upperStep(baseModel, perceptron, rows, config, rng.split('spare'))
  const steps = Math.ceil(lowerRows.length / config.batchSize)
  const step: LabelStep = {
    state: new Map([...lower.state, ...upper.state]),
    async run({ target, source }, epoch, n, stepRng) {
      const feeds = baseModel.feeds((ids) => ({
        ...graph.feeds(baseModel.batch(target, source), ids, stepRng),
        ...Object.fromEntries(perceptron.tensors),
      }))
      const { loss, out } = await lower.run(feeds)
      const weighed = (out.weights.data as Float32Array).filter((_, j) => source[j] >= 0)
      const losses = { loss, ...scalars(out, [...Object.keys(terms), 'scale']), ...unevenness(weighed) }
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

/** How unequal the weights of a step are; nothing where there are too few to differ. */
function unevenness(weights: Float32Array): Record<string, number> {
  const spread = Object.entries(spreadOf(weights)).map(([name, value]) => [`weights/${name}`, value] as const)
  return weights.length < 2 || spread.some(([, value]) => Number.isNaN(value)) ? {} : Object.fromEntries(spread)
}

/** The same rows, or a share of them held out, or the validation rows, which no lower weight is fitted to. */
function upperRowsOf({ sides }: LabelModel, { dev, devShare }: Options, rng: Rng): UpperRows {
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
