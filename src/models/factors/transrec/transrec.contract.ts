import { blocks, copy, type Expectation } from '../../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: copy, set: { width: 16, batchSize: 64, epochs: 40, patience: 0, learningRate: 0.02 } },
  {
    variant: 'one model a domain',
    learns: blocks,
    set: { width: 8, batchSize: 64, epochs: 30, patience: 0, learningRate: 0.02, sequences: 'single' },
  },
]
