import { crowdingNoiseWorld, type Expectation, type Lesson, smallSequence } from '../../contract/index.ts'

const trains = 'the decoder of the auto-encoder, which only trains the code'
const decoder = ['inner/weight', 'inner/bias', 'outer/weight', 'outer/bias'].map((part) => [`decode/${part}`, trains])
/** Users have a taste in each domain, one group of six items; the order of a history says nothing, and this model reads none. */
const tastes: Lesson = { world: () => crowdingNoiseWorld({ quiet: true }), k: 6, atLeast: 0.9, margin: 0.4 }

export const expectations: readonly Expectation[] = [
  {
    learns: tastes,
    set: { ...smallSequence, hidden: 16, maxLength: 16 },
    inert: {
      ...Object.fromEntries(decoder),
      'transfer/key/bias': 'what all keys of a query have in common cancels in the softmax; the public code has it',
    },
  },
]
