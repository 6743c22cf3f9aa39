import { blocks, type Expectation } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    learns: blocks,
    set: { width: 8, layers: 2, dropout: 0.1, batchSize: 64, epochs: 20, patience: 0, learningRate: 0.02 },
  },
]
