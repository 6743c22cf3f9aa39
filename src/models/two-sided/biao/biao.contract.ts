import { type Expectation, smallRated, taste } from '../../../contract/index.ts'

/** Weights of BIAO's perceptron. */
const perceptron = Object.fromEntries(
  [
    'scale',
    ...['global1', 'user1', 'user2', 'user3'].flatMap((layer) => [`${layer}/weight`, `${layer}/bias`]),
    ...['source', 'target'].flatMap((side) => ['query', 'key', 'value', 'output'].map((part) => `${side}/${part}`)),
  ].map((name) => [`perceptron/${name}`, 'it weighs behaviors in training; the base model serves']),
)

export const expectations: readonly Expectation[] = [
  {
    learns: taste,
    set: { ...smallRated, interval: 5, alpha: 0.01, recent: 5, heads: 2, headWidth: 4 },
    inert: perceptron,
  },
]
