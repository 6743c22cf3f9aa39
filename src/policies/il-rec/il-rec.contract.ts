import type { Expectation } from '../../contract/index.ts'

const KEY_BIAS = 'what all keys of a query have in common cancels in the softmax; the public code has it'

const small = {
  worldModel: 'world',
  width: 8,
  maxLength: 8,
  learningRate: 0.01,
  criticLearningRate: 0.01,
  epochs: 2,
}
const inert = { 'encoder/block0/key/bias': KEY_BIAS, 'encoder/block1/key/bias': KEY_BIAS }

export const expectations: readonly Expectation[] = [
  { earns: 0.8, set: { ...small, batchSize: 32, episodesPerEpoch: 120 }, inert },
  {
    variant: 'shown the log, as the paper has it',
    earns: 'what it learns from demonstrations is held to a world of its own',
    set: {
      ...small,
      demonstrations: 'log',
      preset: 'paper',
      user: 'history',
      episodesPerEpoch: 12,
      discriminatorEvery: 4,
      weighEvery: 6,
      demonstrationSteps: 5,
      selectEpisodes: 10,
    },
    inert,
  },
]
