import { ratedWorld } from '../worlds/rated-worlds.ts'
import { blockWorld, cycleWorld, popularityWorld, twoDomainCopyWorld, type World } from '../worlds/worlds.ts'

export interface Expectation {
  readonly model: string
  /** Told apart from other lines of the same model. */
  readonly variant?: string
  /** Options small enough that the contract suite stays fast. */
  readonly set?: Readonly<Record<string, unknown>>
  /** What it must learn; a reason where there is nothing to learn. */
  readonly learns: Lesson | LabelLesson | RatingLesson | string
  /** Why another seed gives the same bits; absent where it must give others. */
  readonly seedless?: string
  /** Why a model that predicts labels needs no target; absent where it refuses a split without one. */
  readonly anySplit?: string
  /** Weights that training does not change, each with its reason. */
  readonly fixed?: Readonly<Record<string, string>>
  /** Weights that matter to no score, each with its reason. */
  readonly inert?: Readonly<Record<string, string>>
}

export interface Lesson {
  readonly world: () => World
  /** The hit rate at k on the test part must reach `atLeast` and be ahead of `against` by `margin`. */
  readonly k: number
  readonly atLeast: number
  readonly margin: number
  /** Default `popularity`. */
  readonly against?: string
  readonly maskSeen?: boolean
  /** Examine only the answers of this domain. */
  readonly domain?: string
}

/** For models that predict labels. */
export interface LabelLesson {
  readonly world: () => World
  /** Which the AUC on the test part must reach; chance is .5. */
  readonly auc: number
}

/** For models that predict ratings. */
export interface RatingLesson {
  readonly world: () => World
  /** Which the RMSE on the test part must not exceed. */
  readonly rmse: number
}

const blocks: Lesson = { world: blockWorld, k: 5, atLeast: 0.95, margin: 0.5, maskSeen: true }
const cycle: Lesson = { world: cycleWorld, k: 1, atLeast: 0.95, margin: 0.8 }
const copy: Lesson = { world: twoDomainCopyWorld, k: 1, atLeast: 0.95, margin: 0.8 }
const taste: LabelLesson = { world: ratedWorld, auc: 0.95 }
const quality: LabelLesson = { world: () => ratedWorld({ follows: 'quality' }), auc: 0.95 }
/** A constant errs by 1.41 and so does whoever adds up users and items; who knows all that can be known, by .68. */
const ratings: RatingLesson = { world: ratedWorld, rmse: 1.05 }
const keyBias = 'what all keys of a query have in common cancels in the softmax; the paper has it'
const inertKeys = (...blocks: string[]) => Object.fromEntries(blocks.map((block) => [`${block}/key/bias`, keyBias]))
const pacer =
  'only the single-domain tasks use it, which teach the shared experts and measure the gap; the cross branch serves'
/** Weights of SyNCRec that no score depends on. */
const singleBranch = {
  bilinear: 'only the mutual information uses it',
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
/** Weights of BIAO's perceptron. */
const perceptron = Object.fromEntries(
  [
    'scale',
    ...['global1', 'user1', 'user2', 'user3'].flatMap((layer) => [`${layer}/weight`, `${layer}/bias`]),
    ...['source', 'target'].flatMap((side) => ['query', 'key', 'value', 'output'].map((part) => `${side}/${part}`)),
  ].map((name) => [`perceptron/${name}`, 'it weighs behaviors in training; the base model serves']),
)
const small = { width: 16, dropout: 0.1, batchSize: 32, epochs: 30, patience: 0, learningRate: 0.01 }
const rated = { epochs: 12, patience: 0, learningRate: 0.01, batchSize: 32 }
// A sequence gives one or two targets an epoch instead of one a position, so it takes more and smaller steps.
const cloze = { ...small, inner: 16, layers: 1, maxLength: 8, lastShare: 0.8, batchSize: 16, epochs: 40 }

/** One line a model (more for options that change what it is): the world it must learn, and how small it is run. */
export const EXPECTATIONS: readonly Expectation[] = [
  { model: 'random', learns: 'a control that learns nothing', fixed: { seed: 'given when the model is made' } },
  {
    model: 'popularity',
    learns: { world: popularityWorld, k: 5, atLeast: 0.4, margin: 0.25, against: 'random' },
    seedless: 'counting draws no numbers',
  },
  { model: 'item-knn', learns: blocks, seedless: 'similarities draw no numbers' },
  { model: 'bprmf', learns: blocks, set: { width: 8, batchSize: 64, epochs: 30, patience: 0, learningRate: 0.02 } },
  { model: 'transrec', learns: copy, set: { width: 16, batchSize: 64, epochs: 40, patience: 0, learningRate: 0.02 } },
  {
    model: 'transrec',
    variant: 'one model a domain',
    learns: blocks,
    set: { width: 8, batchSize: 64, epochs: 30, patience: 0, learningRate: 0.02, sequences: 'single' },
  },
  { model: 'gru4rec', learns: cycle, set: { ...small, hidden: 16, maxLength: 8 } },
  { model: 'nextitnet', learns: cycle, set: { ...small, maxLength: 8 } },
  { model: 'nextitnet', variant: 'across domains', learns: copy, set: { ...small, maxLength: 8 } },
  { model: 'bert4rec', learns: copy, set: cloze, inert: inertKeys('block0') },
  {
    model: 'bert4rec',
    variant: 'with a projection',
    learns: cycle,
    set: { ...cloze, projection: true },
    inert: inertKeys('block0'),
  },
  { model: 'sasrec', learns: cycle, set: { ...small, inner: 16, maxLength: 8 }, inert: inertKeys('block0', 'block1') },
  {
    model: 'sasrec',
    variant: 'across domains',
    learns: copy,
    set: { ...small, inner: 16, maxLength: 8 },
    inert: inertKeys('block0', 'block1'),
  },
  {
    model: 'sasrec',
    variant: 'sampled softmax',
    learns: cycle,
    set: { ...small, inner: 16, maxLength: 8, loss: 'sampled-softmax', samples: 16 },
    inert: inertKeys('block0', 'block1'),
  },
  {
    model: 'sasrec',
    variant: 'one model a domain',
    learns: cycle,
    set: { ...small, inner: 16, maxLength: 8, layers: 1, sequences: 'single' },
    inert: inertKeys('copy/block0', 'source/block0'),
  },
  {
    model: 'syncrec',
    learns: copy,
    set: { ...small, batchSize: 8, epochs: 15, experts: 2, crossExperts: 1, layers: 1, maxLength: 8 },
    inert: singleBranch,
  },
  {
    model: 'syncrec',
    variant: 'both branches answer',
    learns: copy,
    set: { ...small, batchSize: 8, epochs: 15, experts: 2, crossExperts: 1, layers: 1, maxLength: 8, branch: 'blend' },
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
    model: 'syncrec',
    variant: 'sequential mixture of experts',
    learns: copy,
    set: {
      ...small,
      experts: 2,
      crossExperts: 1,
      layers: 1,
      maxLength: 8,
      ablation: 'mmoe',
      loss: 'bce',
      batchSize: 8,
      epochs: 40,
    },
    inert: Object.fromEntries(Object.entries(singleBranch).filter(([name]) => name !== 'bilinear')),
  },
  { model: 'narm', learns: cycle, set: { ...small, hidden: 16, maxLength: 8 } },
  { model: 'stamp', learns: cycle, set: { ...small, maxLength: 8 } },
  { model: 'stamp', variant: 'across domains', learns: copy, set: { ...small, maxLength: 8, epochs: 50 } },
  { model: 'light-sans', learns: copy, set: { ...small, inner: 16, maxLength: 8 } },
  {
    model: 'light-sans',
    variant: 'one model a domain',
    learns: cycle,
    set: { ...small, inner: 16, maxLength: 8, layers: 1, sequences: 'single' },
  },
  { model: 'sine', learns: cycle, set: { ...small, concepts: 20, interests: 3, maxLength: 8 } },
  {
    model: 'sine',
    variant: 'across domains',
    learns: copy,
    set: { ...small, width: 32, concepts: 20, interests: 3, maxLength: 8 },
  },
  {
    model: 'cgrec',
    learns: copy,
    // The default temperature is for losses of thousands of items: here `source`, which helps, would take all the weight.
    set: { ...small, inner: 16, layers: 1, maxLength: 8, temperature: 2 },
    inert: inertKeys('block0'),
  },
  {
    model: 'cgrec',
    variant: 'one model a domain',
    learns: cycle,
    set: { ...small, inner: 16, layers: 1, maxLength: 8, sequences: 'single' },
    inert: inertKeys('copy/block0', 'source/block0'),
  },
  { model: 'rates', learns: quality, seedless: 'it counts', anySplit: 'it counts rows of any domain alike' },
  { model: 'lr', learns: quality, set: rated },
  { model: 'deepfm', learns: taste, set: { ...rated, layers: [16] } },
  { model: 'conet', learns: taste, set: { ...rated, hidden: [16, 8] } },
  {
    model: 'conet',
    variant: 'with source features and no source loss',
    learns: taste,
    set: { ...rated, hidden: [16, 8], source: 'features' },
  },
  { model: 'conet', variant: 'of the target alone', learns: taste, set: { ...rated, hidden: [16, 8], source: 'none' } },
  {
    model: 'conet',
    variant: 'with batches of their own for the source',
    learns: taste,
    set: { ...rated, hidden: [16, 8], pairing: 'independent' },
  },
  { model: 'minet', learns: taste, set: { ...rated, hidden: 16, layers: [16] } },
  {
    model: 'dasl',
    learns: taste,
    set: { ...rated, learningRate: 0.03, weightDecay: 0, epochs: 25, width: 8, hidden: 8, history: 3, layers: [16] },
    inert: { mapping: 'only the penalty that ties the two vectors of a user reads it' },
  },
  {
    model: 'biao',
    learns: taste,
    set: { ...rated, interval: 5, alpha: 0.01, recent: 5, heads: 2, headWidth: 4 },
    inert: perceptron,
  },
  {
    model: 'world-model',
    learns: ratings,
    set: {
      domain: 'target',
      ensemble: 2,
      negatives: 0,
      l2: 0,
      hidden: [16],
      learningRate: 0.01,
      batchSize: 32,
      epochs: 40,
    },
    anySplit: 'it learns from the training rows of any split',
    inert: Object.fromEntries(
      [0, 1].flatMap((m) =>
        ['weight', 'bias'].map((part) => [`member${m}/variance/${part}`, 'it says how sure the score is']),
      ),
    ),
  },
]
