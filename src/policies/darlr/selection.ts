import { type NamedTensors, type Tensor, TributaryError, tensorsUnder } from '../../core/index.ts'
import { createRng, type Rng, takeRows } from '../../math/index.ts'
import { adam, createParameters, type GradientStep, gradientStep } from '../../nn/index.ts'
import { draw } from '../../rl/index.ts'
import { createPrograms, runWith } from '../../tensor/index.ts'
import type { RewardEstimates } from './estimates.ts'
import { createGains, intrinsicReward } from './intrinsic-reward.ts'
import type { DarlrConfig } from './options.ts'
import {
  type Asked,
  inputsOf,
  joinPicks,
  openUsers,
  type PickSizes,
  type Picks,
  remainingSums,
  returnsOf,
} from './picks.ts'
import type { Preferences } from './preferences.ts'
import { CRITIC_LEVEL, selectorLoss, selectorNetwork } from './selector.ts'

export type SelectorConfig = Pick<
  DarlrConfig,
  | 'references'
  | 'selectorReward'
  | 'lambdaS'
  | 'lambdaD'
  | 'selectorWidth'
  | 'selectorLayers'
  | 'selectorHeads'
  | 'selectorWindow'
  | 'selectorStart'
  | 'selectorGamma'
  | 'selectorLearningRate'
  | 'selectorBatchSize'
  | 'selectorPicks'
  | 'valueCoefficient'
>

export interface Selected {
  /** Rows of the reference users. [n × K] */
  readonly references: Int32Array
  /** Means over the picks of r_s and of r_d. [n] */
  readonly similarities: Float32Array
  readonly diversities: Float32Array
}

/** The agent that chooses reference users. */
export interface Selector {
  /**
   * K picks for each, all users side by side. What they were is kept until `learn`.
   * @param pools rows that may be chosen by user, [users × C]
   */
  select(asked: Asked, pools: Int32Array, rng: (i: number) => Rng): Promise<Selected>
  /** One pass over the picks since the last call, of which a part is drawn where they are many; undefined where there were none. */
  learn(rng: Rng): Promise<Readonly<Record<string, number>> | undefined>
  /** Weights, and moments of the optimizer. */
  readonly tensors: NamedTensors
  dispose(): Promise<void>
}

interface Given {
  readonly estimates: RewardEstimates
  readonly preferences: Preferences
  /** Width of s_rec. */
  readonly stateWidth: number
  /** C */
  readonly poolSize: number
  readonly seed: number
  readonly threads: number
}

export async function createSelector(config: SelectorConfig, given: Given): Promise<Selector> {
  const { preferences, stateWidth, poolSize, seed, threads } = given
  if (config.references > poolSize)
    throw new TributaryError(
      'bad-config',
      `references ${config.references} are more than the ${poolSize} other users there are; choose at most ${poolSize}`,
    )
  const parameters = createParameters(createRng(seed).split('darlr', 'selector'))
  const [users, preference] = preferences.projected.shape as [number, number]
  const sizes = {
    state: stateWidth,
    preference,
    width: config.selectorWidth,
    layers: config.selectorLayers,
    heads: config.selectorHeads,
    window: config.selectorWindow,
    users,
  }
  const network = selectorNetwork(parameters, sizes)
  const { loss, actor, critic } = selectorLoss(network, sizes, config.valueCoefficient)
  const programs = createPrograms({ threads })
  const acting = await programs.compile({ sought: network.sought })
  const update = gradientStep({
    loss,
    parameters,
    optimizer: adam({ learningRate: config.selectorLearningRate }),
    outputs: { actor, critic },
    programs,
  })
  const weights = Object.fromEntries(parameters.tensors)
  const soughtBy = async (inputs: Readonly<Record<string, Tensor>>) =>
    (await runWith(acting, { preferences: preferences.projected, ...inputs, ...weights })).sought.data as Float32Array
  const pickSizes: PickSizes = {
    K: config.references,
    C: poolSize,
    U: users,
    w: config.selectorWindow,
    S: stateWidth,
    start: config.selectorStart,
  }
  const pay = payer(config, given)
  const learner = createLearner(config, preferences, pickSizes, update, parameters.tensors.get(CRITIC_LEVEL)!.data)
  let made: Picks[] = []
  return {
    tensors: new Map([
      ...tensorsUnder(parameters.tensors, 'selector/'),
      ...tensorsUnder(update.state, 'selector-moments/'),
    ]),
    async select(asked, pools, rngOf) {
      const pool = takeRows(pools, poolSize, asked.users)
      const references = await choose(asked, pool, preferences, pickSizes, soughtBy, rngOf)
      const { rewards, usual, ...means } = pay({ ...asked, pool, references })
      made.push({ ...asked, pool, references, rewards, usual })
      return { references, ...means }
    },
    async learn(rng) {
      const picks = made
      made = []
      return picks.some(({ users }) => users.length > 0) ? learner(joinPicks(picks), rng) : undefined
    },
    dispose: () => programs.dispose(),
  }
}

/** Draws K users of each pool, one after the other and none twice: rows. [n × K] */
async function choose(
  asked: Asked,
  pool: Int32Array,
  { projected }: Preferences,
  sizes: PickSizes,
  soughtBy: (inputs: Readonly<Record<string, Tensor>>) => Promise<Float32Array>,
  rngOf: (i: number) => Rng,
): Promise<Int32Array> {
  const { K, C } = sizes
  const n = asked.users.length
  const P = projected.data.length / sizes.U
  const references = new Int32Array(n * K)
  const rngs = Array.from({ length: n }, (_, i) => rngOf(i))
  const marks = Array.from({ length: n }, () => new Uint8Array(C))
  const all = Int32Array.from({ length: n }, (_, i) => i)
  const positions = Int32Array.from({ length: C }, (_, c) => c)
  const scores = new Float32Array(C)
  const scratch = new Float64Array(C)
  for (let k = 0; k < K; k++) {
    const sought = await soughtBy(inputsOf({ ...asked, references }, all, new Int32Array(n).fill(k), sizes))
    for (let i = 0; i < n; i++) {
      const offered = pool.subarray(i * C, (i + 1) * C)
      scoreUsers(sought.subarray(i * P, (i + 1) * P), projected.data, offered, scores)
      const position = draw({ scores, offset: 0, positions }, marks[i], rngs[i], scratch)
      marks[i][position] = 1
      references[i * K + k] = offered[position]
    }
  }
  return references
}

/** Products of what is sought with the preferences of users. */
function scoreUsers(sought: Float32Array, preferences: Float32Array, rows: Int32Array, scores: Float32Array): void {
  const width = sought.length
  for (let c = 0; c < rows.length; c++) {
    const from = rows[c] * width
    let score = 0
    for (let d = 0; d < width; d++) score += sought[d] * preferences[from + d]
    scores[c] = score
  }
}

/** What each pick is paid, what its item is believed to pay the average user, and how like and unlike the chosen are on average. */
function payer(config: SelectorConfig, { estimates, preferences, poolSize: C }: Given) {
  const { references: K } = config
  const gains = createGains(preferences)
  return ({ users, columns, pool, references }: Omit<Picks, 'rewards' | 'usual'>) => {
    const n = users.length
    const paid = {
      rewards: new Float32Array(n * K),
      usual: new Float32Array(n),
      similarities: new Float32Array(n),
      diversities: new Float32Array(n),
    }
    for (let i = 0; i < n; i++) {
      gains.begin(users[i])
      paid.usual[i] = estimates.mean(pool.subarray(i * C, (i + 1) * C), columns[i])
      let [similar, diverse] = [0, 0]
      for (let k = 0; k < K; k++) {
        const { similarity, diversity } = gains.add(references[i * K + k])
        similar += similarity / K
        diverse += diversity / K
        // What the item is believed to pay, averaged over the users chosen so far.
        const reward = estimates.mean(references.subarray(i * K, i * K + k + 1), columns[i])
        paid.rewards[i * K + k] = intrinsicReward(config, { reward, similarity, diversity })
      }
      paid.similarities[i] = similar
      paid.diversities[i] = diverse
    }
    return paid
  }
}

/** @param level the critic's last bias */
function createLearner(
  config: SelectorConfig,
  { projected }: Preferences,
  sizes: PickSizes,
  update: GradientStep,
  level: Float32Array,
) {
  const { K, U } = sizes
  const { selectorGamma: gamma, selectorPicks, selectorBatchSize } = config
  const horizon = remainingSums(K, gamma)
  const steps = update.state.get('step')!.data
  return async (all: Picks, rng: Rng): Promise<Readonly<Record<string, number>>> => {
    const count = all.references.length
    const returns = returnsOf(all, horizon, gamma)
    if (steps[0] === 0) setLevel(returns, horizon, level)
    const order = rng.shuffle(Int32Array.from({ length: count }, (_, i) => i))
    const learned = order.subarray(0, Math.min(count, selectorPicks))
    const batches = Math.max(1, Math.round(learned.length / selectorBatchSize))
    const sums = { selectorActor: 0, selectorCritic: 0 }
    for (let b = 0; b < batches; b++) {
      const [from, to] = [0, 1].map((e) => Math.floor(((b + e) * learned.length) / batches)) as [number, number]
      const picks = learned.subarray(from, to)
      const which = picks.map((pick) => Math.floor(pick / K))
      const k = picks.map((pick) => pick % K)
      const shape = [picks.length]
      const { out } = await update.run({
        preferences: projected,
        ...inputsOf(all, which, k, sizes),
        open: { shape: [picks.length, U], data: openUsers(all, which, k, sizes) },
        chosen: { shape, data: picks.map((pick) => all.references[pick]) },
        returns: { shape, data: Float32Array.from(picks, (pick) => returns[pick]) },
        left: { shape, data: Float32Array.from(k, (k) => horizon[k]) },
      })
      sums.selectorActor += (out.actor.data[0] * picks.length) / learned.length
      sums.selectorCritic += (out.critic.data[0] * picks.length) / learned.length
    }
    const selectorReturn = all.rewards.reduce((sum, reward) => sum + reward, 0) / (count / K)
    return { ...sums, selectorReturn }
  }
}

/** Before the first update: the critic begins at the mean of what picks were paid, instead of climbing there by steps of the learning rate. */
function setLevel(returns: Float32Array, horizon: Float64Array, bias: Float32Array): void {
  const level = returns.reduce((sum, value, i) => sum + value / horizon[i % horizon.length], 0)
  bias[0] = level / returns.length
}
