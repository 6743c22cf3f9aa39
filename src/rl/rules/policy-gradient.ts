import type { Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'
import { huberLoss } from './huber.ts'

/**
 * The policy gradient (Williams, 1992; with advantages Mnih et al., 2016): −mean Â log π(a | s). The advantage only weighs: nothing is passed
 * to what it is made of.
 * @param logProbability log π(a | s) of what was taken, [B]
 * @param advantage Â, how much better that was than expected, [B]
 */
export function policyGradient(logProbability: Sym, advantage: Sym): Sym {
  return t.negate(t.mean(t.multiply(logProbability, t.stopGradient(advantage))))
}

/**
 * The clipped policy gradient of PPO (Schulman et al., 2017, Eq. 7): −mean min(ρ Â, clip(ρ, 1 − ε, 1 + ε) Â) with
 * ρ = π(a | s) / π_old(a | s). Nothing is passed to π_old and Â.
 * @param logProbability log π(a | s) of what was taken, [B]
 * @param oldLogProbability the same of the policy that acted, [B]
 * @param advantage Â, [B]
 * @param epsilon ε, how far the ratio may go before it pays no more
 */
export function clippedPolicyGradient(
  logProbability: Sym,
  oldLogProbability: Sym,
  advantage: Sym,
  epsilon: number,
): Sym {
  const fixed = t.stopGradient(advantage)
  const ratio = t.exp(t.subtract(logProbability, t.stopGradient(oldLogProbability))) // ρ [B]
  const clipped = t.minimum(t.maximum(ratio, 1 - epsilon), 1 + epsilon)
  return t.negate(t.mean(t.minimum(t.multiply(ratio, fixed), t.multiply(clipped, fixed))))
}

/** log π(a | s) of the softmax policy whose logits are [B, A] and whose logit of what was taken is [B]. [B] */
export function logProbability(logits: Sym, taken: Sym): Sym {
  return t.subtract(taken, t.logSumExp(logits))
}

/** H(π(· | s)) of the softmax policy with these logits, [B, A]. [B] */
export function entropy(logits: Sym): Sym {
  return t.subtract(t.logSumExp(logits), t.sum(t.multiply(t.softmax(logits), logits), 1))
}

/** What a critic errs by, mean (Ret − V)². Nothing is passed to the returns. Both [B]. */
export function valueError(returns: Sym, values: Sym): Sym {
  return t.mean(t.square(t.subtract(t.stopGradient(returns), values)))
}

/** How far off a value is by its difference, elementwise. */
export const VALUE_LOSSES = { square: t.square, huber: huberLoss }
export type ValueLoss = keyof typeof VALUE_LOSSES

/**
 * What a critic errs by where it may move by ε from what it said when the policy acted: the larger of the losses of Ret − V and of
 * Ret − (V_old + clip(V − V_old, −ε, ε)), so that what lies further pays no more. Elementwise. Nothing is passed to the returns and V_old.
 * @param returns Ret
 * @param values V, of the shape of Ret
 * @param oldValues V_old, of the shape of Ret
 */
export function clippedValueError(
  returns: Sym,
  values: Sym,
  oldValues: Sym,
  { epsilon, loss }: { readonly epsilon: number; readonly loss: ValueLoss },
): Sym {
  const [fixed, old] = [t.stopGradient(returns), t.stopGradient(oldValues)]
  const near = t.add(old, t.minimum(t.maximum(t.subtract(values, old), -epsilon), epsilon))
  const lossOf = VALUE_LOSSES[loss]
  return t.maximum(lossOf(t.subtract(fixed, near)), lossOf(t.subtract(fixed, values)))
}
