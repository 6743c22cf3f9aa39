import { copy, cycle, type Expectation, smallSequence } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: cycle, set: { ...smallSequence, concepts: 20, interests: 3, maxLength: 8 } },
  {
    variant: 'across domains',
    learns: copy,
    set: { ...smallSequence, width: 32, concepts: 20, interests: 3, maxLength: 8 },
  },
]
