import { blocks, type Expectation } from '../../contract/index.ts'

const small = { width: 8, shared: 4, own: 4, batchSize: 64, epochs: 30, patience: 0, learningRate: 0.02 }

export const expectations: readonly Expectation[] = [
  { learns: blocks, set: small },
  { variant: 'softmax', learns: blocks, set: { ...small, loss: 'softmax', own: 0 } },
]
