import { copy, cycle, type Expectation, inertKeys, smallSequence } from '../../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    learns: copy,
    // The default temperature is for losses of thousands of items: here `source`, which helps, would take all the weight.
    set: { ...smallSequence, inner: 16, layers: 1, maxLength: 8, temperature: 2 },
    inert: inertKeys('block0'),
  },
  {
    variant: 'told which domain is asked for',
    learns: copy,
    set: { ...smallSequence, inner: 16, layers: 1, maxLength: 8, temperature: 2, ask: 'learned' },
    inert: inertKeys('block0'),
  },
  {
    variant: 'one model a domain',
    learns: cycle,
    set: { ...smallSequence, inner: 16, layers: 1, maxLength: 8, sequences: 'single' },
    inert: inertKeys('copy/block0', 'source/block0'),
  },
]
