import { z } from 'zod'
import { TributaryError } from '../core/index.ts'
import { a2cOptions, a2cPolicy, payEach, type ShaperContext } from '../rl/index.ts'

const config = z.object({
  ...a2cOptions(),
  rewardShift: z
    .boolean()
    .default(true)
    .describe('whether the lowest reward is subtracted from all, so that none is negative'),
})

/** r = R̂[u, a], shifted, where R̂ was learned from rows that count 1 over the rows of their item. */
export function ipsRewards(
  { worldModel, rewardShift }: z.output<typeof config>,
  { world: { rewards, inversePropensity } }: Pick<ShaperContext, 'world'>,
) {
  if (!inversePropensity)
    throw new TributaryError(
      'bad-config',
      `ips learns in a world model that was trained with weighting=inverse-propensity, and that of ${worldModel} was not; train one (tributary train world-model DATASET --set weighting=inverse-propensity --out RUN) and set worldModel to its run`,
    )
  const lowest = rewardShift ? rewards.min : 0
  return payEach(rewards, ({ row, column }) => rewards.at(row, column) - lowest)
}

export const ips = a2cPolicy({
  name: 'ips',
  summary: 'learns in a world model of rows weighted by the inverse of how often their item is seen',
  paper: { title: 'Recommendations as Treatments: Debiasing Learning and Evaluation', year: 2016, venue: 'ICML' },
  config,
  shaper: ipsRewards,
})
