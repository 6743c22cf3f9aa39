import { copy, type Expectation, inertKeys, smallSequence } from '../../contract/index.ts'

const blocks = ['global/block0', 'local0/block0', 'local1/block0', 'group0', 'group1', 'fusion']

export const expectations: readonly Expectation[] = [
  {
    learns: copy,
    set: { ...smallSequence, inner: 16, layers: 1, maxLength: 8, groups: 3 },
    inert: inertKeys(...blocks),
  },
]
