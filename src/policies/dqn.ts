import type { output } from 'zod'
import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  type Model,
  type ModelContext,
  type NamedTensors,
  type Policy,
  type Tensor,
  type TrainContext,
  type TrainEvent,
} from '../core/index.ts'
import {
  createHead,
  createPolicyNetwork,
  emptyWindows,
  type Head,
  type HeadPolicyParts,
  headPolicy,
  highestOf,
  policyOptions,
  startVectors,
  takenActions,
  takeWindows,
  type Windows,
} from '../families/acting/index.ts'
import { a2cOptions, type Collection, collect } from '../families/actor-critic/index.ts'
import { createRng, type Rng, takeRows } from '../math/index.ts'
import { adam, gradientStep, type TableRead, trainEpochs } from '../nn/index.ts'
import {
  actionSpace,
  believedEnvironment,
  openWorldModel,
  parseLeaveRule,
  payMatrix,
  qLearning,
  rangeScale,
  rewardScale,
  trainingView,
} from '../rl/index.ts'
import { createPrograms, input, type Sym } from '../tensor/index.ts'

const { worldModel, embeddings, stepsPerEpoch, episodes, leave, maxLength, rewardShift } = a2cOptions()

const config = z.object({
  worldModel,
  ...policyOptions('the values of items'),
  embeddings,
  double: z
    .boolean()
    .default(true)
    .describe('whether the learning network chooses the next item and the target network says what it is worth'),
  epsilon: z.number().min(0).max(1).default(0.05).describe('ε in the end, the probability of any item while it learns'),
  exploration: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('share of the training in which ε falls from 1, in equal steps'),
  replay: z.int().min(1).default(20_000).describe('turns that are kept to learn from'),
  turnsPerUpdate: z.int().min(1).default(20).describe('turns that are played for each update'),
  targetEvery: z.int().min(1).default(100).describe('updates after which the target network is copied anew'),
  batchSize: z.int().min(1).default(128).describe('turns in an update, drawn from those that are kept'),
  stepsPerEpoch,
  episodes,
  leave,
  maxLength,
  rewardShift,
})

type DqnConfig = output<typeof config>

interface Dqn extends Model, Policy, HeadPolicyParts {
  readonly values: Head
  readonly state: Sym
  readonly reads: readonly TableRead[]
}

function create(config: DqnConfig, dataset: Dataset, { seed, threads, serving }: ModelContext): Dqn {
  const space = actionSpace(dataset, config.domain, config.learnsWith)
  const network = createPolicyNetwork(config, dataset, createRng(seed).split('dqn'))
  const { features, state, reads } = network.build()
  const values = createHead(network, 'q', features, space.items.length)
  const parts = { network, space, scale: rewardScale(dataset), programs: createPrograms({ threads, spin: !serving }) }
  return { ...headPolicy(values.values, 'greedy', parts), ...parts, values, state, reads }
}

/** Turns that were played, the newest in the place of the oldest. Its arrays are live: a checkpoint holds them. */
export function createReplay(capacity: number, window: number) {
  const [before, after] = [emptyWindows(capacity, window), emptyWindows(capacity, window)]
  const actions = new Int32Array(capacity)
  const rewards = new Float32Array(capacity)
  // 1 at the last turn of an episode; an integer, since files of tensors have no smaller ones.
  const last = new Int32Array(capacity)
  let written = 0
  const copy = (to: Windows, place: number, from: Windows, turn: number) => {
    to.items.set(from.items.subarray(turn * window, (turn + 1) * window), place * window)
    to.rewards.set(from.rewards.subarray(turn * window, (turn + 1) * window), place * window)
    to.users[place] = from.users[turn]
  }
  const arrays = { actions, rewards, last, ...arraysOf('before', before), ...arraysOf('after', after) }
  return {
    tensors: new Map<string, Tensor>(
      Object.entries(arrays).map(([name, data]) => [name, { shape: [data.length], data }]),
    ),
    /** Turns that were ever added. */
    written: () => written,
    restore(turns: number) {
      written = turns
    },
    add({
      windows,
      actions: taken,
      rewards: paid,
      next,
    }: Pick<Collection, 'windows' | 'actions' | 'rewards' | 'next'>) {
      for (let turn = 0; turn < taken.length; turn++) {
        const place = written++ % capacity
        copy(before, place, windows, turn)
        // After a last turn nothing is asked of the state.
        copy(after, place, windows, next[turn] === -1 ? turn : next[turn])
        actions[place] = taken[turn]
        rewards[place] = paid[turn]
        last[place] = Number(next[turn] === -1)
      }
    },
    /** Some of those that are kept, with replacement. */
    draw(count: number, rng: Rng) {
      const kept = Math.min(written, capacity)
      const places = Int32Array.from({ length: count }, () => rng.below(kept))
      return {
        before: takeWindows(before, window, places),
        after: takeWindows(after, window, places),
        actions: takeRows(actions, 1, places),
        rewards: takeRows(rewards, 1, places),
        last: takeRows(last, 1, places),
      }
    },
  }
}

function arraysOf(name: string, { items, rewards, users }: Windows) {
  return { [`${name}/items`]: items, [`${name}/rewards`]: rewards, [`${name}/users`]: users }
}

/** ε-greedy by values of A items: 1 − ε + ε / A for the best of each row, ε / A for the others. [B × A] */
export function epsilonGreedily(values: Float32Array, rows: number, epsilon: number): Float32Array {
  const columns = values.length / rows
  const probabilities = new Float32Array(values.length).fill(epsilon / columns)
  for (const [row, best] of highestOf(values, rows).entries()) probabilities[row * columns + best] += 1 - epsilon
  return probabilities
}

/** What ε is in the given block of all, from 1: it falls from 1 in equal steps over the share of them. */
export function epsilonAt(
  block: number,
  blocks: number,
  { epsilon, exploration }: Pick<DqnConfig, 'epsilon' | 'exploration'>,
): number {
  const falling = exploration * blocks
  return block > falling ? epsilon : 1 - ((1 - epsilon) * (block - 1)) / falling
}

async function* train(model: Dqn, config: DqnConfig, context: TrainContext): AsyncGenerator<TrainEvent> {
  const { network, space, programs, values, state, reads } = model
  const { dataset, split, seed, signal } = context
  const { episodes: slots, batchSize, targetEvery, maxLength } = config
  const rng = createRng(seed).split('dqn', 'train')
  const world = await openWorldModel(config.worldModel, space, context)
  const leave = config.leave.map(parseLeaveRule)
  const environment = believedEnvironment(trainingView(dataset, split), world.rewards, { leave, maxLength })
  startVectors(network, world.rewards.users, config.embeddings === 'scratch' ? undefined : world)
  const blocks = Math.ceil(config.stepsPerEpoch / (slots * maxLength))
  const updates = Math.ceil((slots * maxLength) / config.turnsPerUpdate)
  const replay = createReplay(config.replay, network.window)
  const target = new Map([...network.weights()].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
  const update = gradientStep({
    loss: qLearning(values.of(takenActions()), input('targets', ['B'])),
    parameters: network.parameters,
    reads,
    optimizer: adam({ learningRate: config.learningRate }),
    dense: true,
    programs,
  })
  const seeing = await programs.compile({ values: values.values, state }, 'seeing')
  const see = async (windows: Windows, weights: NamedTensors = new Map()) => {
    const out = await network.run(seeing, windows, Object.fromEntries(weights))
    return { values: out.values.data as Float32Array, states: out.state.data as Float32Array }
  }
  const actor = (epsilon: number): Parameters<typeof collect>[0] => ({
    network,
    async act(windows) {
      const seen = await see(windows)
      const probabilities = epsilonGreedily(seen.values, windows.size, epsilon)
      return { probabilities, values: new Float32Array(windows.size), states: seen.states }
    },
  })
  /** y = r + γ max Q⁻(s′, ·), or r at the last turn; with `double` the item is the one that Q prefers. [B] */
  const targetsOf = async ({ after, rewards, last }: ReturnType<typeof replay.draw>) => {
    const worth = (await see(after, target)).values
    const chosen = highestOf(config.double ? (await see(after)).values : worth, batchSize)
    return rewards.map((reward, i) =>
      last[i] === 1 ? reward : reward + config.gamma * worth[i * space.items.length + chosen[i]],
    )
  }
  const copies = [...target].map(([name, tensor]) => [`target/${name}`, tensor] as const)
  const kept = [...replay.tensors].map(([name, tensor]) => [`replay/${name}`, tensor] as const)
  yield* trainEpochs<number>(
    {
      epochs: config.epochs,
      patience: 0,
      weights: model.weights(),
      state: new Map<string, Tensor>([...update.state, ...copies, ...kept]),
      scalars: { get: () => ({ written: replay.written() }), set: (saved) => replay.restore(Number(saved.written)) },
      batches: (epoch) => Array.from({ length: blocks }, (_, i) => (epoch - 1) * blocks + i + 1),
      async step(block) {
        const played = await collect(
          actor(epsilonAt(block, blocks * config.epochs, config)),
          environment,
          payMatrix(world.rewards, config),
          {
            ...{ slots, collection: block, repeats: true, signal, scale: rangeScale(world.rewards) },
            seed: rng.split('episodes').uint32(),
          },
        )
        replay.add(played)
        let loss = 0
        for (let i = 0; i < updates; i++) {
          if (((block - 1) * updates + i) % targetEvery === 0)
            for (const [name, { data }] of network.weights()) target.get(name)!.data.set(data)
          const batch = replay.draw(batchSize, rng.split('batch', block, i))
          const one = await update.run({
            ...network.feedsOf(batch.before),
            actions: { shape: [batchSize], data: batch.actions },
            targets: { shape: [batchSize], data: await targetsOf(batch) },
          })
          loss += one.loss / updates
        }
        const paid = played.rewards.reduce((sum, reward) => sum + reward, 0)
        return { loss, return: paid / played.episodes, length: played.rewards.length / played.episodes }
      },
      size: () => slots * maxLength,
      validate: async () => ({}),
    },
    context,
  )
}

export const dqn = defineModel({
  name: 'dqn',
  task: 'policy',
  summary: 'learns in the world model what items are worth in the long run, from a memory of what it played',
  paper: { title: 'Human-level Control through Deep Reinforcement Learning', year: 2015, venue: 'Nature' },
  unlearned: 'it learns by acting, with every user and item of its action space',
  config,
  create: (config, dataset, split, context) => create(config, trainingView(dataset, split), context),
  train,
})
