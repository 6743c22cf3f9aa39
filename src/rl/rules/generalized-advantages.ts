/** Turns of episodes, in any order in which a turn stands before the ones that follow it. */
export interface PaidTurns {
  /** What each paid. [N] */
  readonly rewards: Float32Array
  /** V(s), what the critic expected from each on. [N] */
  readonly values: Float32Array
  /** Where the next turn of the same episode stands, −1 after its last. [N] */
  readonly next: Int32Array
}

export interface Advantages {
  /** Â, how much better each turn was than expected. [N] */
  readonly advantages: Float32Array
  /** Â + V(s), what the critic is to expect. [N] */
  readonly returns: Float32Array
}

/**
 * Generalized advantage estimation (Schulman et al., 2016): Âₜ = δₜ + γ λ Âₜ₊₁ with δₜ = rₜ + γ V(sₜ₊₁) − V(sₜ), and nothing after the
 * last turn of an episode. With λ = 1, Â + V is the discounted sum of what was paid; with λ = 0, Â is δ.
 */
export function generalizedAdvantages(
  { rewards, values, next }: PaidTurns,
  { gamma, gaeLambda }: { readonly gamma: number; readonly gaeLambda: number },
): Advantages {
  const size = rewards.length
  const exact = new Float64Array(size)
  const returns = new Float32Array(size)
  for (let i = size - 1; i >= 0; i--) {
    const after = next[i]
    const ahead = after === -1 ? 0 : gamma * (values[after] + gaeLambda * exact[after])
    exact[i] = rewards[i] + ahead - values[i]
    returns[i] = exact[i] + values[i]
  }
  return { advantages: Float32Array.from(exact), returns }
}
