import {
  type Dataset,
  defineModel,
  learnedQuery,
  type Model,
  type ModelContext,
  type Policy,
  type TrainContext,
  type TrainEvent,
  TributaryError,
  tensorsBelow,
} from '../../core/index.ts'
import { scoreActions, takeDemonstrations } from '../../families/acting/index.ts'
import { createRng } from '../../math/index.ts'
import { loadWeights, trainEpochs } from '../../nn/index.ts'
import {
  type ActionSpace,
  actionSpace,
  believedEnvironment,
  openWorldModel,
  parseLeaveRule,
  rollOut,
  trainingRows,
  trainingView,
} from '../../rl/index.ts'
import { createPrograms, type Programs } from '../../tensor/index.ts'
import { demonstratedSteps } from './demonstrated.ts'
import { type PairFeatures, trackerFeatures } from './features.ts'
import { createLearner } from './learner.ts'
import { createNetwork, type IlRecNetwork } from './network.ts'
import { config, decided, type IlRecOptions } from './options.ts'
import { createSteps } from './steps.ts'
import { textFeatures, titleVectors } from './text-features.ts'

interface IlRec extends Model, Policy {
  readonly network: IlRecNetwork
  readonly space: ActionSpace
  /** What rewards are divided by: the largest training value. */
  readonly unit: number
  readonly programs: Programs
}

/** A small policy that learns from somebody else's demonstrations and in a believed world at once. Weights: those of `IlRecNetwork`. */
export const ilRec = defineModel({
  name: 'il-rec',
  task: 'policy',
  unlearned: 'it learns by acting, with every user and item of its action space',
  summary: "learns in the world model and from demonstrations, an LLM's for example, which it weighs",
  paper: {
    title: 'Beyond Static LLM Policies: Imitation-Enhanced Reinforcement Learning for Recommendation',
    year: 2025,
    venue: 'ICDM',
  },
  trusts: 'demonstration',
  config,
  create: (config, dataset, split, context) => create(config, trainingView(dataset, split), context),
  train,
})

function create(options: IlRecOptions, dataset: Dataset, { seed, threads }: ModelContext): IlRec {
  const config = decided(options)
  const space = actionSpace(dataset, config.domain, config.learnsWith)
  const network = createNetwork(config, dataset, space.items.length, createRng(seed).split('il-rec'))
  const { logits } = network.build()
  const programs = createPrograms({ threads })
  const unit = largestValue(dataset)
  const learned = { users: marks(dataset.users.size, space.users), items: marks(dataset.items.size, space.items) }
  const scale = (reward: number) => reward / unit
  return {
    acting: 'sampled',
    remembers: 'episode',
    avoidsLeaving: false,
    network,
    space,
    unit,
    programs,
    weights: network.weights,
    load: (loaded) => loadWeights(network.weights(), loaded),
    score(queries, range) {
      const known = queries.map((query) => learnedQuery(query, learned))
      return scoreActions(known, range, { network, space, scale }, async (windows) => {
        const out = await network.run(await programs.compile({ logits }, 'scoring'), windows)
        return out.logits.data as Float32Array
      })
    },
    dispose: () => programs.dispose(),
  }
}

/** @throws TributaryError `bad-config` where no file is named; as `TrainContext.openItemVectors` */
async function featuresOf(
  { features, itemVectors }: Pick<IlRecOptions, 'features' | 'itemVectors'>,
  network: IlRecNetwork,
  dataset: Dataset,
  { openItemVectors }: Pick<TrainContext, 'openItemVectors'>,
): Promise<PairFeatures> {
  if (features === 'tracker') return trackerFeatures(network)
  if (features === 'text') return textFeatures(await titleVectors(dataset), network.window)
  if (itemVectors === '' || openItemVectors === undefined)
    throw new TributaryError(
      'bad-config',
      'features=vectors needs vectors of the items; make a file of them (tributary vectors) and set itemVectors to it',
    )
  return textFeatures(await openItemVectors(itemVectors), network.window)
}

/** Of the training rows, 1 where they have none: rewards are divided by it, which is 5 of ratings as in the released program. */
function largestValue(dataset: Dataset): number {
  const { value } = dataset.log
  let most = 0
  if (value !== undefined) for (const row of trainingRows(dataset)) most = Math.max(most, Math.abs(value[row]))
  return most || 1
}

function marks(size: number, ids: Int32Array): Uint8Array {
  const marked = new Uint8Array(size)
  for (const id of ids) marked[id] = 1
  return marked
}

async function* train(model: IlRec, options: IlRecOptions, context: TrainContext): AsyncGenerator<TrainEvent> {
  const config = decided(options)
  const { network, space, unit, programs } = model
  const { seed, signal, resume } = context
  const dataset = trainingView(context.dataset, context.split)
  const { rewards } = await openWorldModel(config.worldModel, space, context)
  const rules = { leave: config.leave.map(parseLeaveRule), maxLength: config.maxLength }
  const environment = believedEnvironment(dataset, rewards, rules)
  const bound =
    config.demonstrations === '' ? undefined : await takeDemonstrations(config.demonstrations, space, context)
  const demonstrated = bound && demonstratedSteps(bound, space, rewards, config.demonstrationEpisodes)
  const steps = demonstrated?.steps ?? createSteps()
  const learner = createLearner(config, {
    network,
    environment,
    demonstrated: steps,
    features: await featuresOf(config, network, dataset, context),
    unit,
    rng: createRng(seed).split('il-rec', 'train'),
    programs,
    kept: resume && tensorsBelow(resume.tensors, 'moments/own/'),
  })
  if (resume === undefined) await learner.begin()
  const about = demonstrated && {
    rows: demonstrated.rows,
    users: demonstrated.rows.map((row) => bound.users[row]),
    items: demonstrated.rows.map((row) => bound.items[row]),
  }
  const selects = config.select === 'believed'
  const judging = {
    mode: config.repeats ? 'free' : 'noRepeat',
    episodes: config.selectEpisodes,
    users: 'in-turn',
    seed: createRng(seed).split('il-rec', 'select').uint32(),
    signal,
  } as const
  const { episodesPerEpoch, epochs } = config
  yield* trainEpochs<number>(
    {
      epochs,
      patience: 0,
      ...(selects && { metric: 'believedReturn' }),
      weights: model.weights(),
      get state() {
        return learner.state()
      },
      // Nothing of its own, but weights of demonstrations that were read stand in a tree, too.
      scalars: { get: () => ({}), set: learner.resumed },
      batches: (epoch) => Array.from({ length: episodesPerEpoch }, (_, i) => (epoch - 1) * episodesPerEpoch + i),
      step: learner.episode,
      size: () => 1,
      trust: () => about && learner.weighing.trust(about),
      async validate(): Promise<Record<string, number>> {
        if (!selects) return {}
        const { rewards, lengths } = await rollOut(model, environment, judging)
        return { believedReturn: rewards.reduce((sum, reward) => sum + reward, 0) / lengths.length }
      },
    },
    context,
  )
}
