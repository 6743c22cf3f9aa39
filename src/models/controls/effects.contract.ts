import { type Expectation, generosityElsewhere, stars } from '../../contract/index.ts'

const counts = { seedless: 'it counts', anySplit: 'it counts rows of any domain' }

export const expectations: readonly Expectation[] = [
  { learns: stars, ...counts },
  { variant: 'of users who are new', learns: generosityElsewhere, ...counts },
  { variant: 'one domain at a time', set: { users: 'single' }, learns: stars, ...counts },
]
