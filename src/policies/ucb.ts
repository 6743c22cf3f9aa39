import { z } from 'zod'
import { type Dataset, defineModel, type Model, type ModelContext, type Policy, type Split } from '../core/index.ts'
import {
  actOnRewards,
  createRewardModel,
  type RewardModel,
  rewardOptions,
  trainRewards,
} from '../families/rewards/index.ts'
import { trainingRows, trainingView } from '../rl/index.ts'

const config = z.object({
  exploration: z
    .number()
    .min(0)
    .default(1)
    .describe('factor of the bound, in units of the reward; 0 takes the best prediction'),
  counts: z
    .enum(['log', 'episode'])
    .default('log')
    .describe('what n counts beside the recommendations of the episode: training rows of the item, or nothing'),
  ...rewardOptions({ ensemble: 1 }),
})
type Config = z.output<typeof config>

// Weights: those of the reward network, `createRewardNetwork`.
function create(config: Config, dataset: Dataset, split: Split, context: ModelContext): Model & Policy & RewardModel {
  const model = createRewardModel(config, dataset, split, context)
  const { items } = model.space
  const columnOf = new Map(Array.from(items, (item, column) => [item, column]))
  const known = new Float64Array(items.length).fill(1)
  const count = (item: number, n: Float64Array) => {
    const column = columnOf.get(item)
    if (column !== undefined) n[column]++
  }
  if (config.counts === 'log')
    for (const row of trainingRows(trainingView(dataset, split))) count(dataset.log.item[row], known)
  return {
    ...model,
    acting: 'greedy',
    remembers: 'episode',
    avoidsLeaving: false,
    score: actOnRewards(model, (predicted, { history }, scores) => {
      const n = known.slice()
      for (const item of history) count(item, n)
      const logTotal = Math.log(n.reduce((a, b) => a + b, 0))
      // μ̂ + c √(2 ln Σn / n_i), the index of UCB1 (Auer, Cesa-Bianchi and Fischer, 2002) with the prediction for the mean
      for (const [column, reward] of predicted.entries())
        scores[column] = reward + config.exploration * Math.sqrt((2 * logTotal) / n[column])
    }),
  }
}

export const ucb = defineModel({
  name: 'ucb',
  task: 'policy',
  unlearned: 'its world model reads features, and no vectors of such users and items',
  summary: 'takes the item with the highest predicted reward plus a bound for how rarely it was seen; learns no policy',
  config,
  create,
  train: (model, config, context) => trainRewards(model.network, config, model.space, model, context),
})
