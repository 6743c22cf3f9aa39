import { type Expectation, newcomers, smallBridge } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: newcomers, coldUsers: true, set: { ...smallBridge, hidden: 8, batchSize: 16 } },
]
