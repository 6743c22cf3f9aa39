import { type Expectation, ratings } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: ratings, anySplit: 'it knows each domain by its own rows', set: { width: 4 } },
  {
    variant: 'without offsets',
    // A product alone must learn the mean besides.
    learns: { ...ratings, rmse: 1.25 },
    anySplit: 'it knows each domain by its own rows',
    set: { width: 4, offsets: 'none' },
  },
  {
    variant: 'shared offsets',
    learns: ratings,
    anySplit: 'it knows each domain by its own rows, and users by all',
    set: { width: 4, offsets: 'shared' },
  },
]
