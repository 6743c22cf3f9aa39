import { type Expectation, smallOffline } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { earns: 0.9, gains: 0.5, set: { ...smallOffline, threshold: 0.05 } },
]
