import { z } from 'zod'
import { TributaryError } from '../core/index.ts'
import { a2cOptions, defineActorCritic, type ShaperContext } from '../families/actor-critic/index.ts'
import { payMatrix } from '../rl/index.ts'

const config = z.object(a2cOptions())

/** r = R̂[u, a], shifted, where R̂ was learned from rows that count 1 over the rows of their item. */
export function ipsRewards(
  options: z.output<typeof config>,
  { world: { rewards, inversePropensity } }: Pick<ShaperContext, 'world'>,
) {
  if (!inversePropensity)
    throw new TributaryError(
      'bad-config',
      `ips learns in a world model that was trained with weighting=inverse-propensity, and that of ${options.worldModel} was not; train one (tributary train world-model DATASET --set weighting=inverse-propensity --out RUN) and set worldModel to its run`,
    )
  return payMatrix(rewards, options)
}

export const ips = defineActorCritic({
  name: 'ips',
  summary: 'learns in a world model of rows weighted by the inverse of how often their item is seen',
  paper: {
    title: 'Counterfactual Risk Minimization: Learning from Logged Bandit Feedback',
    year: 2015,
    venue: 'ICML',
  },
  config,
  shaper: ipsRewards,
})
