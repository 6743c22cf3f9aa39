import type { Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'
import { policyGradient } from './policy-gradient.ts'

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
export function advantageRegression(
  logProbability: Sym,
  advantage: Sym,
  { weight, beta, bound }: AdvantageWeight,
): Sym {
  // The exponent is cut rather than its power, which might overflow first.
  const exponential = t.exp(t.minimum(t.divide(advantage, beta), Math.log(bound)))
  const trust = weight === 'binary' ? t.greater(advantage, 0) : exponential
  return policyGradient(logProbability, trust)
}
