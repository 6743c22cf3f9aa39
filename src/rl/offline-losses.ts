import type { Dim, Sym } from '../tensor/index.ts'
import * as t from '../tensor/index.ts'

/** What each row gives to the action that it took: values [B, A] or [B, A, n], actions int32 [B] → [B] or [B, n]. */
export function ofAction(values: Sym, actions: Sym): Sym {
  const [B, A, ...rest] = values.shape as [Dim, number, ...Dim[]]
  const columns = t.constant({ shape: [1, A], data: Int32Array.from({ length: A }, (_, a) => a) })
  const taken = t.equal(t.reshape(actions, [B, 1]), columns) // [B, A], 1 at the action
  return t.sum(t.multiply(values, t.reshape(taken, [B, A, ...rest.map(() => 1)])), 1)
}

/** Huber's loss (1964) with its bend at 1: d² / 2 for |d| ≤ 1, |d| − ½ beyond. Elementwise. */
export function huberLoss(difference: Sym): Sym {
  const size = t.abs(difference)
  const bent = t.minimum(size, 1)
  return t.multiply(bent, t.subtract(size, t.multiply(bent, 0.5)))
}

/**
 * The error of Q-learning, mean Huber(Q(s, a) − y). Nothing is passed to y.
 * @param values Q(s, ·), [B, A]
 * @param actions what was taken, int32 [B]
 * @param targets y, [B]
 */
export function qLoss(values: Sym, actions: Sym, targets: Sym): Sym {
  return t.mean(huberLoss(t.subtract(ofAction(values, actions), t.stopGradient(targets))))
}

/**
 * −mean log softmax(logits)[a], which makes the logits those of the behavior policy.
 * @param logits [B, A]
 */
export function imitationLoss(logits: Sym, actions: Sym): Sym {
  return t.negate(t.mean(logProbability(logits, actions)))
}

/** log π(a | s) of the softmax policy with these logits. [B] */
export function logProbability(logits: Sym, actions: Sym): Sym {
  return t.subtract(ofAction(logits, actions), t.logSumExp(logits))
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
 * @param quantiles θ(s, ·), [B, A, n]
 * @param targets y, [B, n]
 */
export function quantileLoss(quantiles: Sym, actions: Sym, targets: Sym): Sym {
  const [B, , n] = quantiles.shape as [Dim, number, number]
  const own = t.reshape(ofAction(quantiles, actions), [B, n, 1])
  const difference = t.subtract(t.reshape(t.stopGradient(targets), [B, 1, n]), own) // [B, i, j]
  const levels = t.constant({ shape: [n, 1], data: Float32Array.from({ length: n }, (_, i) => (i + 0.5) / n) })
  const below = t.greater(0, difference) // 1 where y < θ
  const weighted = t.multiply(t.abs(t.subtract(levels, below)), huberLoss(difference))
  return t.mean(t.sum(t.mean(weighted, 2), 1))
}

/**
 * The conservative penalty of Kumar et al. (2020, Eq. 4): mean(log Σₐ exp Q(s, a) − Q(s, a_log)), which lowers the values of what the log
 * did not take.
 * @param values Q(s, ·), [B, A]
 */
export function conservativePenalty(values: Sym, actions: Sym): Sym {
  return t.mean(t.subtract(t.logSumExp(values), ofAction(values, actions)))
}

/** Σₐ π(a | s) Q(s, a) under the softmax policy with these logits. [B] */
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
 * Critic regularized regression of the policy (Wang et al., 2020, Eq. 3): −mean f(A) log π(a | s) with A = Q(s, a) − Σ π(a' | s) Q(s, a').
 * The critic, and the policy within A, only weigh: nothing is passed to them.
 * @param logits of π, [B, A]
 * @param values Q(s, ·), [B, A]
 */
export function regressionLoss(logits: Sym, values: Sym, actions: Sym, { weight, beta, bound }: AdvantageWeight): Sym {
  const advantage = t.subtract(ofAction(values, actions), expectedValue(values, logits)) // [B]
  // The exponent is cut rather than its power, which might overflow first.
  const exponential = t.exp(t.minimum(t.divide(advantage, beta), Math.log(bound)))
  const trust = weight === 'binary' ? t.greater(advantage, 0) : exponential
  return t.negate(t.mean(t.multiply(t.stopGradient(trust), logProbability(logits, actions))))
}
