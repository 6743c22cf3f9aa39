import { copy, cycle, type Expectation, inertKeys, smallSequence } from '../../contract/index.ts'

const noMemory = 'the network knows all that is to be known of this world, so no domain listens to the memory'

export const expectations: readonly Expectation[] = [
  { learns: cycle, set: { ...smallSequence, inner: 16, maxLength: 8 }, inert: inertKeys('block0', 'block1') },
  {
    variant: 'across domains',
    learns: copy,
    set: { ...smallSequence, inner: 16, maxLength: 8 },
    inert: inertKeys('block0', 'block1'),
  },
  {
    variant: 'sampled softmax',
    learns: cycle,
    set: { ...smallSequence, inner: 16, maxLength: 8, loss: 'sampled-softmax', samples: 16 },
    inert: inertKeys('block0', 'block1'),
  },
  {
    variant: 'one model a domain',
    learns: cycle,
    set: { ...smallSequence, inner: 16, maxLength: 8, layers: 1, sequences: 'single' },
    inert: inertKeys('copy/block0', 'source/block0'),
  },
  {
    variant: 'told which domain is asked for',
    learns: copy,
    set: { ...smallSequence, inner: 16, maxLength: 8, layers: 1, ask: 'learned' },
    inert: inertKeys('block0'),
  },
  {
    variant: 'with a memory',
    learns: copy,
    set: { ...smallSequence, inner: 16, maxLength: 8, layers: 1, memory: 'neighbors' },
    fixed: { 'memory/weight': noMemory },
    inert: { ...inertKeys('block0'), 'memory/recall': noMemory },
  },
  {
    variant: 'both histories',
    learns: copy,
    set: { ...smallSequence, inner: 16, maxLength: 8, layers: 1, histories: 'both' },
    inert: inertKeys('block0'),
  },
]
