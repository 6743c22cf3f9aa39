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
    /** Σ of the cross losses with a target in d, divided by all cross targets, [D]. */
    cross: part(D, 2 * D),
    /** Mean of the single losses, []. */
    single: t.sum(part(2 * D, 2 * D + 1)),
  }
}

/** The weights of `summedLosses`, and which domains have a gap in this batch. */
export function shareFeeds(targets: Int32Array, views: SingleViews, dataset: Dataset): Record<string, Tensor> {
  const D = dataset.domains.length
  const N = targets.length
  const domainOf = (item: number) => domainOfItem(dataset, item)
  const measured = new Int32Array(D)
  let [crossTargets, singleTargets] = [0, 0]
  for (let i = 0; i < N; i++) {
    if (targets[i] !== 0) crossTargets++
    if (views.targets[i] === 0) continue
    singleTargets++
    measured[domainOf(views.targets[i])]++
  }
  const shares = new Float32Array((2 * D + 1) * 2 * N)
  const set = (row: number, at: number, value: number) => {
    shares[row * 2 * N + at] = value
  }
  for (let i = 0; i < N; i++) {
    if (targets[i] !== 0) {
      const d = domainOf(targets[i])
      set(D + d, i, 1 / crossTargets)
      if (views.shared[i] === 1) set(d, i, -1 / measured[d])
    }
    if (views.targets[i] !== 0) {
      const d = domainOf(views.targets[i])
      set(d, N + i, 1 / measured[d])
      set(2 * D, N + i, 1 / singleTargets)
    }
  }
  return {
    shares: { shape: [2 * D + 1, 2 * N], data: shares },
    measured: { shape: [D], data: Float32Array.from(measured, (n) => (n > 0 ? 1 : 0)) },
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

/**
 * SC-MIM, Eq. 16 as a loss: summed over domains, the mean over the users u with the domain of
 * −[ρ(S_u, C_u) − log Σ_u' exp ρ(S_u', C_u)], where S and C are means of Y^single and Y^cross over the domain's places.
 * ρ(S, C) = SᵀW C / τ; the paper's σ around it holds ρ within (0, 1), where InfoNCE is almost flat.
 * @param cross, single [B·T, r]
 * @param domains [B, T, D]
 */
export function mutualInformation(
  parameters: Parameters,
  cross: Sym,
  single: Sym,
  domains: Sym,
  temperature: number,
): Sym {
  const [B, T, D] = domains.shape as [Dim, Dim, number]
  const width = cross.shape[1] as number
  const bilinear = parameters.declare('bilinear', [width, width], normal(0.02)) // W^H, Eq. 17
  const counts = t.sum(domains, [1]) // [B, D]
  const present = t.reshape(t.transpose(t.greater(counts, 0), [1, 0]), [D, B, 1])
  const pooled = (y: Sym) => {
    const sums = t.matmul(domains, t.reshape(y, [B, T, width]), { transposeA: true }) // [B, D, r]
    return t.transpose(t.divide(sums, t.reshape(t.maximum(counts, 1), [B, D, 1])), [1, 0, 2]) // [D, B, r]
  }
  const anchor = t.matmul(pooled(cross), bilinear, { transposeB: true, scale: 1 / temperature }) // W C / τ, [D, B, r]
  const other = pooled(single)
  const logits = t.matmul(anchor, other, { transposeB: true }) // [D, B (C_u), B (S_u')]
  const masked = t.add(logits, t.multiply(t.subtract(t.reshape(present, [D, 1, B]), 1), 1e9))
  const own = t.sum(t.multiply(anchor, other), [2]) // [D, B]
  const each = t.multiply(t.subtract(t.logSumExp(masked), own), t.reshape(present, [D, B]))
  return t.sum(t.divide(t.sum(each, [1]), t.maximum(t.sum(present, [1, 2]), 1)))
}
