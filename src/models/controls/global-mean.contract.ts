import type { Expectation } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    learns: 'it tells neither users nor items apart',
    seedless: 'it counts',
    anySplit: 'it counts rows of any domain',
  },
]
