import { type Expectation, smallA2c, unusedCritic } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    earns: 0.9,
    gains: 0.6,
    set: { ...smallA2c, tracker: 'average', references: 4, neighbors: 4, projection: 8, selectorWidth: 8 },
    inert: unusedCritic,
  },
]
