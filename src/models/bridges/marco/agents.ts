import { loudest, perceptron, type Scene, weightEntropy } from '../../../families/bridges/index.ts'
import type { Parameters } from '../../../nn/index.ts'
import { clippedPolicyGradient, clippedValueError, gaussianLogProbability, type ValueLoss } from '../../../rl/index.ts'
import * as t from '../../../tensor/index.ts'
import { type Dim, type Sym, stopGradient } from '../../../tensor/index.ts'

// One agent a source, which says how loudly it is to be heard. All have one actor and one critic, and are paid for what they predict together.

/** g = [v ; e_att ; ⟨e_att, v⟩] of the loudest source. [B, 2n + 1] */
export function globalState(scene: Scene): Sym {
  const [B, D] = scene.scores.shape as [Dim, number]
  const chosen = loudest(scene) // [B, D]
  const vector = t.sum(t.multiply(scene.vectors, t.reshape(chosen, [B, D, 1])), 1) // e_att [B, n]
  const score = t.sum(t.multiply(scene.scores, chosen), 1, { keepDims: true }) // [B, 1]
  return t.concat([scene.items, vector, score], 1)
}

/** log σ of what is drawn around μ, one for all agents. [1] */
export function logDeviation(parameters: Parameters): Sym {
  return parameters.declare('actor/logDeviation', [1], (data) => void data.fill(-0.5))
}

/** log σ stays in here. */
export const LOG_DEVIATIONS = [-3, 1] as const

/** V_d, what an agent who sees everything expects: of [g ; o_d]. [B, D] */
export function critic(parameters: Parameters, state: Sym, observed: Sym, hidden: number): Sym {
  const [B, D] = observed.shape as [Dim, number, number]
  const width = state.shape[1]
  const seen = t.expand(t.reshape(state, [B, 1, width]), [B, D, width])
  return perceptron(parameters, 'critic', t.concat([seen, observed], 2), { hidden, shifted: true })
}

export interface MappoOptions {
  /** ε of ratios and of values. */
  readonly clip: number
  readonly valueCoefficient: number
  readonly valueLoss: ValueLoss
  /** λ, what the entropy of the weights costs; below 0 it is paid for. */
  readonly entropy: number
  /** Whether the reward changes the actor; that of the released code does not. */
  readonly rewarded: boolean
}

/** What was done and what it led to, [B, D] each. */
export interface Played {
  /** a, the logits that were drawn. */
  readonly actions: Sym
  /** log π(a | o) when they were. */
  readonly logProbabilities: Sym
  /** Â, 0 of agents that do not count. */
  readonly advantages: Sym
  readonly returns: Sym
  /** V when they were drawn. */
  readonly values: Sym
}

/** What agents say now of what was done. */
export interface Policy {
  /** μ [B, D] */
  readonly means: Sym
  /** log σ [1] */
  readonly logDeviation: Sym
  /** V [B, D] */
  readonly values: Sym
  /** [B, D] */
  readonly known: Sym
}

/**
 * PPO of a team whose game is one move long (MAPPO; Yu et al., 2022): −mean min(ρ Â, clip(ρ) Â) with a ratio of each agent's own, the clipped
 * error of the critic, and λ H(w) of the weights that μ gives.
 */
export function mappoLoss({ means, logDeviation, values, known }: Policy, played: Played, options: MappoOptions) {
  const flat = (x: Sym) => t.reshape(x, [-1])
  const now = gaussianLogProbability(played.actions, means, logDeviation) // log π(a | o) [B, D]
  const free = options.rewarded ? now : stopGradient(now)
  const actor = clippedPolicyGradient(flat(free), flat(played.logProbabilities), flat(played.advantages), options.clip)
  const errors = clippedValueError(played.returns, values, played.values, {
    epsilon: options.clip,
    loss: options.valueLoss,
  })
  const critic = t.mean(t.multiply(errors, known))
  const entropy = t.mean(weightEntropy(means, known))
  const valued = t.add(actor, t.multiply(critic, options.valueCoefficient))
  const ratios = t.exp(t.subtract(now, played.logProbabilities)) // ρ [B, D]
  return { loss: t.add(valued, t.multiply(entropy, options.entropy)), outputs: { actor, critic, entropy, ratios } }
}
