import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  giveWay,
  learnedIds,
  type Model,
  type ModelContext,
  type Split,
  type TrainContext,
  type TrainEvent,
  tensorsUnder,
  valuesToLearn,
} from '../../core/index.ts'
import {
  believedWorld,
  createFittedRewards,
  createRewardNetwork,
  type FittedRewards,
  fitRatings,
  type RewardNetwork,
  type RewardPredictor,
  ratingsOf,
  rewardOptions,
  rewardRows,
  rewardScorer,
  ridgeOptions,
  ridgeSearch,
  trainRewards,
} from '../../families/rewards/index.ts'
import { createRng } from '../../math/index.ts'
import { loadWeights } from '../../nn/index.ts'
import { type ActionSpace, actionSpace, trainingView } from '../../rl/index.ts'

// The network as it was chosen on held-out rows (docs/models/world-model.md). Its members are as many as there are folds.
const { ensemble, holdOut, patience, ...ofNetwork } = rewardOptions({
  ensemble: 5,
  negatives: 0,
  deviation: 0.1,
  l2: 3,
  learningRate: 0.003,
  batchSize: 128,
  epochs: 20,
})
const config = z.object({ ...ofNetwork, ...ridgeOptions() })

type Config = z.output<typeof config>

interface Blend extends Model {
  readonly fitted: FittedRewards
  readonly network: RewardNetwork
  readonly space: ActionSpace
  /** w, what the fit counts; the network counts the rest. [1] */
  readonly share: Float32Array
}

const networkConfig = (config: Config) => ({ ...config, ensemble: config.folds, holdOut: 0, patience: 0 })

// Weights: `als/…` as those of als, `member{m}/…` as those of world-model, and `share` [1].
function create(config: Config, dataset: Dataset, split: Split, { seed, threads }: ModelContext): Blend {
  valuesToLearn(dataset, 'rewards')
  const learned = learnedIds(dataset, split)
  const fitted = createFittedRewards(dataset, config.factors, learned)
  const network = createRewardNetwork(dataset, networkConfig(config), { seed, threads, learned })
  const space = actionSpace(trainingView(dataset, split), config.domain, config.learnsWith)
  const share = Float32Array.of(0.5)
  const weights = () =>
    new Map([...tensorsUnder(fitted.weights, 'als/'), ...network.weights(), ['share', { shape: [1], data: share }]])
  const blended = blendOf(fitted, network, share)
  return {
    fitted,
    network,
    space,
    share,
    ...rewardScorer(blended),
    can: {
      worldModel: () => believedWorld(blended, space, { inversePropensity: config.weighting !== 'none' }),
    },
    weights,
    load(loaded) {
      loadWeights(weights(), loaded)
      network.changed()
    },
    dispose: network.dispose,
  }
}

/** A mixture: μ = w μ₁ + (1 − w) μ₂, σ² = w (σ₁² + (μ₁ − μ)²) + (1 − w) (σ₂² + (μ₂ − μ)²). */
function blendOf(fitted: FittedRewards, network: RewardNetwork, share: Float32Array): RewardPredictor {
  return {
    async predict(users, items) {
      const [one, other] = [await fitted.predict(users, items), await network.predict(users, items)]
      const [w] = share
      const mean = one.mean.map((value, i) => w * value + (1 - w) * other.mean[i])
      const part = (of: typeof one, i: number) => of.variance[i] + (of.mean[i] - mean[i]) ** 2
      return { mean, variance: mean.map((_, i) => w * part(one, i) + (1 - w) * part(other, i)) }
    },
    userVectors: fitted.userVectors,
    itemVectors: fitted.itemVectors,
  }
}

async function* train(model: Blend, config: Config, context: TrainContext): AsyncGenerator<TrainEvent> {
  const { fitted, network, space, share } = model
  const { dataset, split, seed, signal } = context
  const all = { holdOut: 0, weighting: 'none' } as const
  const { training } = rewardRows(dataset, split, space, all, createRng(seed).split('als'))
  const ratings = ratingsOf(dataset, training)
  const search = ridgeSearch(ratings, fitted.properties, config, seed)
  for (let line = 1; line <= search.lines; line++) {
    await giveWay(signal, () => 'training was stopped')
    search.search(line)
  }
  const { ridges, rmse, expected } = search.chosen()
  const places = Int32Array.from(training.keys())
  fitted.set(fitRatings(ratings, places, fitted.properties, { ...config, ridges }, seed))
  // Member m never sees fold m, so that it, too, can be judged by rows that it was not taught.
  const foldOf = new Int32Array(dataset.log.length).fill(-1)
  for (const [m, fold] of search.folds.entries()) for (const place of fold) foldOf[training[place]] = m
  const leavesOut = (member: number, row: number) => foldOf[row] === member
  for await (const event of trainRewards(network, networkConfig(config), space, model, context, { leavesOut })) {
    if (event.type === 'done') {
      const told = await leftOutBy(network, dataset, training, search.folds)
      share[0] = bestShare(ratings.values, expected, told)
      const reason = `held-out rows give als ${(100 * share[0]).toFixed(0)} % and the network the rest: rmse ${rmse.toFixed(4)} and ${errorOf(ratings.values, told).toFixed(4)}, together ${errorOf(
        ratings.values,
        told.map((value, i) => share[0] * expected[i] + (1 - share[0]) * value),
      ).toFixed(4)}`
      yield { ...event, reason }
    } else yield event
  }
}

/** Of each row what the member says that did not see it. */
async function leftOutBy(
  network: RewardNetwork,
  { log }: Dataset,
  training: Int32Array,
  folds: readonly Int32Array[],
): Promise<Float64Array> {
  const told = new Float64Array(training.length)
  for (const [m, fold] of folds.entries()) {
    const of = (column: Int32Array) => Int32Array.from(fold, (place) => column[training[place]])
    const { mean } = await network.predictBy(m, of(log.user), of(log.item))
    for (const [i, place] of fold.entries()) told[place] = mean[i]
  }
  return told
}

/** w of 0 … 1 with the least Σ (y − w a − (1 − w) b)²; a half where the two say the same. */
export function bestShare(values: Float64Array, a: Float64Array, b: Float64Array): number {
  let [along, squares] = [0, 0]
  for (const [i, value] of values.entries()) {
    const apart = a[i] - b[i]
    along += (value - b[i]) * apart
    squares += apart * apart
  }
  return squares === 0 ? 0.5 : Math.min(1, Math.max(0, along / squares))
}

const errorOf = (values: Float64Array, told: Float64Array) =>
  Math.sqrt(values.reduce((sum, value, i) => sum + (value - told[i]) ** 2, 0) / values.length)

export const worldBlend = defineModel({
  name: 'world-blend',
  task: 'rating',
  unlearned: 'it reads features, and expects nothing of such users and items beyond them',
  summary: 'als and the networks of world-model together, each counting what held-out rows say',
  config,
  create,
  train,
})
