// Settings of each data set in reproduce/darlr.ts: its world models, and what its methods are told. The published settings are those of
// the logs behind the tables; what a table leaves open (DARLR's own choice within its ranges) is said beside it.
import type { DatasetName } from './published.ts'

export type Settings = Readonly<Record<string, unknown>>

/** World models that policies learn in, one a seed. */
export const WORLDS = ['published', 'inverse-propensity', 'released', 'released-ips', 'chosen'] as const
export type World = (typeof WORLDS)[number]

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
export const RELEASED_PLAIN: Settings = { ...RELEASED_RECIPE, loss: 'squared', ensemble: 1 }

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
