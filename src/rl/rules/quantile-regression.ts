import type { Dim, Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'
import { huberLoss } from './huber.ts'

/**
 * Quantile regression of a return's distribution (Dabney et al., 2018, Eq. 10): Σᵢ meanⱼ |τᵢ − 1[yⱼ < θᵢ]| Huber(yⱼ − θᵢ) with
 * τᵢ = (i + ½) / n, mean over the batch. Nothing is passed to y.
 * @param quantiles θ(s, a) of what was taken, [B, n]
 * @param targets y, [B, n]
 */
export function quantileRegression(quantiles: Sym, targets: Sym): Sym {
  const [B, n] = quantiles.shape as [Dim, number]
  const own = t.reshape(quantiles, [B, n, 1])
  const difference = t.subtract(t.reshape(t.stopGradient(targets), [B, 1, n]), own) // [B, i, j]
  const levels = t.constant({ shape: [n, 1], data: Float32Array.from({ length: n }, (_, i) => (i + 0.5) / n) })
  const below = t.greater(0, difference) // 1 where y < θ
  const weighted = t.multiply(t.abs(t.subtract(levels, below)), huberLoss(difference))
  return t.mean(t.sum(t.mean(weighted, 2), 1))
}
