import { type Expectation, smallPredicting, unusedSpread } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { earns: 0.8, gains: 0.1, set: { ...smallPredicting, exploration: 0.1 }, inert: unusedSpread },
]
