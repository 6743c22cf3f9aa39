import { type Expectation, smallA2c, unusedCritic } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    earns: 0.9,
    gains: 0.6,
    set: { ...smallA2c, neighbors: 4, layers: 1 },
    inert: {
      ...unusedCritic,
      'tracker/block0/key/bias': 'what all keys of a query have in common cancels in the softmax',
    },
  },
]
