import { type Expectation, smallOffline } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { earns: 0.9, set: { ...smallOffline, quantiles: 5, minQWeight: 0.1 } },
]
