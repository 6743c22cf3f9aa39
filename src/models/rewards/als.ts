import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  learnedIds,
  type Model,
  Part,
  type Split,
  type TrainContext,
  valuesToLearn,
} from '../../core/index.ts'
import {
  believedWorld,
  createFittedRewards,
  type FittedRewards,
  fitRatings,
  ratingsOf,
  rewardRows,
  rewardScorer,
  ridgeOptions,
  ridgeSearch,
} from '../../families/rewards/index.ts'
import { createRng } from '../../math/index.ts'
import { loadWeights, trainOnce } from '../../nn/index.ts'
import { type ActionSpace, actionSpace, trainingView } from '../../rl/index.ts'

const config = z.object(ridgeOptions())

type Config = z.output<typeof config>

interface Als extends Model {
  readonly fitted: FittedRewards
  readonly space: ActionSpace
}

// Weights: those of `createFittedRewards`.
function create({ factors, domain, learnsWith }: Config, dataset: Dataset, split: Split): Als {
  valuesToLearn(dataset, 'rewards')
  const fitted = createFittedRewards(dataset, factors, learnedIds(dataset, split))
  const space = actionSpace(trainingView(dataset, split), domain, learnsWith)
  return {
    fitted,
    space,
    ...rewardScorer(fitted),
    can: { worldModel: () => believedWorld(fitted, space, { inversePropensity: false }) },
    weights: () => fitted.weights,
    load: (loaded) => loadWeights(fitted.weights, loaded),
    async dispose() {},
  }
}

function train(model: Als, config: Config, context: TrainContext) {
  const { fitted, space } = model
  const { dataset, split, seed } = context
  const all = { holdOut: 0, weighting: 'none' } as const
  const { training } = rewardRows(dataset, split, space, all, createRng(seed).split('als'))
  const ratings = ratingsOf(dataset, training)
  const search = ridgeSearch(ratings, fitted.properties, config, seed)
  const pass = {
    steps: search.lines,
    step(line: number) {
      search.search(line)
      return training.length
    },
    async choose() {
      const { ridges, rmse, tried } = search.chosen()
      const places = Int32Array.from(training.keys())
      fitted.set(fitRatings(ratings, places, fitted.properties, { ...config, ridges }, seed))
      // Without validation rows its figures would be NaN.
      const figures = split.part.includes(Part.valid) ? await context.validate(model) : {}
      const { users, items, factors, properties } = ridges
      const chosen = `userRidge=${users} itemRidge=${items} factorRidge=${factors} featureRidge=${properties}`
      const reason = `held-out rows chose ${chosen}, by rmse ${rmse.toFixed(4)}`
      return { validation: { ...figures, 'heldOut/rmse': rmse }, tried, reason }
    },
  }
  return trainOnce(pass, model, context)
}

export const als = defineModel({
  name: 'als',
  task: 'rating',
  unlearned: 'of users and items without rows it expects what their features say, or nothing beyond the mean',
  summary: 'biases and factors by alternating least squares, as a world model that tells users apart',
  paper: {
    title: 'Large-Scale Parallel Collaborative Filtering for the Netflix Prize',
    year: 2008,
    venue: 'AAIM',
  },
  config,
  create,
  train,
})
