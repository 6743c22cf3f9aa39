import type { Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'
import { huberLoss } from './huber.ts'

/**
 * The error of Q-learning, mean Huber(Q(s, a) − y). Nothing is passed to y.
 * @param values Q(s, a) of what was taken, [B]
 * @param targets y, [B]
 */
export function qLearning(values: Sym, targets: Sym): Sym {
  return t.mean(huberLoss(t.subtract(values, t.stopGradient(targets))))
}

/**
 * log (G(a | s) / max G(· | s)) of the softmax policy G with these logits: what batch-constrained Q-learning holds against log τ
 * (Fujimoto et al., 2019, Eq. 17). [B, A], at most 0.
 */
export function logLikelihoodRatio(logits: Sym): Sym {
  return t.subtract(logits, t.max(logits, 1, { keepDims: true }))
}

/** Σₐ π(a | s) Q(s, a) under the softmax policy with these logits, both [B, A]. [B] */
export function expectedValue(values: Sym, logits: Sym): Sym {
  return t.sum(t.multiply(t.softmax(logits), values), 1)
}
