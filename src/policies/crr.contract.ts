import { type Expectation, smallOffline, unusedHead } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    earns: 0.7,
    set: { ...smallOffline, gamma: 0.5 },
    inert: unusedHead('q', 'it weighs the log in training; the actor recommends'),
  },
]
