import chiSquareCdf from '@stdlib/stats-base-dists-chisquare-cdf'
import normalCdfAt from '@stdlib/stats-base-dists-normal-cdf'
import normalQuantileAt from '@stdlib/stats-base-dists-normal-quantile'
import studentCdfAt from '@stdlib/stats-base-dists-t-cdf'
import studentQuantileAt from '@stdlib/stats-base-dists-t-quantile'

/** P(Z ≤ z) of the standard normal distribution. */
export function normalCdf(z: number): number {
  return normalCdfAt(z, 0, 1)
}

/** Which z has P(Z ≤ z) = p. */
export function normalQuantile(p: number): number {
  return normalQuantileAt(p, 0, 1)
}

/** P(T ≤ t) of Student's distribution. */
export function studentCdf(t: number, degrees: number): number {
  return studentCdfAt(t, degrees)
}

/** Which t has P(T ≤ t) = p; NaN for no degrees of freedom. */
export function studentQuantile(p: number, degrees: number): number {
  return studentQuantileAt(p, degrees)
}

/** P(X > x) of the χ² distribution: how often chance alone gives as much. */
export function chiSquareTail(x: number, degrees: number): number {
  // Below the precision of 1 − P(X ≤ x) it does not matter how small it is.
  return x <= 0 ? 1 : 1 - chiSquareCdf(x, degrees)
}
