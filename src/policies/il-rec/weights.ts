/** What each demonstration counts, and the two weights that it is made of; entry i is of demonstration i of a group. */
export interface DemonstrationWeights {
  /** w_env: how much better it does than is expected where it was taken. */
  readonly environment: Float32Array
  /** w_irl: how little it looks like what the policy does. */
  readonly imitation: Float32Array
  /** w: both together, over the mean of the group. */
  readonly together: Float32Array
}

export interface WeightOptions {
  /** β: the larger, the less an advantage counts. */
  readonly beta: number
  /** α, the share of w_env. */
  readonly alpha: number
  /** γ_irl, the power of w_irl. */
  readonly gammaIrl: number
  /** Whether weights are divided by the mean of their group; default true. */
  readonly overMean?: boolean
  /** The largest of them; default 10⁶. */
  readonly mostWeight?: number
}

/** Beyond it an exponential is no number that anything can be made of. */
const MOST_EXPONENT = 80
const [LEAST_WEIGHT, MOST_WEIGHT] = [1e-6, 1e6]
const LEAST_CHANCE = 1e-8

/**
 * Weights of a group of demonstrations.
 * @param advantages A_demo = Q_demo − V_demo, by world-model rewards
 * @param chances D(s, a), that the pair is the policy's; the sign is that of the released code and not that of GAIL
 */
export function demonstrationWeights(
  advantages: Float32Array,
  chances: Float32Array,
  { beta, alpha, gammaIrl, overMean = true, mostWeight = MOST_WEIGHT }: WeightOptions,
): DemonstrationWeights {
  const environment = advantages.map((a) => kept(Math.exp(clamp(a / beta, -MOST_EXPONENT, MOST_EXPONENT))))
  const imitation = chances.map((chance) => kept((1 / clamp(chance, LEAST_CHANCE, 1 - LEAST_CHANCE) - 1) ** gammaIrl))
  const product = environment.map((w, i) => kept(w ** alpha * imitation[i] ** (1 - alpha)))
  const mean = overMean ? product.reduce((sum, w) => sum + w, 0) / product.length : 1
  return { environment, imitation, together: product.map((w) => Math.min(mostWeight, kept(w / mean))) }
}

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value))

const kept = (weight: number) => clamp(weight, LEAST_WEIGHT, MOST_WEIGHT)
