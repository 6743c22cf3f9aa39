import type { Dim, Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'

/** Huber's loss (1964) with its bend at 1: d² / 2 for |d| ≤ 1, |d| − ½ beyond. Elementwise. */
export function huberLoss(difference: Sym): Sym {
  const size = t.abs(difference)
  const bent = t.minimum(size, 1)
  return t.multiply(bent, t.subtract(size, t.multiply(bent, 0.5)))
}

/**
 * The error of Q-learning, mean Huber(Q(s, a) − y). Nothing is passed to y.
 * @param values Q(s, a) of what was taken, [B]
 * @param targets y, [B]
 */
export function qLoss(values: Sym, targets: Sym): Sym {
  return t.mean(huberLoss(t.subtract(values, t.stopGradient(targets))))
}

/**
 * log (G(a | s) / max G(· | s)) of the softmax policy G with these logits: what batch-constrained Q-learning holds against log τ
 * (Fujimoto et al., 2019, Eq. 17). [B, A], at most 0.
 */
export function logLikelihoodRatio(logits: Sym): Sym {
  return t.subtract(logits, t.max(logits, 1, { keepDims: true }))
}

/**
 * Quantile regression of a return's distribution (Dabney et al., 2018, Eq. 10): Σᵢ meanⱼ |τᵢ − 1[yⱼ < θᵢ]| Huber(yⱼ − θᵢ) with
 * τᵢ = (i + ½) / n, mean over the batch. Nothing is passed to y.
 * @param quantiles θ(s, a) of what was taken, [B, n]
 * @param targets y, [B, n]
 */
export function quantileLoss(quantiles: Sym, targets: Sym): Sym {
  const [B, n] = quantiles.shape as [Dim, number]
  const own = t.reshape(quantiles, [B, n, 1])
  const difference = t.subtract(t.reshape(t.stopGradient(targets), [B, 1, n]), own) // [B, i, j]
  const levels = t.constant({ shape: [n, 1], data: Float32Array.from({ length: n }, (_, i) => (i + 0.5) / n) })
  const below = t.greater(0, difference) // 1 where y < θ
  const weighted = t.multiply(t.abs(t.subtract(levels, below)), huberLoss(difference))
  return t.mean(t.sum(t.mean(weighted, 2), 1))
}

/** Σₐ π(a | s) Q(s, a) under the softmax policy with these logits, both [B, A]. [B] */
export function expectedValue(values: Sym, logits: Sym): Sym {
  return t.sum(t.multiply(t.softmax(logits), values), 1)
}

export const ADVANTAGE_WEIGHTS = ['exp', 'binary'] as const

/** f(A) of critic regularized regression: min(exp(A / β), bound), or 1[A > 0]. */
export interface AdvantageWeight {
  readonly weight: (typeof ADVANTAGE_WEIGHTS)[number]
  /** β */
  readonly beta: number
  readonly bound: number
}

/**
 * Critic regularized regression of the policy (Wang et al., 2020): −mean f(A) log π(a | s). The advantage only weighs: nothing is
 * passed to what it is made of.
 * @param logProbability log π(a | s) of what was taken, [B]
 * @param advantage A(s, a), [B]
 */
export function regressionLoss(logProbability: Sym, advantage: Sym, { weight, beta, bound }: AdvantageWeight): Sym {
  // The exponent is cut rather than its power, which might overflow first.
  const exponential = t.exp(t.minimum(t.divide(advantage, beta), Math.log(bound)))
  const trust = weight === 'binary' ? t.greater(advantage, 0) : exponential
  return t.negate(t.mean(t.multiply(t.stopGradient(trust), logProbability)))
}
