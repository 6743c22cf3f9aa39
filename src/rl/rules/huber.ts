import type { Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'

/** Huber's loss (1964) with its bend at 1: d² / 2 for |d| ≤ 1, |d| − ½ beyond. Elementwise. */
export function huberLoss(difference: Sym): Sym {
  const size = t.abs(difference)
  const bent = t.minimum(size, 1)
  return t.multiply(bent, t.subtract(size, t.multiply(bent, 0.5)))
}
