import { z } from 'zod'
import { a2cOptions, defineActorCritic, type ShaperContext, shapingOptions } from '../families/actor-critic/index.ts'
import { payEach } from '../rl/index.ts'

const { lambdaU } = shapingOptions({ lambdaU: 0.2 })
const config = z.object({ ...a2cOptions(), lambdaU })

/** r = R̂[u, a] − λ_U V[u, a], shifted. */
export function mopoRewards(
  { lambdaU, rewardShift }: z.output<typeof config>,
  { world: { rewards, variance } }: Pick<ShaperContext, 'world'>,
) {
  const lowest = rewardShift ? rewards.min - lambdaU * variance.max : 0
  return payEach(rewards, ({ row, column }) => rewards.at(row, column) - lambdaU * variance.at(row, column) - lowest)
}

export const mopo = defineActorCritic({
  name: 'mopo',
  summary: 'learns in the world model and pays for what it is unsure of',
  paper: { title: 'MOPO: Model-based Offline Policy Optimization', year: 2020, venue: 'NeurIPS' },
  config,
  shaper: mopoRewards,
})
