import { z } from 'zod'
import { trackerOptions } from '../families/acting/index.ts'
import { a2cOptions, a2cPolicy, type ShaperContext } from '../families/actor-critic/index.ts'
import { lastItems, neighborRewards, nextItemEntropy, payEach, WEIGHTINGS } from '../rl/index.ts'

const config = z.object({
  ...a2cOptions({ embeddings: 'scratch' }),
  ...trackerOptions({ tracker: 'transformer', window: 3 }),
  neighbors: z.int().min(1).default(15).describe('k, users whose rewards are averaged'),
  neighborsFrom: z
    .enum(['predictions', 'observations'])
    .default('predictions')
    .describe("rows of the world model's predictions, the user among them, or other users of the log and their values"),
  weighting: z.enum(WEIGHTINGS).default('similarity').describe('what each of them counts'),
  uncertainty: z
    .enum(['none', 'static'])
    .default('none')
    .describe("what is paid for: nothing, or the world model's variance"),
  lambdaU: z.number().min(0).default(0.005).describe('λ_U, what a unit of variance takes from the reward'),
  lambdaE: z.number().min(0).default(1).describe('λ_E, what a unit of the next-item entropy adds to it'),
  entropyOrders: z
    .array(z.int().min(1))
    .default([1, 2])
    .describe('items in a row after which the log is counted; a log without times has no entropy'),
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

export const roler = a2cPolicy({
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
