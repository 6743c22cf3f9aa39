import { entropy, logProbability } from '../../rl/index.ts'
import type { Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'
import type { IlRecConfig } from './options.ts'

export type PolicyLossConfig = Pick<
  IlRecConfig,
  'entropyCoefficient' | 'imitation' | 'advantageClip' | 'normalizeAdvantages'
>

export interface PolicyLoss {
  readonly total: Sym
  /** −mean A log π(a | s). */
  readonly actor: Sym
  /** mean H(π(· | s)). */
  readonly entropy: Sym
  /** mean over rows of demonstrations of w · (−log π(a | s)); 0 where there is none. */
  readonly imitation: Sym
}

/** A brought to mean 0 and deviation 1 over the batch, and clipped; nothing is passed to it. [B] */
export function normalizedAdvantage(
  advantage: Sym,
  { advantageClip, normalizeAdvantages }: Pick<PolicyLossConfig, 'advantageClip' | 'normalizeAdvantages'>,
): Sym {
  const fixed = t.stopGradient(advantage)
  const centered = t.subtract(fixed, t.mean(fixed))
  const deviation = t.maximum(t.sqrt(t.mean(t.square(centered))), 1e-8)
  const scaled = normalizeAdvantages ? t.divide(centered, deviation) : fixed
  return t.maximum(t.minimum(scaled, advantageClip), -advantageClip)
}

/**
 * L = −mean[A log π(a | s)] − α_ent mean[H(π(· | s))] + λ mean over demonstrations of [w (−log π(a | s))].
 * @param logits clamped, [B, A]
 * @param advantage A as the policy counts it, [B]
 *
 * Reads `actions` [B], `demonstrated` [B], 1 in rows of demonstrations, and `weights` [B], w.
 */
export function policyLoss(logits: Sym, advantage: Sym, config: PolicyLossConfig): PolicyLoss {
  const A = logits.shape[1] as number
  const columns = t.constant({ shape: [1, A], data: Int32Array.from({ length: A }, (_, column) => column) })
  // A product with ones and zeros, whose derivative is as cheap as itself.
  const chosen = t.equal(t.reshape(t.input('actions', ['B'], 'int32'), ['B', 1]), columns) // [B, A]
  const taken = logProbability(logits, t.sum(t.multiply(logits, chosen), 1)) // log π(a | s) [B]
  const demonstrated = t.input('demonstrated', ['B'])
  const actor = t.negate(t.mean(t.multiply(t.stopGradient(advantage), taken)))
  const spread = t.mean(entropy(logits))
  const weighed = t.multiply(t.multiply(demonstrated, t.input('weights', ['B'])), t.negate(taken))
  const imitation = t.divide(t.sum(weighed), t.maximum(t.sum(demonstrated), 1))
  const total = t.add(
    t.subtract(actor, t.multiply(spread, config.entropyCoefficient)),
    t.multiply(imitation, config.imitation),
  )
  return { total, actor, entropy: spread, imitation }
}
