import { blocks, type Expectation, elsewhere } from '../../contract/index.ts'

const small = { width: 8, hidden: [16], weightDecay: 0.003, batchSize: 64, epochs: 30, patience: 0, learningRate: 0.02 }

export const expectations: readonly Expectation[] = [
  { learns: elsewhere, set: small },
  { variant: 'mean, softmax', learns: blocks, set: { ...small, combine: 'mean', loss: 'softmax' } },
  {
    variant: 'concatenation, sampled softmax',
    learns: blocks,
    set: { ...small, combine: 'concatenation', loss: 'sampled-softmax', samples: 8 },
  },
]
