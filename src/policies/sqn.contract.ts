import { type Expectation, smallOffline, unusedHead } from '../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    earns: 'it does what the log did, which took all items equally often',
    set: smallOffline,
    inert: unusedHead('q', 'it acts by the other head'),
  },
  {
    variant: 'by its values',
    earns: 0.9,
    set: { ...smallOffline, actsBy: 'q' },
    inert: unusedHead('supervised', 'it acts by the other head'),
  },
]
