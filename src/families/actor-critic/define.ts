import type { output, ZodObject, ZodType } from 'zod'
import {
  type Dataset,
  type Demonstrations,
  defineModel,
  giveWay,
  learnedQuery,
  type Model,
  type ModelContext,
  type ModelSpec,
  type NamedTensors,
  type Policy,
  type RewardMatrix,
  type TrainContext,
  type TrainEvent,
  TributaryError,
  type Trusted,
  tensorsUnder,
  type WorldModel,
} from '../../core/index.ts'
import { createRng, takeRows } from '../../math/index.ts'
import { loadWeights, trainEpochs } from '../../nn/index.ts'
import {
  type ActionSpace,
  actionSpace,
  believedEnvironment,
  clampedScale,
  generalizedAdvantages,
  openWorldModel,
  parseLeaveRule,
  type RewardScale,
  type RewardShaper,
  rangeScale,
  rewardScale,
  trainingView,
} from '../../rl/index.ts'
import {
  createPolicyNetwork,
  type PolicyNetwork,
  scoreActions,
  startVectors,
  takeDemonstrations,
  takeWindows,
} from '../acting/index.ts'
import { type ActorCritic, createActorCritic } from './actor-critic.ts'
import { believedReturns, cautionsOf } from './believed-return.ts'
import { type Collection, collect, takenMask } from './collect.ts'
import type { A2cConfig } from './options.ts'
import { createPrior, type Prior } from './prior.ts'
import { withRewardError } from './reward-error.ts'

/** What a shaper may know. The dataset's truth is for diagnostics, which nothing that learns sees. */
export interface ShaperContext extends ModelContext {
  readonly world: WorldModel
  readonly space: ActionSpace
  readonly dataset: Dataset
  /** Width of `Turns.states`. */
  readonly stateWidth: number
  /** The network that recommends, as it is at the time. */
  readonly recommender: PolicyNetwork
  /** How it sees rewards while it learns. */
  readonly scale: RewardScale
  /** What an option `demonstrations` names. */
  demonstrations(named: string): Promise<Demonstrations>
}

export interface ActorCriticSpec<S extends ZodObject> {
  readonly name: string
  readonly summary: string
  readonly paper?: ModelSpec['paper'] & {}
  /** Holds `a2cOptions`. */
  readonly config: S
  /** Its shaper has `trust`. */
  readonly trusts?: Trusted
  /** What its turns pay: all that it does not share with the others. */
  shaper(config: output<S>, context: ShaperContext): RewardShaper | Promise<RewardShaper>
  /** The world that it learns in; default the run named by `worldModel`. */
  world?(config: output<S>, space: ActionSpace, context: TrainContext): WorldModel | Promise<WorldModel>
}

export interface ActorCriticModel extends Model, Policy {
  readonly actor: ActorCritic
  readonly prior: Prior | undefined
  readonly space: ActionSpace
  readonly state: StateScale
}

/**
 * A policy that is learned by advantage actor-critic in a believed world, and differs from others in what its turns pay. Weights: those
 * of `PolicyNetwork`, `actor/…` and `critic/…`, `stateRange` with `stateScale=believed`, and `believed` with `sharpness`.
 */
export function defineActorCritic<S extends ZodObject & ZodType<A2cConfig>>(
  spec: ActorCriticSpec<S>,
): ModelSpec<S, ActorCriticModel> {
  const { name, summary, paper, config, trusts } = spec
  return defineModel<S, ActorCriticModel>({
    name,
    task: 'policy',
    unlearned: 'it learns by acting, with every user and item of its action space',
    summary,
    ...(paper && { paper }),
    ...(trusts && { trusts }),
    config,
    create: (config, dataset, split, context) => create(config, trainingView(dataset, split), context),
    train: (model, config, context) => train(spec, model, config, context),
  })
}

// Streams are labeled alike for all policies: those of one seed begin with the same weights and meet the same users.
function create(config: A2cConfig, dataset: Dataset, { seed, threads, serving }: ModelContext): ActorCriticModel {
  const space = actionSpace(dataset, config.domain, config.learnsWith)
  const { head, dropout, sharpness, repeats } = config
  const knowsUsers = sharpness > 0 || config.user === 'vector'
  const network = createPolicyNetwork(config, dataset, createRng(seed).split('a2c'), { knowsUsers })
  const prior = sharpness > 0 ? createPrior(sharpness, network.userRows, space.items.length) : undefined
  const { items } = space
  const executing = { threads, spin: !serving }
  const actor = createActorCritic(network, { items, head, masked: !repeats, dropout, prior, ...executing })
  const state = stateScale(config, dataset)
  const weights = () => new Map([...network.weights(), ...state.weights, ...(prior?.weights ?? [])])
  const learned = { users: marks(dataset.users.size, space.users), items: marks(dataset.items.size, space.items) }
  return {
    acting: 'sampled',
    remembers: 'episode',
    avoidsLeaving: false,
    actor,
    prior,
    space,
    state,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    score(queries, range) {
      const known = queries.map((query) => learnedQuery(query, learned))
      return scoreActions(known, range, { network, space, scale: state.scale }, actor.logits)
    },
    dispose: () => actor.dispose(),
  }
}

/** How the rewards of a state are brought to 0 … 1. */
interface StateScale {
  /** For whoever asks for scores. */
  readonly scale: RewardScale
  /** The one to learn with. */
  learning(believed: Pick<RewardMatrix, 'min' | 'max'>): RewardScale
  /** `stateRange` [2] where the believed range is kept. */
  readonly weights: NamedTensors
}

function stateScale({ stateScale }: A2cConfig, dataset: Dataset): StateScale {
  // A world model that learned from negatives believes in less than users pay: by ranges of their own the two agree.
  if (stateScale === 'own') return { scale: rewardScale(dataset), learning: rangeScale, weights: new Map() }
  const range = Float32Array.of(0, 1)
  const scale: RewardScale = (reward) => clampedScale({ min: range[0], max: range[1] })(reward)
  return {
    scale,
    learning({ min, max }) {
      range.set([min, max])
      return scale
    },
    weights: new Map([['stateRange', { shape: [2], data: range }]]),
  }
}

function marks(size: number, ids: Int32Array): Uint8Array {
  const marked = new Uint8Array(size)
  for (const id of ids) marked[id] = 1
  return marked
}

async function* train<S extends ZodObject & ZodType<A2cConfig>>(
  spec: ActorCriticSpec<S>,
  model: ActorCriticModel,
  config: output<S>,
  context: TrainContext,
): AsyncGenerator<TrainEvent> {
  const { seed, threads } = context
  const dataset = trainingView(context.dataset, context.split)
  const { actor, space } = model
  const { network } = actor
  const rng = createRng(seed).split('a2c', 'train')
  const world = spec.world
    ? await spec.world(config, space, context)
    : await openWorldModel(config.worldModel, space, context)
  checkWorld(world)
  const leave = config.leave.map(parseLeaveRule)
  const environment = believedEnvironment(dataset, world.rewards, { leave, maxLength: config.maxLength })
  startVectors(network, world.rewards.users, config.embeddings === 'scratch' ? undefined : world)
  const { learn, state } = actor.learner(config)
  const { stateWidth } = network
  const scale = model.state.learning(world.rewards)
  const demonstrations = (named: string) => takeDemonstrations(named, space, context)
  const paying = await spec.shaper(config, {
    ...{ world, space, dataset, seed, threads, stateWidth, recommender: network, scale, demonstrations },
  })
  const { truth } = dataset
  const shaper = config.diagnostics && truth ? withRewardError(paying, space, truth) : paying
  model.prior?.begin(paying.believed ?? world.rewards)
  const { episodes: slots, maxLength, repeats, updateAfter } = config
  const wanted = slots * maxLength
  const blocks = Math.ceil(config.stepsPerEpoch / wanted)
  const { signal } = context
  /** Collections so far, where a block of turns may take several. */
  let collections = 0
  const options = { slots, repeats, seed: rng.split('episodes').uint32(), scale, signal }
  const update = async (collection: number) => {
    const refill = updateAfter === 'turns'
    const collected = await collect(actor, environment, shaper, { ...options, collection, refill })
    const advantages = generalizedAdvantages(collected, config)
    const turns = collected.rewards.length
    const sums = { actor: 0, critic: 0 }
    const batches = minibatches(turns, config.batchSize, rng.split('batches', collection))
    for (const [batch, places] of batches.entries()) {
      await giveWay(signal, () => 'training was stopped')
      const learned = {
        windows: takeWindows(collected.windows, network.window, places),
        actions: takeRows(collected.actions, 1, places),
        advantages: takeRows(advantages.advantages, 1, places),
        returns: takeRows(advantages.returns, 1, places),
        mask: repeats ? undefined : maskOf(collected, places, space.items.length),
      }
      const losses = await learn(learned, rng.split('dropout', collection, batch))
      for (const term of ['actor', 'critic'] as const) sums[term] += (losses[term] * places.length) / turns
    }
    return { turns, figures: { ...sums, ...episodeFigures(collected), ...(await shaper.learn?.()) } }
  }
  try {
    const events = trainEpochs<number>(
      {
        epochs: config.epochs,
        patience: 0,
        weights: model.weights(),
        state: new Map([...state, ...tensorsUnder(shaper.tensors ?? new Map(), 'shaper/')]),
        batches: (epoch) => Array.from({ length: blocks }, (_, i) => (epoch - 1) * blocks + i + 1),
        async step(block) {
          if (updateAfter === 'turns') return (await update(block)).figures
          const parts: Readonly<Record<string, number>>[] = []
          for (let turns = 0; turns < wanted; ) {
            const part = await update(++collections)
            turns += part.turns
            parts.push(part.figures)
          }
          return { ...meansOf(parts), updates: parts.length }
        },
        trust: (last) => shaper.trust?.(last),
        ...(updateAfter === 'episodes' && {
          scalars: {
            get: () => ({ collections }),
            set: (saved) => {
              collections = Number(saved.collections)
            },
          },
        }),
        size: () => wanted,
        validate: async () => ({}),
      },
      context,
    )
    for await (const event of events) {
      if (event.type !== 'done' || event.epochs === 0) {
        yield event
        continue
      }
      // After the last checkpoint, since paying may change what the shaper believes.
      const collection = (updateAfter === 'turns' ? event.epochs * blocks : collections) + 1
      const believed = await believedReturns(actor, environment, shaper, { ...options, collection })
      const cautions = cautionsOf(believed)
      yield { ...event, believed, ...(cautions.length > 0 && { cautions }) }
    }
  } finally {
    await shaper.dispose?.()
  }
}

/** Of figures by name, each over those that have it. */
function meansOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = new Set(all.flatMap((one) => Object.keys(one)))
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return Object.fromEntries(
    [...names].map((name) => [name, meanOf(all.map((one) => one[name]).filter((value) => value !== undefined))]),
  )
}

/** What was forbidden in the turns at `places`. */
const maskOf = (collected: Collection, places: Int32Array, columns: number) =>
  takenMask(collected, takeRows(collected.previous, 1, places), columns)

/** Of the policy that acted: mean entropy of its choices; means over episodes of what the shaper paid, and of turns. */
function episodeFigures({ rewards, entropy, episodes }: Collection) {
  return {
    entropy,
    return: rewards.reduce((sum, reward) => sum + reward, 0) / episodes,
    length: rewards.length / episodes,
  }
}

/** Places 0 … turns − 1, shuffled and cut; what is left over joins the last whole batch. */
export function minibatches(turns: number, batchSize: number, rng: ReturnType<typeof createRng>): Int32Array[] {
  const order = rng.shuffle(Int32Array.from({ length: turns }, (_, i) => i))
  const count = Math.max(1, Math.floor(turns / batchSize))
  return Array.from({ length: count }, (_, b) =>
    order.subarray(b * batchSize, b === count - 1 ? turns : (b + 1) * batchSize),
  )
}

function checkWorld({ rewards }: WorldModel): void {
  for (const [which, value] of [
    ['lowest', rewards.min],
    ['highest', rewards.max],
  ] as const)
    if (!Number.isFinite(value))
      throw new TributaryError(
        'not-finite',
        `the ${which} reward that the world model believes in is ${value}; every one must be a finite number`,
      )
}
