import { z } from 'zod'
import { a2cOptions, defineActorCritic, type ShaperContext, shapingOptions } from '../families/actor-critic/index.ts'
import { lastItems, nextItemEntropy, payEach } from '../rl/index.ts'

const { lambdaU, lambdaE, entropyOrders } = shapingOptions({ lambdaU: 0.005, lambdaE: 1 })
const config = z.object({ ...a2cOptions(), lambdaU, lambdaE, entropyOrders })

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

export const dorl = defineActorCritic({
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
