import type { Expectation } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    earns: 0.8,
    set: {
      worldModel: 'world',
      width: 8,
      maxLength: 8,
      batchSize: 32,
      learningRate: 0.01,
      criticLearningRate: 0.01,
      episodesPerEpoch: 300,
      epochs: 2,
    },
  },
]
