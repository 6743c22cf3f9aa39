import type { DarlrConfig } from './options.ts'

/** Below it a set of reference users counts as this representative: r_s may be negative, and both gains near 0. */
const LEAST_REPRESENTATIVE = 0.05

/**
 * P'_U = |r̂ − r̂₋₁| / (r_s + r_d) (Eq. 16; its text names the diversity gain r_s, a slip), with a floor for the denominator, and never more
 * than the range of rewards.
 * @param change |r̂ − r̂₋₁|
 */
export function uncertaintyPenalty(
  change: number,
  similarity: number,
  diversity: number,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  return Math.min(change / Math.max(LEAST_REPRESENTATIVE, similarity + diversity), max - min)
}

/** r = r̂ − λ_U P'_U + λ_E P_E (Eq. 17): a reward to maximize, although the paper writes it as L. */
export function shapedReward(
  { lambdaU, lambdaE }: Pick<DarlrConfig, 'lambdaU' | 'lambdaE'>,
  { reward, uncertainty, entropy }: { readonly reward: number; readonly uncertainty: number; readonly entropy: number },
): number {
  return reward - lambdaU * uncertainty + lambdaE * entropy
}
