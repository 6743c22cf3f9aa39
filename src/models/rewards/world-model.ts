import { z } from 'zod'
import { type Model, TributaryError, type WorldModel } from '../../core/index.ts'
import { defineRewardModel, type RewardModel, rewardOptions, rewardScorer } from '../../families/rewards/index.ts'
import { keptRewards } from '../../math/index.ts'

const config = z.object(rewardOptions({ ensemble: 5 }))

/** Two matrices of this many numbers are two gibibytes. KuaiRand has 27,285 × 7,583 = 206,902,155 pairs. */
const MOST_CELLS = 2 ** 28

/** R̂ = mean of the members' μ and V = the largest of their σ², for every user and item of the action space. */
async function worldModelOf(
  { network, space }: Pick<RewardModel, 'network' | 'space'>,
  { weighting }: z.output<typeof config>,
): Promise<WorldModel> {
  const { users, items } = space
  const cells = users.length * items.length
  if (cells > MOST_CELLS)
    throw new TributaryError(
      'bad-dataset',
      `the world model of ${users.length} users and ${items.length} items has ${cells} pairs, more than the ${MOST_CELLS} that are kept in memory; give the dataset a truth of fewer users, or import fewer`,
    )
  const rewards = new Float32Array(cells)
  const variance = new Float32Array(cells)
  for (const [row, user] of users.entries()) {
    const told = await network.predict(new Int32Array(items.length).fill(user), items)
    rewards.set(told.mean, row * items.length)
    variance.set(told.variance, row * items.length)
  }
  return {
    rewards: keptRewards({ users, items, values: rewards }),
    variance: keptRewards({ users, items, values: variance }),
    itemVectors: network.itemVectors(items),
    userVectors: network.userVectors(users),
    inversePropensity: weighting !== 'none',
  }
}

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
  answers: (learned, config): Pick<Model, 'score' | 'scorePairs' | 'can'> => ({
    ...rewardScorer(learned.network),
    can: { worldModel: () => worldModelOf(learned, config) },
  }),
})
