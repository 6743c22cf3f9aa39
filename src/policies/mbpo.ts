import { z } from 'zod'
import { a2cOptions, a2cPolicy } from '../rl/index.ts'

const config = z.object({
  ...a2cOptions(),
  rewardShift: z
    .boolean()
    .default(true)
    .describe('whether the lowest reward is subtracted from all, so that none is negative'),
})

/** r = R̂[u, a], shifted. */
export const mbpo = a2cPolicy({
  name: 'mbpo',
  summary: 'learns in the world model and believes all of it',
  paper: { title: 'When to Trust Your Model: Model-Based Policy Optimization', year: 2019, venue: 'NeurIPS' },
  config,
  shaper({ rewardShift }, { world: { rewards } }) {
    const shift = rewardShift ? rewards.min : 0
    return {
      pay({ simulator, slots, columns }) {
        const observed = Float32Array.from(slots, (slot, i) => rewards.at(simulator.rows[slot]!, columns[i]!))
        return { observed, rewards: observed.map((reward) => reward - shift) }
      },
    }
  },
})
