import { copy, type Expectation, smallSequence } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: copy, set: { ...smallSequence, hidden: 16, members: 2, maxLength: 8 } },
]
