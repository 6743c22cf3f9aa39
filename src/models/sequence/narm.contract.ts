import { cycle, type Expectation, smallSequence } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: cycle, set: { ...smallSequence, hidden: 16, maxLength: 8 } },
]
