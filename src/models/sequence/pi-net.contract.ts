import { copy, type Expectation, smallSequence, twoDomainCopyWorld } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    // Its many weights learn a small world by heart.
    learns: { ...copy, world: () => twoDomainCopyWorld({ users: 300 }) },
    set: { ...smallSequence, hidden: 16, members: 2, batchSize: 16, epochs: 15, maxLength: 8 },
  },
]
