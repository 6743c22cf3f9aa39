import { type Expectation, ratings } from '../../contract/index.ts'

const sureness = 'it says how sure the score is'

export const expectations: readonly Expectation[] = [
  {
    learns: ratings,
    set: {
      domain: 'target',
      factors: 2,
      folds: 2,
      userRidge: [4],
      itemRidge: [4],
      factorRidge: [1, 2],
      featureRidge: [20],
    },
    anySplit: 'it learns from the training rows of any split',
    inert: { 'spread/users': sureness, 'spread/items': sureness },
  },
]
