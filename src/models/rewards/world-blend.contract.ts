import { type Expectation, ratings } from '../../contract/index.ts'

const sureness = 'it says how sure the score is'

export const expectations: readonly Expectation[] = [
  {
    learns: ratings,
    set: {
      domain: 'target',
      factors: 2,
      // Weak enough that the networks count, too: alone als knows this world better than they do.
      folds: 4,
      userRidge: [0.5],
      itemRidge: [0.5],
      factorRidge: [5],
      featureRidge: [20],
      l2: 0,
      hidden: [16],
      learningRate: 0.03,
      batchSize: 8,
      epochs: 16,
    },
    anySplit: 'it learns from the training rows of any split',
    inert: {
      'als/spread/users': sureness,
      'als/spread/items': sureness,
      ...Object.fromEntries(
        [0, 1, 2, 3].flatMap((m) => ['weight', 'bias'].map((part) => [`member${m}/variance/${part}`, sureness])),
      ),
    },
  },
]
