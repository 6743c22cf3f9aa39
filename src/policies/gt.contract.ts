import { type Expectation, smallA2c, unusedCritic } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { earns: 0.9, gains: 0.6, set: { ...smallA2c, worldModel: '' }, inert: unusedCritic },
]
