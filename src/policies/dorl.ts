import { z } from 'zod'
import { a2cOptions, a2cPolicy, type ShaperContext } from '../families/actor-critic/index.ts'
import { lastItems, nextItemEntropy, payEach } from '../rl/index.ts'

const config = z.object({
  ...a2cOptions(),
  lambdaU: z.number().min(0).default(0.005).describe('λ_U, what a unit of variance takes from the reward'),
  lambdaE: z.number().min(0).default(1).describe('λ_E, what a unit of the next-item entropy adds to it'),
  entropyOrders: z
    .array(z.int().min(1))
    .default([1, 2])
    .describe('items in a row after which the log is counted; a log without times has no entropy'),
})

/** r = R̂[u, a] − λ_U V[u, a] + λ_E P_E, shifted. */
export function dorlRewards(
  { lambdaU, lambdaE, entropyOrders, rewardShift }: z.output<typeof config>,
  { world: { rewards, variance }, dataset }: Pick<ShaperContext, 'world' | 'dataset'>,
) {
  const entropy = nextItemEntropy(dataset, entropyOrders)
  const lowest = rewardShift ? rewards.min - lambdaU * variance.max + lambdaE * entropy.least : 0
  return payEach(rewards, (turn) => {
    const { row, column } = turn
    const entropyNow = entropy.at(lastItems(turn, rewards.items, entropy.orders)) // P_E
    return rewards.at(row, column) - lambdaU * variance.at(row, column) + lambdaE * entropyNow - lowest
  })
}

export const dorl = a2cPolicy({
  name: 'dorl',
  summary: 'learns in the world model, pays for what it is unsure of and is paid where the log goes on in many ways',
  paper: {
    title: 'Alleviating Matthew Effect of Offline Reinforcement Learning in Interactive Recommendation',
    year: 2023,
    venue: 'SIGIR',
  },
  config,
  shaper: dorlRewards,
})
