import { type Expectation, ratings } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    learns: ratings,
    set: {
      domain: 'target',
      ensemble: 2,
      negatives: 0,
      l2: 0,
      hidden: [16],
      learningRate: 0.01,
      batchSize: 32,
      epochs: 40,
    },
    anySplit: 'it learns from the training rows of any split',
    inert: Object.fromEntries(
      [0, 1].flatMap((m) =>
        ['weight', 'bias'].map((part) => [`member${m}/variance/${part}`, 'it says how sure the score is']),
      ),
    ),
  },
]
