import { TributaryError } from '../core/index.ts'
import type { Sym } from '../tensor/index.ts'
import * as t from '../tensor/index.ts'

export interface HypergradientOptions {
  /** What θ minimizes, given φ: the lower loss. A scalar. */
  readonly train: Sym
  /** What φ minimizes, through θ and perhaps directly: the upper loss. A scalar. */
  readonly dev: Sym
  /** The lower weights: any nodes of both losses, such as weights, or embedding rows that both losses gather from. */
  readonly theta: readonly Sym[]
  /** The upper weights. */
  readonly phi: readonly Sym[]
  /** K: how many terms of the Neumann series follow the first. Each costs one Hessian-vector product. */
  readonly terms: number
  /** α: the step of the series. It converges where 0 < α λ < 2 for every eigenvalue λ of the Hessian. */
  readonly alpha: number
}

export interface Hypergradient {
  /** ∇φ of the upper loss at the θ that the lower loss leads to: one for each of `phi`, of its shape. */
  readonly gradients: readonly Sym[]
  /** ‖v_n‖ for n = 0 … K, for `checkConvergence`. [K+1] */
  readonly norms: Sym
  /** p ≈ H⁻¹ ∇θ L_dev: one for each of `theta`, of its shape. */
  readonly solution: readonly Sym[]
}

/**
 * The implicit gradient of a bi-level problem, as more graph: it holds where θ is a minimum of the lower loss, and is used close
 * to one. With H = ∇²θ L_train, the inverse is the Neumann series cut after K + 1 terms (Lorraine, Vicol and Duvenaud, 2020):
 *
 *     ∇φ L = ∂L_dev/∂φ − (∂²L_train/∂φ∂θ) p,   p = α Σ_{n=0..K} v_n,   v_n = (I − αH)^n ∇θ L_dev
 *
 * Hessian-vector and mixed products are exact: derivatives of the graph of ∇θ L_train. The graph is unrolled over n, so that
 * one run gives everything and what the products share is computed once. All of `theta` count as one vector.
 * @throws TributaryError `bad-argument` for no `theta`, a negative or fractional `terms`, an `alpha` that is not positive;
 *   `bad-shape` where a loss is no scalar.
 */
export function hypergradient({ train, dev, theta, phi, terms, alpha }: HypergradientOptions): Hypergradient {
  refuseUnless(theta.length > 0, `one node of theta or more`, 'none')
  refuseUnless(Number.isInteger(terms) && terms >= 0, 'a whole number of terms, 0 or more', terms)
  refuseUnless(Number.isFinite(alpha) && alpha > 0, 'an alpha above 0', alpha)
  const slope = t.grad(train, theta) // ∇θ L_train
  let v = t.grad(dev, theta) // v_0
  let series = v // Σ v_n
  const norms = [norm(v)]
  for (let n = 1; n <= terms; n++) {
    const curved = t.vjp(slope, v, theta) // H v_{n−1}: H is symmetric
    v = v.map((x, j) => t.subtract(x, t.multiply(alpha, curved[j])))
    series = series.map((x, j) => t.add(x, v[j]))
    norms.push(norm(v))
  }
  const solution = series.map((x) => t.multiply(alpha, x)) // Eq. 14's inverse, with the leading α that the paper's α = 1 hides
  const mixed = t.vjp(slope, solution, phi)
  const direct = t.grad(dev, phi)
  return {
    gradients: phi.map((_, j) => t.subtract(direct[j], mixed[j])),
    norms: t.concat(norms, 0),
    solution,
  }
}

/** ‖parts‖ of all parts together, [1]. */
function norm(parts: readonly Sym[]): Sym {
  const squares = parts.map((part) => t.sum(t.square(part)))
  return t.reshape(t.sqrt(squares.reduce((total, x) => t.add(total, x))), [1])
}

function refuseUnless(isRight: boolean, right: string, given: unknown): void {
  if (!isRight) throw new TributaryError('bad-argument', `a hypergradient needs ${right}; given: ${given}`)
}

/** How many times ‖v_0‖ a later ‖v_n‖ may be. */
const GROWTH_LIMIT = 10

/**
 * Refuses a Neumann series that diverges: one whose ‖v_n‖ is more than ten times ‖v_0‖, or no number.
 * @param norms ‖v_n‖ for n = 0 … K, as `hypergradient` gives them
 * @throws TributaryError `not-finite`, saying at which n and what to change
 */
export function checkConvergence(norms: Float32Array, alpha: number): void {
  const first = norms[0]
  if (!Number.isFinite(first))
    throw new TributaryError(
      'not-finite',
      `the gradient of the upper loss has norm ${first}; no alpha mends that: look at the weights, the learning rate and the data`,
    )
  norms.forEach((value, n) => {
    if (value <= GROWTH_LIMIT * first) return
    const grown = Number.isFinite(value) ? `${(value / first).toPrecision(3)} times ‖v_0‖` : `${value}`
    throw new TributaryError(
      'not-finite',
      `the Neumann series of the hypergradient diverges: with alpha ${alpha}, ‖v_${n}‖ is ${grown}; it converges where alpha times the largest eigenvalue of the lower loss's Hessian is below 2, so give a smaller alpha, such as ${Number((alpha / 10).toPrecision(3))}`,
    )
  })
}

/**
 * Scales gradients in place so that their norm, taken over all of them together, is at most `limit`.
 * @returns the norm before
 * @throws TributaryError `not-finite` where the norm is NaN or infinite; nothing is scaled then
 */
export function clipByGlobalNorm(gradients: Iterable<Float32Array>, limit: number): number {
  const all = [...gradients]
  let squares = 0
  for (const gradient of all) for (const g of gradient) squares += g * g
  const before = Math.sqrt(squares)
  if (!Number.isFinite(before))
    throw new TributaryError('not-finite', `the norm of the gradients is ${before}; every gradient must be a number`)
  if (before > limit)
    for (const gradient of all) for (let i = 0; i < gradient.length; i++) gradient[i] *= limit / before
  return before
}
