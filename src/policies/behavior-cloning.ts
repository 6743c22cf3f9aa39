import type { output } from 'zod'
import { z } from 'zod'
import {
  type Dataset,
  type Demonstrations,
  defineModel,
  type Model,
  type ModelContext,
  type Policy,
  type TrainContext,
  type TrainEvent,
  TributaryError,
} from '../core/index.ts'
import {
  createHead,
  createPolicyNetwork,
  demonstrationOptions,
  type Head,
  type HeadPolicyParts,
  headPolicy,
  playedTurns,
  policyOptions,
  startVectors,
  takeDemonstrations,
  takenActions,
  takeWindows,
} from '../families/acting/index.ts'
import { createRng, inBatches, type Rng, takeRows } from '../math/index.ts'
import { adam, crossEntropy, gradientStep, type TableRead, trainEpochs } from '../nn/index.ts'
import { actionSpace, demonstrationSegments, openWorldModel, rewardScale, trainingView } from '../rl/index.ts'
import { createPrograms, input, mean, multiply } from '../tensor/index.ts'

const config = z.object({
  ...policyOptions('its head'),
  ...demonstrationOptions('log'),
  weights: z
    .enum(['none', 'returns'])
    .default('none')
    .describe('what a step counts: all the same, or exp(its return / β) in deviations of the returns'),
  beta: z.number().positive().default(1).describe('β of weights=returns, in deviations of the returns'),
  bound: z
    .number()
    .min(1)
    .default(20)
    .describe('the most that a step counts with weights=returns, before their mean is 1'),
  vectorsOf: z
    .string()
    .default('')
    .meta({ reads: 'run' })
    .describe('the run of a world model whose item (and user) vectors it begins from; absent, it begins from noise'),
  heldOut: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.1)
    .describe('share of the episodes that choose the epoch by their likelihood; 0 keeps the last epoch'),
  batchSize: z.int().min(1).default(256).describe('steps in an update'),
})

type CloningConfig = output<typeof config>

interface Cloning extends Model, Policy, HeadPolicyParts {
  readonly actor: Head
  readonly reads: readonly TableRead[]
}

function create(config: CloningConfig, dataset: Dataset, { seed, threads, serving }: ModelContext): Cloning {
  const space = actionSpace(dataset, config.domain, config.learnsWith)
  const network = createPolicyNetwork(config, dataset, createRng(seed).split('behavior-cloning'))
  const { features, reads } = network.build()
  const actor = createHead(network, 'actor', features, space.items.length)
  const parts = { network, space, scale: rewardScale(dataset), programs: createPrograms({ threads, spin: !serving }) }
  return { ...headPolicy(actor.values, 'sampled', parts), ...parts, actor, reads }
}

/**
 * w = exp((G − mean G) / (β · deviation of G)), at most the bound, with mean 1: what steps count. [N]
 * @throws TributaryError `bad-config` where a return is unknown
 */
export function returnWeights(
  returns: Float32Array,
  { beta, bound }: Pick<CloningConfig, 'beta' | 'bound'>,
): Float32Array {
  if (returns.some(Number.isNaN))
    throw new TributaryError(
      'bad-config',
      'some demonstrations do not say what they paid, so they have no return; set weights to none',
    )
  const meanOf = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length
  const center = meanOf(returns)
  const deviation = Math.sqrt(meanOf(returns.map((value) => (value - center) ** 2))) || 1
  const weights = returns.map((value) => Math.min(bound, Math.exp((value - center) / (beta * deviation))))
  const level = meanOf(weights)
  return weights.map((weight) => weight / level)
}

/** Steps of whole episodes: those to learn from, and those that choose the epoch. */
function divided({ episodes }: Demonstrations, share: number, rng: Rng): { learned: Int32Array; held: Int32Array } {
  const order = rng.shuffle(Int32Array.from(new Set(episodes)))
  const kept = new Set(order.subarray(0, Math.min(order.length - 1, Math.round(share * order.length))))
  const places = Int32Array.from(episodes, (_, place) => place)
  const isHeld = (place: number) => kept.has(episodes[place])
  return { learned: places.filter((place) => !isHeld(place)), held: places.filter(isHeld) }
}

async function* train(model: Cloning, config: CloningConfig, context: TrainContext): AsyncGenerator<TrainEvent> {
  const { network, space, scale, programs, actor, reads } = model
  const rng = createRng(context.seed).split('behavior-cloning', 'train')
  const shown = await takeDemonstrations(config.demonstrations, space, context)
  const world = config.vectorsOf === '' ? undefined : await openWorldModel(config.vectorsOf, space, context)
  startVectors(network, shown.users, world)
  const starts = demonstrationSegments(shown)
  const turns = playedTurns({ ...shown, starts }, space, network, scale, {
    gamma: config.gamma,
    steps: Number.POSITIVE_INFINITY,
  })
  const { learned, held } = divided(shown, config.heldOut, rng.split('held out'))
  const counts = config.weights === 'none' ? turns.returns.map(() => 1) : returnWeights(turns.returns, config)
  const errors = crossEntropy(actor.values, actor.of(takenActions())) // −log π(a | s) [B]
  const loss = mean(multiply(errors, input('weights', ['B'])))
  const update = gradientStep({
    loss,
    parameters: network.parameters,
    reads,
    optimizer: adam({ learningRate: config.learningRate }),
    dense: true,
    programs,
  })
  const windowsAt = (places: Int32Array) => takeWindows(turns.windows, network.window, places)
  const answersAt = (places: Int32Array) => ({
    actions: { shape: [places.length], data: takeRows(turns.actions, 1, places) },
    weights: { shape: [places.length], data: takeRows(counts, 1, places) },
  })
  const judging = await programs.compile({ loss }, 'judging')
  yield* trainEpochs<Int32Array>(
    {
      epochs: config.epochs,
      patience: 0,
      ...(held.length > 0 && { metric: 'likelihood' }),
      weights: model.weights(),
      state: update.state,
      batches: (epoch) => inBatches(rng.split('epoch', epoch).shuffle(learned.slice()), config.batchSize),
      async step(batch) {
        const { loss } = await update.run({ ...network.feedsOf(windowsAt(batch)), ...answersAt(batch) })
        return { loss }
      },
      size: (batch) => batch.length,
      async validate() {
        if (held.length === 0) return {}
        const out = await network.run(judging, windowsAt(held), answersAt(held))
        return { likelihood: -out.loss.data[0] }
      },
    },
    context,
  )
}

/** Imitates what was recommended, whatever came of it, or the more the better it paid. */
export const behaviorCloning = defineModel({
  name: 'behavior-cloning',
  task: 'policy',
  summary: 'imitates demonstrations or the log, all steps alike or the more the more their episodes paid',
  paper: { title: 'ALVINN: An Autonomous Land Vehicle in a Neural Network', year: 1989, venue: 'NIPS' },
  unlearned: 'it imitates demonstrations, which may be of other items and users than the log',
  config,
  create: (config, dataset, split, context) => create(config, trainingView(dataset, split), context),
  train,
})
