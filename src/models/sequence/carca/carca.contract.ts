import { copy, cycle, type Expectation, smallSequence } from '../../../contract/index.ts'

const small = { ...smallSequence, layers: 1, maxLength: 8 }

export const expectations: readonly Expectation[] = [
  { learns: cycle, set: { ...small, samples: 16, epochs: 60 } },
  { variant: 'across domains', learns: copy, set: { ...small, loss: 'softmax', dropout: 0.3 } },
]
