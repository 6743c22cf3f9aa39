import type { Expectation } from '../contract/index.ts'

const small = { width: 8, hidden: [16], epochs: 8, batchSize: 64, learningRate: 0.01 }

export const expectations: readonly Expectation[] = [
  { earns: 'the log takes all items equally often, and so does whoever imitates it', set: small },
  {
    variant: 'that weighs by returns',
    earns: 0.6,
    gains: 0.2,
    set: { ...small, weights: 'returns', gamma: 0, beta: 0.3 },
  },
]
