import { copy, cycle, type Expectation, inertKeys, smallSequence } from '../../../contract/index.ts'

// A sequence gives one or two targets an epoch instead of one a position, so it takes more and smaller steps.
const cloze = { ...smallSequence, inner: 16, layers: 1, maxLength: 8, lastShare: 0.8, batchSize: 16, epochs: 40 }

export const expectations: readonly Expectation[] = [
  { learns: copy, set: cloze, inert: inertKeys('block0') },
  {
    variant: 'with a projection',
    learns: cycle,
    set: { ...cloze, projection: true },
    inert: inertKeys('block0'),
  },
  {
    variant: 'told which domain is asked for',
    learns: copy,
    set: { ...cloze, ask: 'learned' },
    inert: inertKeys('block0'),
  },
]
