import logGammaOf from '@stdlib/math-base-special-gammaln'
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
  return gammaTail(x / 2, degrees / 2)
}

/** ln Γ(x). */
export function logGamma(x: number): number {
  return logGammaOf(x)
}

/** P(X ≤ x) of the gamma distribution with shape a and scale 1: the regularized lower incomplete gamma function. */
export function gammaCdf(x: number, a: number): number {
  if (x <= 0) return 0
  return x < a + 1 ? gammaSeries(x, a) : 1 - gammaTail(x, a)
}

/**
 * P(X > x) of the same, with its digits however small it is. By hand, since @stdlib's incomplete gamma function (0.3.1) is off in
 * the fourth digit for shapes of some hundreds just below x.
 */
function gammaTail(x: number, a: number): number {
  if (x <= 0) return 1
  if (x === Number.POSITIVE_INFINITY) return 0
  return x < a + 1 ? 1 - gammaSeries(x, a) : gammaFraction(x, a)
}

/** DLMF 8.11.4: x^a e^−x / Γ(a + 1) · Σ xⁿ / ((a + 1) … (a + n)). Its terms fall from x < a + 1 on. */
function gammaSeries(x: number, a: number): number {
  let [term, sum] = [1, 1]
  for (let n = 1; term > sum * PRECISION; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum * Math.exp(a * Math.log(x) - x - logGammaOf(a + 1))
}

/** DLMF 8.9.2, the continued fraction of the upper one, from the top down (Lentz, 1976). */
function gammaFraction(x: number, a: number): number {
  let b = x + 1 - a
  let c = Number.POSITIVE_INFINITY
  let d = 1 / b
  let fraction = d
  for (let n = 1, step = 0; Math.abs(step - 1) > PRECISION; n++) {
    const numerator = -n * (n - a)
    b += 2
    d = 1 / (b + numerator * d)
    c = b + numerator / c
    step = c * d
    fraction *= step
  }
  return fraction * Math.exp(a * Math.log(x) - x - logGammaOf(a))
}

const PRECISION = 1e-15
