import type { Expectation } from '../../contract/index.ts'

const KEY_BIAS = 'what all keys of a query have in common cancels in the softmax; the public code has it'

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
      episodesPerEpoch: 120,
      epochs: 2,
    },
    inert: { 'encoder/block0/key/bias': KEY_BIAS, 'encoder/block1/key/bias': KEY_BIAS },
  },
]
