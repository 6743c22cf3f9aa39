import { copy, cycle, type Expectation, inertKeys, smallSequence } from '../../../contract/index.ts'

const small = { ...smallSequence, inner: 16, layers: 1, maxLength: 8 }

export const expectations: readonly Expectation[] = [
  { learns: copy, set: small, inert: inertKeys('block0') },
  {
    variant: 'one model a domain',
    learns: cycle,
    set: { ...small, sequences: 'single' },
    inert: inertKeys('copy/block0', 'source/block0'),
  },
]
