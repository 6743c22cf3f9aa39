import type { Tensor } from '../../core/index.ts'
import { takeRows } from '../../math/index.ts'

/** For whom reference users are sought. */
export interface Asked {
  /** Rows. [n] */
  readonly users: Int32Array
  /** The item that is about to be recommended to each, a column. [n] */
  readonly columns: Int32Array
  /** s_rec. [n × S] */
  readonly states: Float32Array
}

/** Selections of one turn or several, with what learning needs to see them again: K picks each, out of a pool of C users. */
export interface Picks extends Asked {
  /** Rows that might be chosen. [n × C] */
  readonly pool: Int32Array
  /** Rows that were, in order. [n × K] */
  readonly references: Int32Array
  /** r^sel. [n × K] */
  readonly rewards: Float32Array
  /** What the item is believed to pay the average user of the pool. [n] */
  readonly usual: Float32Array
}

export interface PickSizes {
  /** Users to choose. */
  readonly K: number
  /** Users of a pool. */
  readonly C: number
  /** All users. */
  readonly U: number
  /** Tokens that a state is made of. */
  readonly w: number
  /** Whether the token of the start stands in the first place of a window that it would have left. */
  readonly start: 'kept' | 'passes'
  /** Width of s_rec. */
  readonly S: number
}

/** What the graph reads of picks: pick k[j] of selection which[j]. */
export function inputsOf(
  { users, states, references }: Pick<Picks, 'users' | 'states' | 'references'>,
  which: Int32Array,
  k: Int32Array,
  { K, w, S, start }: PickSizes,
): Record<string, Tensor> {
  const B = which.length
  const picked = new Int32Array(B * w)
  const first = new Float32Array(B * w)
  const keep = new Float32Array(B * w)
  for (let j = 0; j < B; j++) {
    // Before pick k there are k + 1 tokens: the start, then the k users chosen.
    for (let p = 0; p < w; p++) {
      const place = k[j] - (w - 1) + p
      if (place < 0) continue
      const token = p === 0 && start === 'kept' ? 0 : place
      keep[j * w + p] = 1
      if (token === 0) first[j * w + p] = 1
      else picked[j * w + p] = references[which[j] * K + token - 1]
    }
  }
  return {
    states: { shape: [B, S], data: takeRows(states, S, which) },
    users: { shape: [B], data: which.map((i) => users[i]) },
    picked: { shape: [B, w], data: picked },
    first: { shape: [B, w], data: first },
    keep: { shape: [B, w], data: keep },
  }
}

/** 1 at the users of the pool of selection which[j] that were left at pick k[j]. [B × U] */
export function openUsers(
  { pool, references }: Pick<Picks, 'pool' | 'references'>,
  which: Int32Array,
  k: Int32Array,
  { K, C, U }: Pick<PickSizes, 'K' | 'C' | 'U'>,
): Uint8Array {
  const open = new Uint8Array(which.length * U)
  for (const [j, i] of which.entries()) {
    for (let c = i * C; c < (i + 1) * C; c++) open[j * U + pool[c]] = 1
    for (let before = 0; before < k[j]; before++) open[j * U + references[i * K + before]] = 0
  }
  return open
}

/** Σ_j γ^j over the picks that are left, by pick. [K] */
export function remainingSums(K: number, gamma: number): Float64Array {
  const sums = new Float64Array(K)
  for (let k = K - 1; k >= 0; k--) sums[k] = 1 + (k + 1 < K ? gamma * sums[k + 1] : 0)
  return sums
}

/**
 * Discounted sums of what picks were paid from each on, above what the average user of the pool would have made of the item: that part depends on no pick,
 * and the critic, which does not see the item, could not expect it.
 */
export function returnsOf(
  { rewards, usual }: Pick<Picks, 'rewards' | 'usual'>,
  horizon: Float64Array,
  gamma: number,
): Float32Array {
  const K = horizon.length
  const returns = rewards.map((reward, i) => reward - usual[Math.floor(i / K)])
  for (let i = returns.length - 2; i >= 0; i--) if (i % K !== K - 1) returns[i] += gamma * returns[i + 1]
  return returns
}

/** Those of several turns, one behind the other. */
export function joinPicks(turns: readonly Picks[]): Picks {
  const all = <A extends Float32Array | Int32Array>(field: (one: Picks) => A) => concatenated(turns.map(field))
  return {
    users: all((one) => one.users),
    columns: all((one) => one.columns),
    states: all((one) => one.states),
    pool: all((one) => one.pool),
    references: all((one) => one.references),
    rewards: all((one) => one.rewards),
    usual: all((one) => one.usual),
  }
}

function concatenated<A extends Float32Array | Int32Array>(parts: readonly A[]): A {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const joined = (parts[0] instanceof Int32Array ? new Int32Array(length) : new Float32Array(length)) as A
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
