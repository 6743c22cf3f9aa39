import { type Expectation, smallA2c, unusedCritic } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { earns: 0.9, gains: 0.6, set: smallA2c, inert: unusedCritic },
  {
    variant: 'that knows the user and multiplies vectors',
    earns: 0.9,
    gains: 0.6,
    set: { ...smallA2c, user: 'vector', head: 'dot', tracker: 'gru' },
    inert: unusedCritic,
  },
  {
    variant: 'that begins at what the world believes',
    earns: 0.9,
    set: { ...smallA2c, sharpness: 5 },
    inert: unusedCritic,
  },
]
