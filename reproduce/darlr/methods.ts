// What is compared in reproduce/darlr.ts: methods, world models and settings of each data set. The published settings are those of the
// logs behind the tables; what a table leaves open (DARLR's own choice within its ranges) is said beside it.
import type { DatasetName } from './published.ts'

export type Settings = Readonly<Record<string, unknown>>

/** A training's length, the same for all methods. */
export interface Budget {
  readonly epochs: number
  /** Turns in the world model; methods that learn from the log alone make a hundredth as many updates. */
  readonly stepsPerEpoch: number
}
export const BUDGETS = {
  small: { epochs: 50, stepsPerEpoch: 20_000 },
  published: { epochs: 200, stepsPerEpoch: 100_000 },
} as const satisfies Record<string, Budget>

/** World models that policies learn in, one a seed. */
export const WORLDS = ['published', 'inverse-propensity', 'released', 'released-ips', 'chosen'] as const
export type World = (typeof WORLDS)[number]

export interface Method {
  /** In tables; names the folder of its results. */
  readonly label: string
  readonly model: string
  /**
   * `naive` methods learn no policy, those of `log` learn it from the log alone, `ideal` reads the truth; `ablation`, `sensitivity` and
   * `tuned` are DARLR with other settings, `ours` go beyond the papers.
   */
  readonly kind: 'naive' | 'log' | 'world' | 'ideal' | 'ablation' | 'sensitivity' | 'tuned' | 'ours'
  /** What it learns in. */
  readonly world?: World
  /** Whose item vectors a method of `log` takes. */
  readonly vectorsOf?: World
  readonly set: Settings
  /** Beside the published tables it is shown as this method. */
  readonly published?: string
}

/** Everything that differs from one data set to another. */
interface DatasetSettings {
  readonly reader: string
  /** A value of the log above it counts as this, as in the truth. */
  readonly maxValue?: number
  /** Of everything that learns in a world model. */
  readonly learner?: Settings
  /** Rules for leaving, each a comparison of its own. */
  readonly leave: readonly (readonly string[])[]
  /** Of the world models. */
  readonly worlds: Readonly<Record<World, Settings>>
  /** By model. */
  readonly methods: Readonly<Record<string, Settings>>
  /** Episodes of the last simulation; users come in turn where it is a multiple of their number. */
  readonly finalEpisodes: number
  readonly finalUsers: 'in-turn' | 'drawn'
}

/** Chosen by the error on held-out training rows of Coat, not by the simulator: docs/models/world-model.md. */
export const CHOSEN_WORLD: Settings = {
  negatives: 0,
  deviation: 0.1,
  l2: 3,
  learningRate: 0.003,
  batchSize: 128,
  epochs: 20,
}

/** As the released code learns rewards, but for the start of the members of an ensemble, which is one and the same there. */
export const RELEASED_RECIPE: Settings = { negativesDrawn: 'once', adam: 'dense', start: 'normal', l2Of: 'all' }
/** What UCB, ε-greedy and IPS learn from there: the squared error alone, by one network, for 200 epochs. */
const RELEASED_PLAIN: Settings = { ...RELEASED_RECIPE, loss: 'squared', ensemble: 1 }

const worldsOf = (batchSize: number, more: Settings = {}): Readonly<Record<World, Settings>> => {
  const published = { batchSize, ...more }
  return {
    published,
    released: { ...published, ...RELEASED_RECIPE },
    'released-ips': { ...published, ...RELEASED_PLAIN, weighting: 'inverse-counts', epochs: 200 },
    'inverse-propensity': { ...published, weighting: 'inverse-propensity' },
    chosen: { ...published, ...CHOSEN_WORLD },
  }
}

/** State tracker of ROLeR, of the oracle and of DARLR, where the published runs had another than the average. */
const ATTENTIVE: Settings = { tracker: 'transformer', dropout: 0.1 }
/** Its own choices are not published: K_sel from the lower half of its range; weights are the defaults, inside theirs. */
const darlrOf = (references: number, neighbors: number, more: Settings = {}): Settings => ({
  ...ATTENTIVE,
  references,
  neighbors,
  diagnostics: true,
  ...more,
})

/** World models of videos know nothing of users but who they are, and the first categories of a video are a field each. */
const VIDEOS: Settings = { userFeatures: false, labelFields: 'each' }
/** The published learner there is updated after 100 episodes, of a few turns as long as users leave; item vectors are as wide as the world model's. */
const videoLearner = (width: number): Settings => ({ updateAfter: 'episodes', width })

/** ROLeR on KuaiRec looks at watch ratios of the log, not at what the world model makes of them. */
const OBSERVED_NEIGHBORS: Settings = { neighborsFrom: 'observations', weighting: 'even' }

export const SETTINGS: Readonly<Record<DatasetName, DatasetSettings>> = {
  coat: {
    reader: 'coat',
    leave: [[]],
    worlds: worldsOf(1024),
    methods: {
      mopo: { lambdaU: 0.2 },
      dorl: { lambdaU: 0.005, lambdaE: 1, diagnostics: true },
      roler: { ...ATTENTIVE, diagnostics: true, neighbors: 15, lambdaU: 0.005, lambdaE: 1 },
      darlr: darlrOf(20, 15),
      gt: ATTENTIVE,
    },
    finalEpisodes: 2900,
    finalUsers: 'in-turn',
  },
  yahoo: {
    reader: 'yahoo-r3',
    leave: [[]],
    worlds: worldsOf(128),
    methods: {
      mopo: { lambdaU: 0.05 },
      dorl: { lambdaU: 0.01, lambdaE: 1 },
      roler: { ...ATTENTIVE, window: 5, neighbors: 20, lambdaU: 0.005, lambdaE: 1 },
      darlr: darlrOf(50, 20, { window: 5 }),
      cql: { quantiles: 10, minQWeight: 1 },
    },
    finalEpisodes: 5400,
    finalUsers: 'in-turn',
  },
  kuairec: {
    reader: 'kuairec',
    maxValue: 5,
    leave: [['categories:4:0'], ['categories:1:0']],
    learner: videoLearner(41),
    worlds: worldsOf(4096, { negatives: 3, ...VIDEOS }),
    methods: {
      ucb: VIDEOS,
      'epsilon-greedy': VIDEOS,
      mopo: { lambdaU: 0.05 },
      dorl: { lambdaU: 0.05, lambdaE: 5 },
      roler: { ...ATTENTIVE, ...OBSERVED_NEIGHBORS, neighbors: 30, lambdaU: 0.05, lambdaE: 5 },
      darlr: darlrOf(20, 30, OBSERVED_NEIGHBORS),
      cirs: { gamma: 0.95, distance: 'categories', tau: 10 },
      gt: ATTENTIVE,
    },
    finalEpisodes: 2822,
    finalUsers: 'in-turn',
  },
  kuairand: {
    reader: 'kuairand',
    leave: [['categories:4:0'], ['categories:1:0']],
    learner: videoLearner(40),
    worlds: worldsOf(4096, { width: 4, output: 'sigmoid', ...VIDEOS }),
    methods: {
      ucb: VIDEOS,
      'epsilon-greedy': VIDEOS,
      mopo: { lambdaU: 0.01 },
      dorl: { lambdaU: 0.01, lambdaE: 0.05 },
      roler: { tracker: 'average', neighbors: 150, lambdaU: 0.01, lambdaE: 0.05 },
      // Nearest among 27,000 users would be looked for again and again.
      darlr: darlrOf(100, 150, { candidates: 'clusters' }),
    },
    finalEpisodes: 3000,
    finalUsers: 'drawn',
  },
}

/** Of ROLeR's means, k. */
export const neighborsOf = (dataset: DatasetName) => Number(SETTINGS[dataset].methods.roler.neighbors)

/**
 * Ours, beyond the papers, chosen without the simulator (docs/policies/darlr.md says how): the world model that tells held-out training
 * rows best, a vector of the user, so that the first recommendation already is somebody's, episodes without repeats to learn from, as
 * they are judged, and γ = 0: what is recommended now hardly changes what later turns can pay there, so that their rewards are noise to
 * it; with it a policy earns 98 % of what the best one would in the believed world, with γ = .9 less than the best list for everybody.
 */
export const OURS: Settings = { user: 'vector', repeats: false, gamma: 0 }
/**
 * And R moves a tenth of the way only: of the ways to rewrite it, that ordered held-out training rows best (darlr-choice.ts); and the
 * selector is not paid for users who are believed to like whatever is recommended; as well on held-out rows.
 */
const OUR_DARLR: Settings = { ...OURS, writeBack: 0.1, selectorReward: 'gains' }

const darlr = (label: string, set: Settings, kind: Method['kind'] = 'ablation'): Method => ({
  label,
  model: 'darlr',
  kind,
  world: 'published',
  set,
})

/** Learns what is measured: no item twice in an episode. Nothing else differs from the row of the same name. */
const WITHOUT_REPEATS: Settings = { repeats: false }
/**
 * The whole of Table 4: everybody may be a reference user, for where the nearest alone are candidates no part of the selector's reward
 * can do harm, and without repeats, for what settles on one item measures nothing.
 */
const OPEN: Settings = { ...WITHOUT_REPEATS, candidates: 'all' }

/** The published ranges (4.1.4) but for the default, one at a time; λ_E does nothing in a log without times. */
const SENSITIVITY = {
  references: [10, 30, 40],
  lambdaS: [0.5, 1, 2],
  lambdaD: [0.01, 0.1, 0.5],
  lambdaU: [0.01, 0.1, 0.5, 1],
} as const

/** Figure 5, by the option that is moved: its values and the method of each, the default among them. */
export const SENSITIVE = Object.keys(SENSITIVITY) as (keyof typeof SENSITIVITY)[]
const sensitivityLabel = (option: string, value: number) => `darlr, ${option}=${value}`
/** The value that a method of Figure 5 moves an option to; undefined for another option's. */
export const movedTo = ({ kind, set }: Method, option: string) =>
  kind === 'sensitivity' && option in set ? Number(set[option]) : undefined

/** DARLR with what was best of Figure 5's values, each chosen by itself on a seed that no result uses; `reproduce/darlr/tuning.ts` says how. */
export const TUNED: Readonly<Record<'truth' | 'log', Settings>> = { truth: {}, log: {} }

export const METHODS: readonly Method[] = [
  ...['ucb', 'epsilon-greedy'].map((model): Method => ({ label: model, model, kind: 'naive', set: {} })),
  ...(
    [
      ['ucb', { bound: 'first', counts: 'episode' }],
      ['epsilon-greedy', {}],
    ] as const
  ).map(
    ([model, set]): Method => ({
      label: `${model}, released recipe`,
      model,
      kind: 'naive',
      set: { ...RELEASED_PLAIN, batchSize: 1024, ...set },
      published: model,
    }),
  ),
  // The published run acts by its Q head, and its heads are linear in what the tracker makes.
  { label: 'sqn', model: 'sqn', kind: 'log', set: { actsBy: 'q', hidden: [] } },
  ...['crr', 'cql', 'bcq'].map((model): Method => ({ label: model, model, kind: 'log', set: {} })),
  ...['sqn', 'crr', 'cql', 'bcq'].map(
    (model): Method => ({
      label: `${model}, frozen vectors`,
      model,
      kind: 'log',
      vectorsOf: 'published',
      set: model === 'sqn' ? { actsBy: 'q', hidden: [] } : {},
      published: model,
    }),
  ),
  { label: 'mbpo', model: 'mbpo', kind: 'world', world: 'published', set: {} },
  { label: 'ips', model: 'ips', kind: 'world', world: 'inverse-propensity', set: {} },
  { label: 'ips, released recipe', model: 'ips', kind: 'world', world: 'released-ips', set: {}, published: 'ips' },
  ...['mopo', 'dorl', 'cirs', 'roler', 'darlr'].map(
    (model): Method => ({ label: model, model, kind: 'world', world: 'published', set: {} }),
  ),
  { label: 'gt', model: 'gt', kind: 'ideal', set: {} },
  ...['roler', 'darlr'].map(
    (model): Method => ({
      label: `${model}, repeats=false`,
      model,
      kind: 'world',
      world: 'published',
      set: WITHOUT_REPEATS,
      published: model,
    }),
  ),
  { label: 'gt, repeats=false', model: 'gt', kind: 'ideal', set: WITHOUT_REPEATS, published: 'gt' },
  {
    label: 'roler, released recipe',
    model: 'roler',
    kind: 'world',
    world: 'released',
    set: { readOut: 'oldest' },
    published: 'roler',
  },
  {
    label: 'darlr, selectEvery=1',
    model: 'darlr',
    kind: 'world',
    world: 'published',
    set: { ...WITHOUT_REPEATS, selectEvery: 1 },
    published: 'darlr',
  },
  darlr('darlr, all candidates', OPEN),
  darlr('darlr, static reward', { ...OPEN, reward: 'static' }),
  // ROLeR pays for no uncertainty on Coat: its matrix is zeros where weights go by similarity (docs/policies/roler.md).
  darlr('darlr, static uncertainty', { ...OPEN, uncertainty: 'none' }),
  darlr('darlr, selector r̂', { ...OPEN, selectorReward: 'reward' }),
  darlr('darlr, selector r̂ + similarity', { ...OPEN, selectorReward: 'reward+similarity' }),
  darlr('darlr, selector r̂ + diversity', { ...OPEN, selectorReward: 'reward+diversity' }),
  ...SENSITIVE.flatMap((option) =>
    SENSITIVITY[option].map((value) =>
      darlr(sensitivityLabel(option, value), { ...WITHOUT_REPEATS, [option]: value }, 'sensitivity'),
    ),
  ),
  { label: 'roler (ours)', model: 'roler', kind: 'ours', world: 'chosen', set: OURS, published: 'roler' },
  { label: 'mbpo (ours)', model: 'mbpo', kind: 'ours', world: 'chosen', set: OURS, published: 'mbpo' },
  { label: 'darlr (ours)', model: 'darlr', kind: 'ours', world: 'chosen', set: OUR_DARLR, published: 'darlr' },
]

/** Trained once at the published budget. */
export const AT_PUBLISHED_BUDGET: readonly string[] = ['darlr', 'roler', 'gt']

/** All that a method is told, but for its world model. */
export function settingsOf(
  { model, kind, set }: Method,
  dataset: DatasetName,
  leave: readonly string[],
  budget: Budget,
) {
  const { epochs, stepsPerEpoch } = budget
  const length: Settings =
    kind === 'naive'
      ? { epochs }
      : kind === 'log'
        ? { epochs, updatesPerEpoch: Math.max(1, Math.round(stepsPerEpoch / 100)) }
        : { ...SETTINGS[dataset].learner, epochs, stepsPerEpoch, leave }
  return { ...SETTINGS[dataset].methods[model], ...set, ...length }
}
