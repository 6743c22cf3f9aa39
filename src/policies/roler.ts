import { z } from 'zod'
import { trackerOptions } from '../families/acting/index.ts'
import { a2cOptions, defineActorCritic, type ShaperContext, shapingOptions } from '../families/actor-critic/index.ts'
import { lastItems, neighborRewards, nextItemEntropy, payEach } from '../rl/index.ts'

const config = z.object({
  ...a2cOptions({ embeddings: 'scratch' }),
  ...trackerOptions({ tracker: 'transformer', window: 3 }),
  ...shapingOptions({ lambdaU: 0.005, lambdaE: 1 }),
  uncertainty: z
    .enum(['none', 'static'])
    .default('none')
    .describe("what is paid for: nothing, or the world model's variance"),
})

/** r = R′[u, a] − λ_U P_U + λ_E P_E, shifted, where R′ are means over neighbors and P_U = 0 or V[u, a]. */
export function rolerRewards(
  {
    neighbors,
    neighborsFrom,
    weighting,
    uncertainty,
    lambdaU,
    lambdaE,
    entropyOrders,
    rewardShift,
  }: z.output<typeof config>,
  { world, dataset }: Pick<ShaperContext, 'world' | 'dataset'>,
) {
  const observed = neighborsFrom === 'observations' ? dataset : undefined
  const rewards = neighborRewards(world.rewards, { neighbors, weighting, observed }) // R′
  const penalty = uncertainty === 'static' ? lambdaU : 0
  const entropy = nextItemEntropy(dataset, entropyOrders)
  const lowest = rewardShift ? rewards.min - penalty * world.variance.max + lambdaE * entropy.least : 0
  return payEach(rewards, (turn) => {
    const { row, column } = turn
    const entropyNow = entropy.at(lastItems(turn, rewards.items, entropy.orders)) // P_E
    return rewards.at(row, column) - penalty * world.variance.at(row, column) + lambdaE * entropyNow - lowest
  })
}

export const roler = defineActorCritic({
  name: 'roler',
  summary: "learns in the world model after each user's rewards were averaged with those of similar users",
  paper: {
    title: 'ROLeR: Effective Reward Shaping in Offline Reinforcement Learning for Recommender Systems',
    year: 2024,
    venue: 'CIKM',
  },
  config,
  shaper: rolerRewards,
})
