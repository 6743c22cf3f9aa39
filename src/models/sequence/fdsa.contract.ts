import { copy, cycle, type Expectation, inertKeys, smallSequence } from '../../contract/index.ts'

const small = { ...smallSequence, inner: 16, maxLength: 8 }
const inert = inertKeys('item/block0', 'item/block1', 'feature/block0', 'feature/block1')

export const expectations: readonly Expectation[] = [
  { learns: cycle, set: small, inert },
  { variant: 'across domains', learns: copy, set: small, inert },
]
