import { type NamedTensors, type Tensor, TributaryError } from '../../core/index.ts'
import { createRng, type Rng, takeRows } from '../../math/index.ts'
import { adam, createParameters, gradientStep } from '../../nn/index.ts'
import { draw } from '../../rl/index.ts'
import { createPrograms, runWith } from '../../tensor/index.ts'
import type { RewardEstimates } from './estimates.ts'
import { createGains, type IntrinsicWeights, intrinsicReward } from './intrinsic-reward.ts'
import type { Preferences } from './preferences.ts'
import { CRITIC_LEVEL, selectorLoss, selectorNetwork } from './selector.ts'

export interface SelectorOptions extends IntrinsicWeights {
  /** K_sel, users to choose. */
  readonly references: number
  readonly selectorWidth: number
  readonly selectorLayers: number
  readonly selectorHeads: number
  /** w_sel */
  readonly selectorWindow: number
  /** γ_sel */
  readonly selectorGamma: number
  readonly selectorLearningRate: number
  readonly selectorBatchSize: number
  /** Picks learned from after a collection, at most. */
  readonly selectorPicks: number
  readonly valueCoefficient: number
}

/** For whom reference users are sought. */
export interface Asked {
  /** Rows. [n] */
  readonly users: Int32Array
  /** The item that is about to be recommended to each, a column. [n] */
  readonly columns: Int32Array
  /** s_rec. [n × S] */
  readonly states: Float32Array
}

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
   * @param candidates rows that may be chosen by user, [users × C]
   */
  select(asked: Asked, candidates: Int32Array, rng: (i: number) => Rng): Promise<Selected>
  /** One pass over the picks since the last call, of which a part is drawn where they are many; undefined where there were none. */
  learn(rng: Rng): Promise<Readonly<Record<string, number>> | undefined>
  /** Weights, and moments of the optimizer. */
  readonly tensors: NamedTensors
  dispose(): Promise<void>
}

/** Selections of one turn, with what learning needs to see them again. */
interface Made extends Asked {
  /** [n × C] */
  readonly candidates: Int32Array
  readonly references: Int32Array
  /** r^sel. [n × K] */
  readonly rewards: Float32Array
  /** What the item is believed to pay the average candidate. [n] */
  readonly usual: Float32Array
}

export async function createSelector(
  options: SelectorOptions,
  given: {
    readonly estimates: RewardEstimates
    readonly preferences: Preferences
    /** Width of s_rec. */
    readonly stateWidth: number
    /** C */
    readonly candidateCount: number
    readonly seed: number
    readonly threads: number
  },
): Promise<Selector> {
  const { references: K, selectorWindow: w, selectorGamma: gamma } = options
  const { estimates, preferences, stateWidth, candidateCount: C, seed, threads } = given
  if (K > C)
    throw new TributaryError(
      'bad-config',
      `references ${K} are more than the ${C} other users there are; choose at most ${C}`,
    )
  const parameters = createParameters(createRng(seed).split('darlr', 'selector'))
  const { projected } = preferences
  const [U, P] = projected.shape as [number, number]
  const sizes = {
    state: stateWidth,
    preference: P,
    width: options.selectorWidth,
    layers: options.selectorLayers,
    heads: options.selectorHeads,
    window: w,
    users: U,
  }
  const network = selectorNetwork(parameters, sizes)
  const { loss, actor, critic } = selectorLoss(network, sizes, options.valueCoefficient)
  const programs = createPrograms({ threads })
  const acting = await programs.compile({ sought: network.sought })
  const update = gradientStep({
    loss,
    parameters,
    optimizer: adam({ learningRate: options.selectorLearningRate }),
    outputs: { actor, critic },
    programs,
  })
  const steps = update.state.get('step')!.data
  const gains = createGains(preferences)
  const weights = Object.fromEntries(parameters.tensors)
  const horizon = remainingSums(K, gamma)
  const inputs = inputsOf({ K, w, stateWidth })
  let made: Made[] = []

  return {
    tensors: new Map<string, Tensor>([
      ...[...parameters.tensors].map(([name, tensor]) => [`selector/${name}`, tensor] as const),
      ...[...update.state].map(([name, tensor]) => [`selector-moments/${name}`, tensor] as const),
    ]),
    async select(asked, candidates, rngOf) {
      const n = asked.users.length
      const picks: Made = {
        ...asked,
        candidates: takeRows(candidates, C, asked.users),
        references: new Int32Array(n * K),
        rewards: new Float32Array(n * K),
        usual: new Float32Array(n),
      }
      const rngs = Array.from({ length: n }, (_, i) => rngOf(i))
      const marks = Array.from({ length: n }, () => new Uint8Array(C))
      const all = Int32Array.from({ length: n }, (_, i) => i)
      const positions = Int32Array.from({ length: C }, (_, c) => c)
      const scores = new Float32Array(C)
      const scratch = new Float64Array(C)
      for (let k = 0; k < K; k++) {
        const feeds = { preferences: projected, ...inputs(picks, all, new Int32Array(n).fill(k)), ...weights }
        const sought = (await runWith(acting, feeds)).sought.data as Float32Array
        for (let i = 0; i < n; i++) {
          const offered = picks.candidates.subarray(i * C, (i + 1) * C)
          scoreUsers(sought.subarray(i * P, (i + 1) * P), projected.data, offered, scores)
          const position = draw({ scores, offset: 0, positions }, marks[i], rngs[i], scratch)
          marks[i][position] = 1
          picks.references[i * K + k] = offered[position]
        }
      }
      made.push(picks)
      return { references: picks.references, ...reward(picks) }
    },
    async learn(rng) {
      const current = made
      made = []
      const count = current.reduce((sum, { users }) => sum + users.length, 0) * K
      if (count === 0) return undefined
      const joined = join(current)
      const returns = returnsOf(joined, horizon, gamma)
      if (steps[0] === 0) setLevel(returns, horizon, parameters.tensors.get(CRITIC_LEVEL)!.data)
      const order = rng.shuffle(Int32Array.from({ length: count }, (_, i) => i))
      const learned = order.subarray(0, Math.min(count, options.selectorPicks))
      const batches = Math.max(1, Math.round(learned.length / options.selectorBatchSize))
      const sums = { selectorActor: 0, selectorCritic: 0 }
      for (let b = 0; b < batches; b++) {
        const [from, to] = [0, 1].map((e) => Math.floor(((b + e) * learned.length) / batches)) as [number, number]
        const picks = learned.subarray(from, to)
        const which = picks.map((pick) => Math.floor(pick / K))
        const k = picks.map((pick) => pick % K)
        const { out } = await update.run({
          preferences: projected,
          ...inputs(joined, which, k),
          open: { shape: [picks.length, U], data: openUsers(joined, which, k, { K, C, U }) },
          chosen: { shape: [picks.length], data: picks.map((pick) => joined.references[pick]) },
          returns: { shape: [picks.length], data: Float32Array.from(picks, (pick) => returns[pick]) },
          left: { shape: [picks.length], data: Float32Array.from(k, (k) => horizon[k]) },
        })
        sums.selectorActor += (out.actor.data[0] * picks.length) / learned.length
        sums.selectorCritic += (out.critic.data[0] * picks.length) / learned.length
      }
      const selectorReturn = joined.rewards.reduce((sum, reward) => sum + reward, 0) / (count / K)
      return { ...sums, selectorReturn }
    },
    dispose: () => programs.dispose(),
  }

  /** Fills in what each pick is paid, and how like and unlike the chosen are on average. */
  function reward({ users, columns, candidates, references, rewards, usual }: Made): Omit<Selected, 'references'> {
    const similarities = new Float32Array(users.length)
    const diversities = new Float32Array(users.length)
    for (let i = 0; i < users.length; i++) {
      gains.begin(users[i])
      usual[i] = estimates.mean(candidates.subarray(i * C, (i + 1) * C), columns[i])
      let [similar, diverse] = [0, 0]
      for (let k = 0; k < K; k++) {
        const { similarity, diversity } = gains.add(references[i * K + k])
        similar += similarity / K
        diverse += diversity / K
        // What the item is believed to pay, averaged over the users chosen so far.
        const paid = estimates.mean(references.subarray(i * K, i * K + k + 1), columns[i])
        rewards[i * K + k] = intrinsicReward(options, { reward: paid, similarity, diversity })
      }
      similarities[i] = similar
      diversities[i] = diverse
    }
    return { similarities, diversities }
  }
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

/** What the graph reads of picks: pick k[j] of selection which[j]. */
function inputsOf({ K, w, stateWidth }: { K: number; w: number; stateWidth: number }) {
  return (made: Made, which: Int32Array, k: Int32Array): Record<string, Tensor> => {
    const B = which.length
    const picked = new Int32Array(B * w)
    const first = new Float32Array(B * w)
    const keep = new Float32Array(B * w)
    for (let j = 0; j < B; j++) {
      // Before pick k there are k + 1 tokens: the start, then the k users chosen.
      for (let p = 0; p < w; p++) {
        const token = k[j] - (w - 1) + p
        if (token < 0) continue
        keep[j * w + p] = 1
        if (token === 0) first[j * w + p] = 1
        else picked[j * w + p] = made.references[which[j] * K + token - 1]
      }
    }
    return {
      states: { shape: [B, stateWidth], data: takeRows(made.states, stateWidth, which) },
      users: { shape: [B], data: which.map((i) => made.users[i]) },
      picked: { shape: [B, w], data: picked },
      first: { shape: [B, w], data: first },
      keep: { shape: [B, w], data: keep },
    }
  }
}

/** 1 at the candidates of selection which[j] that were left at pick k[j]. [B × U] */
function openUsers(
  { candidates, references }: Made,
  which: Int32Array,
  k: Int32Array,
  { K, C, U }: { readonly K: number; readonly C: number; readonly U: number },
): Uint8Array {
  const open = new Uint8Array(which.length * U)
  for (const [j, i] of which.entries()) {
    for (let c = i * C; c < (i + 1) * C; c++) open[j * U + candidates[c]] = 1
    for (let before = 0; before < k[j]; before++) open[j * U + references[i * K + before]] = 0
  }
  return open
}

/** Σ_j γ^j over the picks that are left, by pick. [K] */
function remainingSums(K: number, gamma: number): Float64Array {
  const sums = new Float64Array(K)
  for (let k = K - 1; k >= 0; k--) sums[k] = 1 + (k + 1 < K ? gamma * sums[k + 1] : 0)
  return sums
}

/**
 * Discounted sums of what picks were paid from each on, above what the average candidate would have made of the item: that part depends on no pick,
 * and the critic, which does not see the item, could not expect it.
 */
function returnsOf({ rewards, usual }: Made, horizon: Float64Array, gamma: number): Float32Array {
  const K = horizon.length
  const returns = rewards.map((reward, i) => reward - usual[Math.floor(i / K)])
  for (let i = returns.length - 2; i >= 0; i--) if (i % K !== K - 1) returns[i] += gamma * returns[i + 1]
  return returns
}

/** Before the first update: the critic begins at the mean of what picks were paid, instead of climbing there by steps of the learning rate. */
function setLevel(returns: Float32Array, horizon: Float64Array, bias: Float32Array): void {
  const level = returns.reduce((sum, value, i) => sum + value / horizon[i % horizon.length], 0)
  bias[0] = level / returns.length
}

function join(made: readonly Made[]): Made {
  const all = <A extends Float32Array | Int32Array>(field: (one: Made) => A) => concatenated(made.map(field))
  return {
    users: all((one) => one.users),
    columns: all((one) => one.columns),
    states: all((one) => one.states),
    candidates: all((one) => one.candidates),
    references: all((one) => one.references),
    rewards: all((one) => one.rewards),
    usual: all((one) => one.usual),
  }
}

function concatenated<A extends Float32Array | Int32Array>(parts: readonly A[]): A {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const joined = (parts[0] instanceof Int32Array ? new Int32Array(length) : new Float32Array(length)) as A
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
