import type { Rng } from '../../../math/index.ts'
import { normalizedAdvantages } from '../../../rl/index.ts'
import { LIST_GAINS, listReward } from './list-reward.ts'

/** What sources and agents say of N rows, [N × D] each. */
export interface Scenes {
  readonly agents: number
  /** ⟨e_d, v⟩, what each source expects. */
  readonly scores: Float32Array
  /** 1 where the user is known in the source, else 0. */
  readonly known: Float32Array
  /** μ */
  readonly means: Float32Array
  /** V */
  readonly values: Float32Array
  /** What was given, beyond what the item adds by itself; NaN for an item that the user did not rate. [N] */
  readonly ratings: Float32Array
  /** From where on it says that the user likes the item, beyond what the item adds by itself. [N] */
  readonly limits: Float32Array
  /** Where lists of rows begin, and N at the end; for rewards of lists. */
  readonly lists?: Int32Array | undefined
}

export interface Game {
  /** The rows in which several agents had a say: of the others there is nothing to learn. */
  readonly rows: Int32Array
  /** a, logits drawn around μ. [N × D] */
  readonly actions: Float32Array
  /** log π(a | o) [N × D] */
  readonly logProbabilities: Float32Array
  /** Â, mean 0 and deviation 1 over agents who had a say, 0 for the others. [N × D] */
  readonly advantages: Float32Array
  /** Ret, what each was paid. [N × D] */
  readonly returns: Float32Array
  /** The mean of r. */
  readonly reward: number
}

/**
 * What an agent's move is held against: what the critic expected (`team`), what all would have been paid without the agent, its weight dealt to
 * the others (`counterfactual`), or what they would have been paid had it said what it says on average (`own-mean`; after COMA's baseline).
 */
export const CREDITS = ['team', 'counterfactual', 'own-mean'] as const
export type Credit = (typeof CREDITS)[number]

/**
 * What the team is paid for ŷ: −(ŷ − y)² (`error`); or what has no gradient: 1 where it says rightly whether the user likes the item (`side`), or
 * how high what the user likes stands in a list (`ndcg`, `hit`).
 */
export const REWARDS = ['error', 'side', 'ndcg', 'hit'] as const
export type Reward = (typeof REWARDS)[number]

/** Whether it is paid for lists of one user's items. */
export const paysLists = (reward: Reward) => reward in LIST_GAINS

export interface GameOptions {
  readonly reward: Reward
  readonly credit: Credit
  /** Deals what was paid to other rows: a control, in which there is nothing to learn. */
  readonly shuffled: boolean
}

/**
 * One move: every agent draws a logit, weights are their softmax over agents who know the user, and the team is paid for the sum of weighted
 * scores.
 * @param logDeviation log σ
 */
export function play(
  scenes: Scenes,
  logDeviation: number,
  { reward: kind, credit, shuffled }: GameOptions,
  rng: Rng,
): Game {
  const { agents: D, known, means, scores, values, ratings } = scenes
  const N = ratings.length
  const noise = rng.split('noise')
  const drawn = Float32Array.from({ length: N * D }, () => noise.normal())
  const actions = drawn.map((z, i) => means[i] + Math.exp(logDeviation) * z)
  const logProbabilities = drawn.map((z) => -0.5 * z * z - logDeviation - 0.5 * Math.log(2 * Math.PI))
  const weights = softmaxOfKnown(actions, known, D)
  const counts = new Float32Array(N * D)
  const returns = new Float32Array(N * D)
  const ahead = new Float32Array(N * D) // r − V, or r − r without the agent
  const rows: number[] = []
  let total = 0
  const from = shuffled ? rng.split('deal').shuffle(Int32Array.from({ length: N }, (_, i) => i)) : undefined
  const predicted = Float64Array.from({ length: N }, (_, i) => weightedSum(weights, scores, i * D, D))
  const paidFor = payer(kind, scenes, predicted)
  /** ŷ of a row where an agent is left out, or says μ. */
  const otherwise = (row: number, d: number) => {
    const at = row * D + d
    const weight = weights[at]
    const rest = predicted[row] - weight * scores[at]
    if (credit === 'counterfactual') return rest / (1 - weight)
    const changed = weight * Math.exp(means[at] - actions[at])
    return (rest + changed * scores[at]) / (1 - weight + changed)
  }
  for (let i = 0; i < N; i++) {
    const row = from?.[i] ?? i
    const reward = paidFor(row, predicted[row])
    total += reward
    const heard = known.subarray(i * D, (i + 1) * D).reduce((sum, one) => sum + one, 0)
    if (heard < 2) continue
    rows.push(i)
    for (let d = 0; d < D; d++) {
      const at = i * D + d
      if (known[at] === 0) continue
      counts[at] = 1
      returns[at] = reward
      ahead[at] = reward - (credit === 'team' ? values[at] : paidFor(row, otherwise(row, d)))
    }
  }
  const advantages = normalizedAdvantages(ahead, counts)
  return { rows: Int32Array.from(rows), actions, logProbabilities, advantages, returns, reward: total / N }
}

/** What the team is paid for a row, had it another ŷ than the predicted one. */
function payer(
  reward: Reward,
  { ratings, limits, lists }: Scenes,
  predicted: Float64Array,
): (row: number, rating: number) => number {
  const liked = (row: number) => ratings[row] > limits[row]
  if (reward === 'error') return (row, rating) => -((rating - ratings[row]) ** 2)
  if (reward === 'side') return (row, rating) => (rating > limits[row] === liked(row) ? 1 : 0)
  // Items are ordered by the whole rating, which lies as far above ŷ as the limit below what is liked.
  const pay = listReward(
    predicted.map((rating, row) => rating - limits[row]),
    {
      starts: lists ?? Int32Array.of(0, ratings.length),
      liked: Uint8Array.from(ratings, (_, row) => (liked(row) ? 1 : 0)),
    },
    LIST_GAINS[reward],
  )
  return (row, rating) => pay(row, rating - limits[row])
}

/** Softmax over the known of each row; 0 for the others. */
export function softmaxOfKnown(logits: Float32Array, known: Float32Array, D: number): Float32Array {
  const weights = new Float32Array(logits.length)
  for (let row = 0; row < logits.length; row += D) {
    let highest = Number.NEGATIVE_INFINITY
    for (let at = row; at < row + D; at++) if (known[at] !== 0) highest = Math.max(highest, logits[at])
    let sum = 0
    for (let at = row; at < row + D; at++) if (known[at] !== 0) sum += weights[at] = Math.exp(logits[at] - highest)
    for (let at = row; at < row + D && sum > 0; at++) weights[at] /= sum
  }
  return weights
}

function weightedSum(weights: Float32Array, scores: Float32Array, start: number, D: number): number {
  let sum = 0
  for (let at = start; at < start + D; at++) sum += weights[at] * scores[at]
  return sum
}
