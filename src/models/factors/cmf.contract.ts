import { type Expectation, newcomers, ratings } from '../../contract/index.ts'

const small = { width: 4, factorRidge: [2, 4], userRidge: [4], itemRidge: [4], sweeps: 6 }
const anySplit = 'it learns from the training rows of any split'

export const expectations: readonly Expectation[] = [
  { learns: ratings, set: small, anySplit },
  { variant: 'of users who are new', learns: newcomers, set: small, anySplit, coldUsers: true },
]
