import { copy, cycle, type Expectation, smallSequence } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: cycle, set: { ...smallSequence, maxLength: 8 } },
  { variant: 'across domains', learns: copy, set: { ...smallSequence, maxLength: 8 } },
]
