import { copy, type Expectation, inertKeys, smallSequence } from '../../contract/index.ts'

const small = { ...smallSequence, inner: 16, domainRank: 4, invariantRank: 4, maxLength: 8 }

export const expectations: readonly Expectation[] = [{ learns: copy, set: small, inert: inertKeys('attention') }]
