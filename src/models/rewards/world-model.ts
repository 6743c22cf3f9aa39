import { z } from 'zod'
import type { Model } from '../../core/index.ts'
import { believedWorld, defineRewardModel, rewardOptions, rewardScorer } from '../../families/rewards/index.ts'

const config = z.object(rewardOptions({ ensemble: 5 }))

export const worldModel = defineRewardModel({
  name: 'world-model',
  task: 'rating',
  summary: 'an ensemble that predicts rewards and how sure it is of each, for policies to learn in',
  paper: {
    title: 'Alleviating Matthew Effect of Offline Reinforcement Learning in Interactive Recommendation',
    year: 2023,
    venue: 'SIGIR',
  },
  config,
  answers: ({ network, space }, { weighting }): Pick<Model, 'score' | 'scorePairs' | 'can'> => ({
    ...rewardScorer(network),
    can: {
      // R̂ = mean of the members' μ and V = the largest of their σ²
      worldModel: () => believedWorld(network, space, { inversePropensity: weighting !== 'none' }),
    },
  }),
})
