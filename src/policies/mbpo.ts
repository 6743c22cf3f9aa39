import { z } from 'zod'
import { a2cOptions, defineActorCritic } from '../families/actor-critic/index.ts'
import { payMatrix } from '../rl/index.ts'

/** r = R̂[u, a], shifted. */
export const mbpo = defineActorCritic({
  name: 'mbpo',
  summary: 'learns in the world model and believes all of it',
  paper: { title: 'When to Trust Your Model: Model-Based Policy Optimization', year: 2019, venue: 'NeurIPS' },
  config: z.object(a2cOptions()),
  shaper: (config, { world }) => payMatrix(world.rewards, config),
})
