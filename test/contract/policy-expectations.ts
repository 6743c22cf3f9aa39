/** What is expected of a policy, one line each; more for options that change what it is. */
export interface PolicyExpectation {
  readonly policy: string
  /** Told apart from other lines of the same policy. */
  readonly variant?: string
  /** Options small enough that the contract suite stays fast. */
  readonly set?: Readonly<Record<string, unknown>>
  /**
   * What it must earn in `policyWorld`, where it may repeat itself, as a share of the way from what items at random earn (0) to what
   * the best item of each user earns (1).
   */
  readonly earns: number
  /** How much of that way it must have gone since its own first epoch; a reason where it has learned all by then. */
  readonly gains: number | string
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

export const POLICY_EXPECTATIONS: readonly PolicyExpectation[] = [
  { policy: 'mbpo', earns: 0.8, gains: 0.3, set: a2c, inert: critic },
  {
    policy: 'mbpo',
    variant: 'that knows the user and multiplies vectors',
    earns: 0.8,
    gains: 0.3,
    set: { ...a2c, user: 'vector', head: 'dot', tracker: 'gru' },
    inert: critic,
  },
  { policy: 'gt', earns: 0.8, gains: 0.3, set: { ...a2c, worldModel: '' }, inert: critic },
]
