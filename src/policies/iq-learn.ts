import type { output } from 'zod'
import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  type Model,
  type ModelContext,
  type Policy,
  type TrainContext,
  type TrainEvent,
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
  type Windows,
} from '../families/acting/index.ts'
import { createRng, inBatches, takeRows } from '../math/index.ts'
import { adam, gradientStep, type TableRead, trainEpochs } from '../nn/index.ts'
import { actionSpace, demonstrationSegments, rewardScale, trainingView } from '../rl/index.ts'
import {
  add,
  createPrograms,
  gather,
  input,
  logSumExp,
  mean,
  multiply,
  type Sym,
  square,
  subtract,
} from '../tensor/index.ts'

const config = z.object({
  ...policyOptions('its values'),
  ...demonstrationOptions('log'),
  temperature: z
    .number()
    .positive()
    .default(1)
    .describe('τ, how far values must differ for an item to be surely taken'),
  alpha: z
    .number()
    .positive()
    .default(0.5)
    .describe('α, the less the nearer the rewards that explain what was shown are kept to 0'),
  batchSize: z.int().min(1).default(256).describe('steps in an update'),
})

type IqConfig = output<typeof config>

interface IqLearner extends Model, Policy, HeadPolicyParts {
  readonly values: Head
  readonly reads: readonly TableRead[]
}

function create(config: IqConfig, dataset: Dataset, { seed, threads, serving }: ModelContext): IqLearner {
  const space = actionSpace(dataset, config.domain, config.learnsWith)
  const network = createPolicyNetwork(config, dataset, createRng(seed).split('iq-learn'))
  const { features, reads } = network.build()
  const values = createHead(network, 'q', features, space.items.length)
  const parts = { network, space, scale: rewardScale(dataset), programs: createPrograms({ threads, spin: !serving }) }
  // π(a | s) = softmax(Q(s, ·) / τ)
  return { ...headPolicy(multiply(values.values, 1 / config.temperature), 'sampled', parts), ...parts, values, reads }
}

/**
 * −J of inverse soft Q-learning by demonstrations alone (Eq. 10 with the χ² divergence): with r = Q(s, a) − γ V(s′) and V = τ log Σ exp(Q / τ),
 * the mean of −(r − r² / (4α)) + V(s) − γ V(s′).
 * @param taken Q(s, a) [N]
 * @param soft V(s) [N]
 * @param next γ V(s′), 0 at the end of an episode [N]
 */
export function inverseSoftLoss(taken: Sym, soft: Sym, next: Sym, alpha: number): Sym {
  const reward = subtract(taken, next) // r [N]
  const penalized = subtract(multiply(square(reward), 1 / (4 * alpha)), reward) // −φ(r) [N]
  return mean(add(penalized, subtract(soft, next)))
}

async function* train(model: IqLearner, config: IqConfig, context: TrainContext): AsyncGenerator<TrainEvent> {
  const { network, space, scale, programs, values, reads } = model
  const { temperature, alpha, gamma, batchSize } = config
  const rng = createRng(context.seed).split('iq-learn', 'train')
  const shown = await takeDemonstrations(config.demonstrations, space, context)
  startVectors(network, shown.users, undefined)
  const episodes = { ...shown, starts: demonstrationSegments(shown) }
  const turns = playedTurns(episodes, space, network, scale, { gamma, steps: 1 })
  // States before and after stand in one batch, rows 0 … N − 1 and N … 2N − 1.
  const [before, after] = [input('before', ['N'], 'int32'), input('after', ['N'], 'int32')]
  const soft = multiply(logSumExp(multiply(values.values, 1 / temperature)), temperature) // V [2N]
  const next = multiply(gather(soft, after), input('discounts', ['N'])) // γ V(s′) [N]
  const taken = gather(values.of(takenActions()), before) // Q(s, a) [N]
  const update = gradientStep({
    loss: inverseSoftLoss(taken, gather(soft, before), next, alpha),
    parameters: network.parameters,
    reads,
    optimizer: adam({ learningRate: config.learningRate }),
    dense: true,
    programs,
  })
  yield* trainEpochs<Int32Array>(
    {
      epochs: config.epochs,
      patience: 0,
      weights: model.weights(),
      state: update.state,
      batches: (epoch) =>
        inBatches(rng.split('epoch', epoch).shuffle(Int32Array.from({ length: turns.size }, (_, i) => i)), batchSize),
      async step(places) {
        const N = places.length
        const actions = new Int32Array(2 * N)
        actions.set(takeRows(turns.actions, 1, places))
        const numbers = (from: number) => ({ shape: [N], data: Int32Array.from({ length: N }, (_, i) => from + i) })
        const { loss } = await update.run({
          ...network.feedsOf(oneBehindTheOther(turns.windows, turns.next, network.window, places)),
          actions: { shape: [2 * N], data: actions },
          before: numbers(0),
          after: numbers(N),
          discounts: { shape: [N], data: takeRows(turns.discounts, 1, places) },
        })
        return { loss }
      },
      size: (places) => places.length,
      validate: async () => ({}),
    },
    context,
  )
}

/** Windows of `first` at the places, and behind them those of `second`. */
function oneBehindTheOther(first: Windows, second: Windows, window: number, places: Int32Array): Windows {
  const [one, other] = [takeWindows(first, window, places), takeWindows(second, window, places)]
  const both = {
    size: one.size + other.size,
    items: new Int32Array(2 * one.items.length),
    rewards: new Float32Array(2 * one.rewards.length),
    users: new Int32Array(2 * one.users.length),
  }
  for (const part of ['items', 'rewards', 'users'] as const) {
    both[part].set(one[part])
    both[part].set(other[part], one[part].length)
  }
  return both
}

export const iqLearn = defineModel({
  name: 'iq-learn',
  task: 'policy',
  summary: 'finds the values under which what was demonstrated is best in the long run, and acts by them',
  paper: { title: 'IQ-Learn: Inverse soft-Q Learning for Imitation', year: 2021, venue: 'NeurIPS' },
  unlearned: 'it imitates demonstrations, which may be of other items and users than the log',
  config,
  create: (config, dataset, split, context) => create(config, trainingView(dataset, split), context),
  train,
})
