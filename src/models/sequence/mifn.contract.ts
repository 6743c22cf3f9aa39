import { copy, type Expectation, smallSequence, twoDomainCopyWorld } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    // Its many weights learn a small world by heart.
    learns: { ...copy, world: () => twoDomainCopyWorld({ users: 600 }) },
    set: { ...smallSequence, epochs: 20, maxLength: 8 },
  },
]
