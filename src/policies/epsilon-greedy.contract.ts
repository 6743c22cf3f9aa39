import { type Expectation, smallPredicting, unusedSpread } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    earns: 0.6,
    gains: 0.1,
    set: smallPredicting,
    inert: {
      ...unusedSpread,
      'member0/linear/user': 'it adds the same to all items, of which the best counts',
      'member0/mean/bias': 'it adds the same to all items, of which the best counts',
    },
  },
]
