import type { Expectation } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    earns: 'the log takes all items equally often, and so does whoever imitates it',
    set: { width: 8, hidden: [16], epochs: 8, batchSize: 64, learningRate: 0.01 },
  },
]
