import { type Expectation, smallRated, taste } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: taste, set: { ...smallRated, hidden: [16, 8] } },
  {
    variant: 'with source features and no source loss',
    learns: taste,
    set: { ...smallRated, hidden: [16, 8], source: 'features' },
  },
  { variant: 'of the target alone', learns: taste, set: { ...smallRated, hidden: [16, 8], source: 'none' } },
  {
    variant: 'with batches of their own for the source',
    learns: taste,
    set: { ...smallRated, hidden: [16, 8], pairing: 'independent' },
  },
]
