import { type Expectation, generosityElsewhere } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: generosityElsewhere, seedless: 'it counts', anySplit: 'it counts rows of any domain' },
]
