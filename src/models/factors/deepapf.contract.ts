import { blocks, type Expectation, elsewhere } from '../../contract/index.ts'

const small = { width: 8, attention: 8, weightDecay: 0.003, batchSize: 64, epochs: 30, patience: 0, learningRate: 0.02 }

export const expectations: readonly Expectation[] = [
  { learns: elsewhere, set: small },
  { variant: 'softmax', learns: blocks, set: { ...small, loss: 'softmax' } },
]
