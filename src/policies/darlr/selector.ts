import {
  causalMask,
  createDropout,
  linear,
  normal,
  type Parameters,
  paddedCausalMask,
  positionRows,
  transformer,
  xavierUniform,
} from '../../nn/index.ts'
import { policyGradient } from '../../rl/index.ts'
import type { Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'

/** Sizes of the selector's network. */
export interface SelectorSizes {
  /** Of the recommender's state s_rec. */
  readonly state: number
  /** d_p, of projected preferences. */
  readonly preference: number
  /** d, of tokens and selector states. */
  readonly width: number
  readonly layers: number
  readonly heads: number
  /** w_sel, tokens that a selector state is made of. */
  readonly window: number
  /** U, all users. */
  readonly users: number
}

export interface SelectorNetwork {
  /** What is sought: the score of a user is its product with the user's preferences. [B, d_p] */
  readonly sought: Sym
  /** The mean intrinsic reward of the picks that are left, as the critic expects it. [B] */
  readonly value: Sym
}

/** The critic's last bias, where the first returns set its level. */
export const CRITIC_LEVEL = 'critic/value/bias'

/**
 * The selector: states and picks so far → what is sought and a value (Eq. 7–9).
 *
 * Inputs of a run, B selections side by side: `preferences` [U, d_p], `states` [B, S], `users` [B] (rows), `picked` [B, w] rows of the last users
 * chosen, `first` [B, w] 1 where the token of the start stands, `keep` [B, w] 1 at tokens. Tokens end at the right.
 */
export function selectorNetwork(parameters: Parameters, sizes: SelectorSizes): SelectorNetwork {
  const { state: S, preference: P, width: d, window: w, users: U } = sizes
  const preferences = t.input('preferences', [U, P])
  const states = t.input('states', ['B', S])
  const picked = t.input('picked', ['B', w], 'int32')
  const first = t.reshape(t.input('first', ['B', w]), ['B', w, 1])
  const keep = t.input('keep', ['B', w])
  const dense = (name: string, x: Sym, inputs: number, outputs: number) =>
    linear(parameters, name, x, [inputs, outputs], xavierUniform(inputs, outputs))

  const own = t.gather(preferences, t.input('users', ['B'], 'int32')) // Pu p_u [B, P]
  const start = dense('start', t.concat([states, own], 1), S + P, d) // z_0 of s_0 = s_rec ⊕ p_u, Eq. 7 [B, d]
  const added = dense('added', t.gather(preferences, picked), P, d) // z_k [B, w, d]
  const tokens = t.add(t.multiply(first, t.reshape(start, ['B', 1, d])), t.multiply(t.subtract(1, first), added))
  const placed = t.add(tokens, positionRows(parameters, 'positions', w, [w, d]))
  const mask = paddedCausalMask(keep, t.constant({ shape: [w, w], data: causalMask(w) }))
  const options = { ...sizes, inner: 2 * d, activation: 'relu', dropout: createDropout(0) } as const
  const all = transformer(parameters, 'transition', placed, mask, options) // Eq. 8 [B, w, d]
  const state = t.reshape(t.slice(all, 1, w - 1, w), ['B', d])

  const hidden = t.relu(dense('actor/hidden', state, d, d))
  // Small at first, so that all users begin with nearly the same chance.
  const query = linear(parameters, 'actor/query', hidden, [d, d], normal(0.02)) // [B, d]
  const key = parameters.declare('actor/key/weight', [P, d], xavierUniform(P, d))
  // query · (W Pu p) = (query Wᵀ) · Pu p: the users themselves need no product of their own.
  const sought = t.matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(d) }) // [B, P]

  const judged = t.relu(dense('critic/hidden', state, d, d))
  const value = t.reshape(dense('critic/value', judged, d, 1), ['B'])
  return { sought, value }
}

/**
 * The loss of A2C on picks: `open` [B, U] 1 where a user might have been chosen, `chosen` [B] the row that was, `returns` [B] discounted sums of intrinsic
 * rewards from the pick on, `left` [B] Σ γ^j over the picks from it on. The critic's value is a mean reward, so that V = left · value does
 * not have to learn how many picks are left. Advantages are brought to mean 0 and variance 1 over the batch: cosines of users may differ in
 * the third digit only.
 */
export function selectorLoss({ sought, value }: SelectorNetwork, sizes: SelectorSizes, criticCoefficient: number) {
  const { users: U, preference: P } = sizes
  // Over all users at once, because that is one product; those who are not open have no chance.
  const closed = t.multiply(t.subtract(t.cast(t.input('open', ['B', U], 'uint8'), 'float32'), 1), 1e9)
  const scores = t.add(t.matmul(sought, t.input('preferences', [U, P]), { transposeB: true }), closed) // [B, U]
  const chosen = t.reshape(t.input('chosen', ['B'], 'int32'), ['B', 1])
  const rows = t.constant({ shape: [1, U], data: Int32Array.from({ length: U }, (_, row) => row) })
  const logChance = t.sum(t.multiply(t.logSoftmax(scores), t.equal(chosen, rows)), 1) // [B]
  const left = t.input('left', ['B'])
  const error = t.subtract(t.input('returns', ['B']), t.multiply(left, value)) // Ret − V [B]
  const advantage = t.reshape(t.normalize(t.reshape(t.stopGradient(error), [1, 'B']), 1e-8), ['B'])
  const actor = policyGradient(logChance, advantage)
  const critic = t.mean(t.square(t.divide(error, left)))
  return { loss: t.add(actor, t.multiply(critic, criticCoefficient)), actor, critic, logChance }
}
