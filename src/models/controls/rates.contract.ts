import { type Expectation, quality } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: quality, seedless: 'it counts', anySplit: 'it counts rows of any domain alike' },
]
