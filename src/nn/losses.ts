import type { Sym } from '../tensor/index.ts'
import * as t from '../tensor/index.ts'

/** −log σ(x), stable for any x. */
export function negativeLogSigmoid(x: Sym): Sym {
  return t.softplus(t.negate(x))
}

/** Binary cross-entropy of logits against labels in [0, 1], elementwise. */
export function binaryCrossEntropy(logits: Sym, labels: Sym): Sym {
  return t.subtract(t.softplus(logits), t.multiply(logits, labels))
}

/** Bayesian personalized ranking (Rendle et al., 2009): −log σ(s⁺ − s⁻), elementwise. */
export function bprLoss(positive: Sym, negative: Sym): Sym {
  return negativeLogSigmoid(t.subtract(positive, negative))
}

/** Cross-entropy of logits [n, V] whose target logit is already at hand, [n]: log Σ exp − target. */
export function crossEntropy(logits: Sym, targetLogit: Sym): Sym {
  return t.subtract(t.logSumExp(logits), targetLogit)
}
