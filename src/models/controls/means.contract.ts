import { type Expectation, stars } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: stars, seedless: 'it counts', anySplit: 'it counts rows of any domain' },
  {
    variant: 'one domain at a time',
    set: { users: 'single' },
    learns: stars,
    seedless: 'it counts',
    anySplit: 'it counts rows of any domain',
  },
]
