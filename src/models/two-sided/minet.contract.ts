import { type Expectation, smallRated, taste } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: taste, set: { ...smallRated, hidden: 16, layers: [16] } },
]
