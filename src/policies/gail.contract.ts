import { type Expectation, smallA2c, unusedCritic } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    earns: 'the log takes all items equally often, and so does whoever acts as it does',
    set: smallA2c,
    inert: unusedCritic,
  },
]
