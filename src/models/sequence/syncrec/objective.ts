import { type Dataset, domainOfItem, type Tensor } from '../../../core/index.ts'
import { normal, type Parameters } from '../../../nn/index.ts'
import * as t from '../../../tensor/index.ts'
import { type Dim, input, type Sym } from '../../../tensor/index.ts'
import type { Config } from './index.ts'
import type { SingleViews } from './views.ts'

// The paper prints Eq. 8, 9 and 12 as log-likelihoods and Eq. 16 as a lower bound, and minimizes their sum (Eq. 18). Here every
// term is a loss, lower is better: then φ < 0 means, as Definition 2 has it, that the other domains harm.

/** Sums of the losses of a batch by what they belong to. `each` holds the losses of the cross branch, then of the single one. */
export function summedLosses(each: Sym, D: number) {
  const column = t.reshape(each, [-1, 1])
  const sums = t.matmul(input('shares', [2 * D + 1, column.shape[0]]), column) // [2D + 1, 1]
  const part = (from: number, to: number) => t.reshape(t.slice(sums, 0, from, to), [to - from])
  return {
    /** φ(d), Eq. 10 with means: single minus cross loss of the same targets, [D]. Only measured. */
    gap: t.stopGradient(part(0, D)),
    /** Σ of the cross losses with a target in d, divided by all cross targets or by users, [D]. */
    cross: part(D, 2 * D),
    /** Σ of the single losses, divided in the same way, []. */
    single: t.sum(part(2 * D, 2 * D + 1)),
  }
}

/** What Eq. 18 weighs: the means of losses over targets, or their sums over the targets of a user. */
export type Weighing = Config['weighing']

/**
 * The weights of `summedLosses`, which domains have a gap in this batch, and how many users there are.
 * @param targets [B·T], of the mixed sequences
 */
export function shareFeeds(
  targets: Int32Array,
  views: Pick<SingleViews, 'targets' | 'mixed'>,
  dataset: Dataset,
  { size, weighing }: { readonly size: number; readonly weighing: Weighing },
): Record<string, Tensor> {
  const D = dataset.domains.length
  const N = targets.length
  const domainOf = (item: number) => domainOfItem(dataset, item)
  const measured = new Int32Array(D)
  let singleTargets = 0
  for (const [i, target] of views.targets.entries()) {
    if (target === 0) continue
    singleTargets++
    if (views.mixed[i] >= 0) measured[domainOf(target)]++
  }
  const crossTargets = targets.reduce((count, target) => count + (target === 0 ? 0 : 1), 0)
  const each = (count: number) => 1 / (weighing === 'sums' ? size : count)
  const columns = N + views.targets.length
  const shares = new Float32Array((2 * D + 1) * columns)
  const set = (row: number, at: number, value: number) => {
    shares[row * columns + at] = value
  }
  for (const [i, target] of targets.entries()) if (target !== 0) set(D + domainOf(target), i, each(crossTargets))
  for (const [i, target] of views.targets.entries()) {
    if (target === 0) continue
    const d = domainOf(target)
    set(2 * D, N + i, each(singleTargets))
    // Both tasks predict it.
    if (views.mixed[i] < 0) continue
    set(d, N + i, 1 / measured[d])
    set(d, views.mixed[i], -1 / measured[d])
  }
  return {
    shares: { shape: [2 * D + 1, columns], data: shares },
    measured: { shape: [D], data: Float32Array.from(measured, (n) => (n > 0 ? 1 : 0)) },
    users: { shape: [], data: Float32Array.of(size) },
  }
}

/**
 * λ ← softmax(αλ + βφ; δ), Eq. 11, over the domains that the batch has a gap for; the others keep their share. λ sums to 1 and
 * passes no gradient.
 */
export function relativeGap(gap: Sym, { alpha, beta, delta }: Pick<Config, 'alpha' | 'beta' | 'delta'>): Sym {
  const D = gap.shape[0]
  const before = input('lambda', [D])
  const measured = input('measured', [D])
  const moved = t.multiply(t.add(t.multiply(before, alpha), t.multiply(gap, beta)), 1 / delta)
  const share = t.softmax(t.add(moved, t.multiply(t.subtract(measured, 1), 1e9)))
  const kept = t.multiply(before, t.subtract(1, measured))
  const free = t.subtract(1, t.sum(kept))
  return t.stopGradient(t.add(t.multiply(t.multiply(share, measured), free), kept))
}

/** States of a branch, and which of them are of events of which domain. */
export interface Placed {
  /** [B·T, r] */
  readonly states: Sym
  /** [B, T, D] */
  readonly events: Sym
}

/**
 * SC-MIM, Eq. 16 as a loss: summed over domains, for the users u with the domain
 * −[ρ(S_u, C_u) − log Σ_u' exp ρ(S_u', C_u)], where S and C are means of Y^single and Y^cross over the domain's events: their mean, or
 * their sum divided by all users.
 */
export function mutualInformation(
  parameters: Parameters,
  cross: Placed,
  single: Placed,
  { rho, temperature, weighing }: Pick<Config, 'rho' | 'temperature' | 'weighing'>,
): Sym {
  const [B, , D] = cross.events.shape as [Dim, Dim, number]
  const width = cross.states.shape[1] as number
  const bilinear = parameters.declare('bilinear', [width, width], normal(0.02)) // W^H, Eq. 17
  const pooled = ({ states, events }: Placed) => {
    const counts = t.sum(events, [1]) // [B, D]
    const sums = t.matmul(events, t.reshape(states, [...events.shape.slice(0, 2), width]), { transposeA: true }) // [B, D, r]
    return t.transpose(t.divide(sums, t.reshape(t.maximum(counts, 1), [B, D, 1])), [1, 0, 2]) // [D, B, r]
  }
  const present = t.reshape(t.transpose(t.greater(t.sum(cross.events, [1]), 0), [1, 0]), [D, B, 1])
  const scale = rho === 'bilinear' ? 1 / temperature : 1
  const anchor = t.matmul(pooled(cross), bilinear, { transposeB: true, scale }) // W C, [D, B, r]
  const other = pooled(single)
  const similarity = (x: Sym) => (rho === 'sigmoid' ? t.sigmoid(x) : x) // Eq. 17
  const logits = similarity(t.matmul(anchor, other, { transposeB: true })) // [D, B (C_u), B (S_u')]
  const masked = t.add(logits, t.multiply(t.subtract(t.reshape(present, [D, 1, B]), 1), 1e9))
  const own = similarity(t.sum(t.multiply(anchor, other), [2])) // [D, B]
  const each = t.multiply(t.subtract(t.logSumExp(masked), own), t.reshape(present, [D, B]))
  const users = weighing === 'sums' ? input('users', []) : t.maximum(t.sum(present, [1, 2]), 1) // [] or [D]
  return t.sum(t.divide(t.sum(each, [1]), users))
}
