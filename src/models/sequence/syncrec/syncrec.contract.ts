import { copy, type Expectation, inertKeys, smallSequence } from '../../../contract/index.ts'

const pacer =
  'only the single-domain tasks use it, which teach the shared experts and measure the gap; the cross branch serves'
/** Weights of SyNCRec that no score depends on. */
const singleBranch = {
  bilinear: 'only the mutual information uses it',
  'starts/single': pacer,
  ...Object.fromEntries(['weight', 'bias'].map((part) => [`gates/single/${part}`, pacer])),
  ...Object.fromEntries(
    [0, 1].flatMap((d) =>
      ['inner/weight', 'inner/bias', 'outer/weight', 'outer/bias', 'norm/gain', 'norm/bias'].map((part) => [
        `towers/single${d}/${part}`,
        pacer,
      ]),
    ),
  ),
  ...inertKeys('expert1/block0', 'expert2/block0'),
}

const small = { ...smallSequence, batchSize: 8, experts: 2, crossExperts: 1, layers: 1, maxLength: 8 }

export const expectations: readonly Expectation[] = [
  {
    variant: 'the cross-domain branch answers',
    learns: copy,
    set: { ...small, epochs: 15, branch: 'cross' },
    inert: singleBranch,
  },
  {
    learns: copy,
    set: { ...small, epochs: 15, ask: 'learned' },
    inert: {
      bilinear: 'only the mutual information uses it',
      ...Object.fromEntries(
        Object.keys(singleBranch)
          .filter((name) => name.startsWith('towers/single0/'))
          .map((name) => [name, 'in the domain `copy` validation trusts the cross-domain branch alone']),
      ),
      ...inertKeys('expert1/block0', 'expert2/block0'),
    },
  },
  {
    variant: 'sequential mixture of experts',
    learns: copy,
    set: { ...small, epochs: 40, branch: 'cross', ablation: 'mmoe', loss: 'bce', start: false, window: 'mixed' },
    inert: Object.fromEntries(
      Object.entries(singleBranch).filter(([name]) => name !== 'bilinear' && name !== 'starts/single'),
    ),
  },
]
