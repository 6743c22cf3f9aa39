import { blocks, type Expectation } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: blocks, set: { width: 8, batchSize: 64, epochs: 30, patience: 0, learningRate: 0.02 } },
]
