import { copy, cycle, type Expectation, smallSequence } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: copy, set: { ...smallSequence, inner: 16, maxLength: 8 } },
  {
    variant: 'one model a domain',
    learns: cycle,
    set: { ...smallSequence, inner: 16, maxLength: 8, layers: 1, sequences: 'single' },
  },
]
