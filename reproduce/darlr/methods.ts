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
export const WORLDS = ['published', 'inverse-propensity', 'chosen'] as const
export type World = (typeof WORLDS)[number]

export interface Method {
  /** In tables; names the folder of its results. */
  readonly label: string
  readonly model: string
  /** `naive` methods learn no policy, those of `log` learn it from the log alone, `ideal` reads the truth. */
  readonly kind: 'naive' | 'log' | 'world' | 'ideal' | 'ablation' | 'ours'
  /** What it learns in. */
  readonly world?: World
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

const worldsOf = (batchSize: number, more: Settings = {}): Readonly<Record<World, Settings>> => {
  const published = { batchSize, ...more }
  return {
    published,
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
      dorl: { lambdaU: 0.005, lambdaE: 1 },
      roler: { ...ATTENTIVE, neighbors: 15, lambdaU: 0.005, lambdaE: 1 },
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

const darlr = (label: string, set: Settings): Method => ({
  label,
  model: 'darlr',
  kind: 'ablation',
  world: 'published',
  set,
})

export const METHODS: readonly Method[] = [
  ...['ucb', 'epsilon-greedy'].map((model): Method => ({ label: model, model, kind: 'naive', set: {} })),
  // The published run acts by its Q head, and its heads are linear in what the tracker makes.
  { label: 'sqn', model: 'sqn', kind: 'log', set: { actsBy: 'q', hidden: [] } },
  ...['crr', 'cql', 'bcq'].map((model): Method => ({ label: model, model, kind: 'log', set: {} })),
  { label: 'mbpo', model: 'mbpo', kind: 'world', world: 'published', set: {} },
  { label: 'ips', model: 'ips', kind: 'world', world: 'inverse-propensity', set: {} },
  ...['mopo', 'dorl', 'cirs', 'roler', 'darlr'].map(
    (model): Method => ({ label: model, model, kind: 'world', world: 'published', set: {} }),
  ),
  { label: 'gt', model: 'gt', kind: 'ideal', set: {} },
  darlr('darlr, static reward', { reward: 'static' }),
  darlr('darlr, static uncertainty', { uncertainty: 'static' }),
  darlr('darlr, selector r̂', { selectorReward: 'reward' }),
  darlr('darlr, selector r̂ + similarity', { selectorReward: 'reward+similarity' }),
  darlr('darlr, selector r̂ + diversity', { selectorReward: 'reward+diversity' }),
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
