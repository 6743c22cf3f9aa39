import { cycle, type Expectation, inertKeys, smallSequence } from '../../../contract/index.ts'

const small = { ...smallSequence, inner: 16, maxLength: 8, layers: 1, expertEpochs: 1 }

export const expectations: readonly Expectation[] = [
  { learns: cycle, set: small, inert: inertKeys('copy/block0', 'source/block0') },
]
