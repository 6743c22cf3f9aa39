import { copy, cycle, type Expectation, inertKeys, smallSequence } from '../../../contract/index.ts'

const small = { ...smallSequence, inner: 16, maxLength: 8, pretrainEpochs: 3 }

export const expectations: readonly Expectation[] = [
  { learns: cycle, set: small, inert: inertKeys('block0', 'block1') },
  { variant: 'across domains', learns: copy, set: small, inert: inertKeys('block0', 'block1') },
]
