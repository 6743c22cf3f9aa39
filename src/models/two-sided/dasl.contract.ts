import { type Expectation, smallRated, taste } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    learns: taste,
    set: {
      ...smallRated,
      learningRate: 0.03,
      weightDecay: 0,
      epochs: 25,
      width: 8,
      hidden: 8,
      history: 3,
      layers: [16],
    },
    inert: { mapping: 'only the penalty that ties the two vectors of a user reads it' },
  },
]
