import { mean } from './bootstrap.ts'

/** How unequal weights are, each divided by their mean. */
export interface Spread {
  /** Standard deviation; 0 where all count alike. */
  readonly sd: number
  readonly '5%': number
  readonly '95%': number
  /** (Σ w)² / (n Σ w²): the share of them that, counting alike, would tell as much (Kish, 1965); 1 where all count alike. */
  readonly effective: number
}

/** NaN without weights, or where all are 0. */
export function spreadOf(weights: ArrayLike<number>): Spread {
  const average = mean(weights)
  const relative = Float64Array.from(weights, (weight) => weight / average).sort()
  const at = (share: number) => relative[Math.round(share * (relative.length - 1))] ?? Number.NaN
  const variance = mean(relative.map((weight) => (weight - 1) ** 2))
  return { sd: Math.sqrt(variance), '5%': at(0.05), '95%': at(0.95), effective: 1 / (1 + variance) }
}
