/** What is expected of a policy, one line each; more for options that change what it is. */
export interface PolicyExpectation {
  readonly policy: string
  /** Told apart from other lines of the same policy. */
  readonly variant?: string
  /** Options small enough that the contract suite stays fast. */
  readonly set?: Readonly<Record<string, unknown>>
  /**
   * What it must earn in `policyWorld`, where it may repeat itself, as a share of the way from what items at random earn (0) to what
   * the best item of each user earns (1); a reason where it is not meant to earn.
   */
  readonly earns: number | string
  /** How much of that way it must have gone since its own first epoch; absent where it has learned all by then. */
  readonly gains?: number
  /** The world model that it asks for is one of weighted rows. */
  readonly inversePropensity?: true
  /** Why another seed gives the same bits; absent where it must give others. */
  readonly seedless?: string
  /** Weights that training does not change, each with its reason. */
  readonly fixed?: Readonly<Record<string, string>>
  /** Weights that matter to no score, each with its reason. */
  readonly inert?: Readonly<Record<string, string>>
}

const critic = Object.fromEntries(
  ['weight', 'bias'].map((part) => [`critic/${part}`, 'it judges states in training; the actor recommends']),
)
/** A2C, small: an epoch is two collections of 16 episodes, so that a first one has learned little. */
const a2c = {
  worldModel: 'world',
  width: 8,
  hidden: [16],
  episodes: 16,
  maxLength: 8,
  stepsPerEpoch: 256,
  batchSize: 32,
  learningRate: 0.01,
  epochs: 12,
}

/** Learning from the log, small. */
const offline = {
  width: 8,
  hidden: [16],
  batchSize: 64,
  updatesPerEpoch: 40,
  epochs: 8,
  // In the midst of epochs, so that a checkpoint must hold the target network.
  targetEvery: 15,
  learningRate: 0.01,
}
/** The reward network of policies that only predict, small. */
const predicting = { ensemble: 1, negatives: 0, l2: 0, hidden: [16], learningRate: 0.01, batchSize: 32, epochs: 20 }
const spread = Object.fromEntries(
  ['weight', 'bias'].map((part) => [`member0/variance/${part}`, 'it says how sure a prediction is; the mean acts']),
)
const other = (head: string, reason: string) =>
  Object.fromEntries(['weight', 'bias'].map((part) => [`${head}/${part}`, reason]))

export const POLICY_EXPECTATIONS: readonly PolicyExpectation[] = [
  { policy: 'mbpo', earns: 0.9, gains: 0.6, set: a2c, inert: critic },
  {
    policy: 'mbpo',
    variant: 'that knows the user and multiplies vectors',
    earns: 0.9,
    gains: 0.6,
    set: { ...a2c, user: 'vector', head: 'dot', tracker: 'gru' },
    inert: critic,
  },
  { policy: 'mopo', earns: 0.9, gains: 0.6, set: a2c, inert: critic },
  { policy: 'dorl', earns: 0.9, gains: 0.6, set: a2c, inert: critic },
  {
    policy: 'roler',
    earns: 0.9,
    gains: 0.6,
    set: { ...a2c, neighbors: 4, layers: 1 },
    inert: { ...critic, 'tracker/block0/key/bias': 'what all keys of a query have in common cancels in the softmax' },
  },
  { policy: 'ips', earns: 0.9, gains: 0.6, set: a2c, inversePropensity: true, inert: critic },
  { policy: 'cirs', earns: 0.9, gains: 0.6, set: { ...a2c, gammaExposure: 0.01 }, inert: critic },
  { policy: 'gt', earns: 0.9, gains: 0.6, set: { ...a2c, worldModel: '' }, inert: critic },
  {
    policy: 'sqn',
    earns: 'it does what the log did, which took all items equally often',
    set: offline,
    inert: other('q', 'it acts by the other head'),
  },
  {
    policy: 'sqn',
    variant: 'by its values',
    earns: 0.9,
    set: { ...offline, actsBy: 'q' },
    inert: other('supervised', 'it acts by the other head'),
  },
  { policy: 'bcq', earns: 0.9, gains: 0.5, set: { ...offline, threshold: 0.05 } },
  { policy: 'cql', earns: 0.9, set: { ...offline, quantiles: 5, minQWeight: 0.1 } },
  {
    policy: 'crr',
    earns: 0.7,
    set: { ...offline, gamma: 0.5 },
    inert: other('q', 'it weighs the log in training; the actor recommends'),
  },
  {
    policy: 'epsilon-greedy',
    earns: 0.6,
    gains: 0.1,
    set: predicting,
    inert: {
      ...spread,
      'member0/linear/user': 'it adds the same to all items, of which the best counts',
      'member0/mean/bias': 'it adds the same to all items, of which the best counts',
    },
  },
  { policy: 'ucb', earns: 0.8, gains: 0.1, set: { ...predicting, exploration: 0.1 }, inert: spread },
  {
    policy: 'darlr',
    earns: 0.9,
    gains: 0.6,
    set: { ...a2c, tracker: 'average', references: 4, neighbors: 4, projection: 8, selectorWidth: 8 },
    inert: critic,
  },
]
