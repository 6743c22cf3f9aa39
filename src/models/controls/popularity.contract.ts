import { type Expectation, popularityWorld } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    learns: { world: popularityWorld, k: 5, atLeast: 0.4, margin: 0.25, against: 'random' },
    seedless: 'counting draws no numbers',
  },
]
