import type { output, ZodObject, ZodType } from 'zod'
import {
  type Dataset,
  defineModel,
  type Model,
  type ModelContext,
  type ModelSpec,
  type Policy,
  type Tensor,
  type TrainContext,
  type TrainEvent,
  tensorsUnder,
} from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { adam, gradientStep, type TableRead, trainEpochs } from '../../nn/index.ts'
import {
  type ActionSpace,
  actionSpace,
  openWorldModel,
  type RewardScale,
  rewardScale,
  trainingView,
} from '../../rl/index.ts'
import { createPrograms, input, type Programs, type Sym } from '../../tensor/index.ts'
import {
  createHead,
  createPolicyNetwork,
  type Head,
  headPolicy,
  highestOf,
  type PlayedTurns,
  type PolicyNetwork,
  placeVectors,
  takenActions,
  takeWindows,
} from '../acting/index.ts'
import type { OfflineConfig } from './options.ts'
import { logTransitions } from './transitions.ts'

export interface TemporalDifferenceSpec<S extends ZodObject, H extends string = string> {
  readonly name: string
  readonly summary: string
  readonly paper?: ModelSpec['paper'] & {}
  /** Holds `offlineOptions`. */
  readonly config: S
  /** Linear heads over the shared layers, by name, and how many numbers each gives an item. */
  heads(config: output<S>): Readonly<Record<H, number>>
  acting(config: output<S>): Policy['acting']
  /** What items are taken by. [B, A] */
  scores(heads: Readonly<Record<H, Head>>, config: output<S>): Sym
  /**
   * The item that is believed best in the next state has the highest of these, by the network that learns. [B, A]. Absent where
   * `expected` asks for none.
   */
  choice?(heads: Readonly<Record<H, Head>>, config: output<S>): Sym
  /** What the target network expects of the next state; `action` is the choice, int32 [B]. [B] or [B, n] */
  expected(heads: Readonly<Record<H, Head>>, action: Sym, config: output<S>): Sym
  /**
   * @param actions what the log took, int32 [B]
   * @param targets R + γᵐ expected, of the shape of `expected`; fed, so that nothing is passed to it
   * @returns terms for the log, of which `loss` is minimized
   */
  loss(
    heads: Readonly<Record<H, Head>>,
    actions: Sym,
    targets: Sym,
    config: output<S>,
  ): { readonly loss: Sym } & Readonly<Record<string, Sym>>
}

export interface TemporalDifferenceModel extends Model, Policy {
  readonly network: PolicyNetwork
  readonly space: ActionSpace
  readonly scale: RewardScale
  readonly heads: Readonly<Record<string, Head>>
  readonly reads: readonly TableRead[]
  readonly programs: Programs
}

/**
 * A policy that is learned from the log by temporal differences, with a target network, and differs from others in its heads and its
 * loss. Weights: those of `PolicyNetwork` and each head's.
 */
export function defineTemporalDifference<S extends ZodObject & ZodType<OfflineConfig>, H extends string>(
  spec: TemporalDifferenceSpec<S, H>,
): ModelSpec<S, TemporalDifferenceModel> {
  const { name, summary, paper, config } = spec
  return defineModel<S, TemporalDifferenceModel>({
    name,
    task: 'policy',
    summary,
    ...(paper && { paper }),
    config,
    create: (config, dataset, split, context) => create(spec, config, trainingView(dataset, split), context),
    train: (model, config, context) => train(spec, model, config, context),
  })
}

function create<S extends ZodObject & ZodType<OfflineConfig>>(
  spec: TemporalDifferenceSpec<S>,
  config: output<S>,
  dataset: Dataset,
  { seed, threads, serving }: ModelContext,
): TemporalDifferenceModel {
  const space = actionSpace(dataset, config.domain, config.learnsWith)
  const network = createPolicyNetwork(config, dataset, createRng(seed).split(spec.name))
  const { features, reads } = network.build()
  const heads: Record<string, Head> = {}
  for (const [name, each] of Object.entries<number>(spec.heads(config)))
    heads[name] = createHead(network, name, features, space.items.length, each)
  const scale = rewardScale(dataset)
  const programs = createPrograms({ threads, spin: !serving })
  const parts = { network, space, scale, programs }
  return { ...headPolicy(spec.scores(heads, config), spec.acting(config), parts), ...parts, heads, reads }
}

async function* train<S extends ZodObject & ZodType<OfflineConfig>>(
  spec: TemporalDifferenceSpec<S>,
  model: TemporalDifferenceModel,
  config: output<S>,
  context: TrainContext,
): AsyncGenerator<TrainEvent> {
  const { dataset, split, seed } = context
  const { network, space, scale, heads, reads, programs } = model
  const { batchSize, updatesPerEpoch, targetEvery } = config
  const rng = createRng(seed).split(spec.name, 'train')
  const order = config.order === 'drawn' ? rng.split('order') : undefined
  const transitions = logTransitions(dataset, split, space, network, scale, { ...config, order })
  const frozen = config.vectorsOf !== ''
  if (frozen) {
    const { rewards, itemVectors } = await openWorldModel(config.vectorsOf, space, context)
    placeVectors(network.items, 'item', rewards.items, itemVectors)
  }
  const target = new Map([...network.weights()].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
  const estimate = await targetEstimator(spec, model, config, target)
  const targets = input('targets', estimate.shape)
  const terms = spec.loss(heads, takenActions(), targets, config)
  const update = gradientStep({
    loss: terms.loss,
    parameters: network.parameters,
    reads: frozen ? reads.filter(({ table }) => table !== network.items) : reads,
    optimizer: adam({ learningRate: config.learningRate }),
    dense: true,
    outputs: terms,
    programs,
  })
  yield* trainEpochs<Int32Array>(
    {
      epochs: config.epochs,
      patience: 0,
      weights: model.weights(),
      state: new Map([...update.state, ...tensorsUnder(target, 'target/')]),
      batches: (epoch) => {
        const drawn = rng.split('epoch', epoch)
        const count = transitions.size === 0 ? 0 : updatesPerEpoch
        return Array.from({ length: count }, () =>
          Int32Array.from({ length: batchSize }, () => drawn.below(transitions.size)),
        )
      },
      async step(places, epoch, step) {
        if (((epoch - 1) * updatesPerEpoch + step - 1) % targetEvery === 0)
          for (const [name, { data }] of network.weights()) target.get(name)!.data.set(data)
        const { out } = await update.run({
          ...network.feedsOf(takeWindows(transitions.windows, network.window, places)),
          ...(frozen && { [network.items.name]: network.items.tensor }),
          actions: { shape: [places.length], data: places.map((place) => transitions.actions[place]) },
          targets: await estimate.targets(transitions, places),
        })
        return Object.fromEntries(Object.keys(terms).map((name) => [name, out[name].data[0]]))
      },
      size: (places) => places.length,
      validate: async () => ({}),
    },
    context,
  )
}

/** y = R + γᵐ · what is expected of the next state, computed by the target network. */
async function targetEstimator<S extends ZodObject>(
  spec: TemporalDifferenceSpec<S>,
  { network, heads, programs }: TemporalDifferenceModel,
  config: output<S>,
  target: ReadonlyMap<string, Tensor>,
) {
  const choice = spec.choice?.(heads, config)
  const choosing = choice && (await programs.compile({ choice }))
  const expected = spec.expected(heads, input('chosen', ['B'], 'int32'), config)
  const expecting = await programs.compile({ expected })
  return {
    shape: expected.shape,
    async targets({ next, returns, discounts }: PlayedTurns, places: Int32Array): Promise<Tensor> {
      const windows = takeWindows(next, network.window, places)
      const chosen =
        choosing === undefined
          ? new Int32Array(places.length)
          : highestOf((await network.run(choosing, windows)).choice.data as Float32Array, places.length)
      const { expected: found } = await network.run(expecting, windows, {
        ...Object.fromEntries(target),
        chosen: { shape: [places.length], data: chosen },
      })
      const each = found.data.length / places.length
      const data = Float32Array.from(found.data as Float32Array, (value, i) => {
        const place = places[Math.floor(i / each)]
        return returns[place] + discounts[place] * value
      })
      return { shape: found.shape, data }
    },
  }
}
