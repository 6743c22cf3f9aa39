import {
  add,
  divide,
  maximum,
  minimum,
  multiply,
  relu,
  type Sym,
  sqrt,
  square,
  subtract,
  sum,
} from '../../../tensor/index.ts'

/** No gradient is shorter: a batch of one domain has no attention across domains. */
const SHORTEST = 1e-12

/** What the two objectives ask of the same weights. */
export interface Balance {
  /** By how much the attention counts beside the ranking, both at length one; 0 … 1. */
  readonly weight: Sym
  /** ‖gradient of the ranking‖ / ‖gradient of the attention‖. */
  readonly lengths: Sym
}

/**
 * The Pareto weight of the attention across domains beside the ranking: the shortest vector that unit gradients u (attention) and r
 * (ranking) and the preference for the ranking allow. The preference leaves two corners, u and (r − (√2 − 1) u) / √2, and the
 * shortest point between them is known in closed form. Where lowering the ranking loss lowers the attention by itself, the weight is 0.
 * @param attention gradients of the attention, each of any shape
 * @param ranking gradients of the ranking by the same weights
 */
export function paretoWeight(attention: readonly Sym[], ranking: readonly Sym[]): Balance {
  const total = (values: readonly Sym[]) => values.reduce((a, b) => add(a, b))
  const length = (gradients: readonly Sym[]) => maximum(sqrt(total(gradients.map((g) => sum(square(g))))), SHORTEST)
  const lengths = [length(attention), length(ranking)] as const
  const together = total(attention.map((g, i) => sum(multiply(g, ranking[i]))))
  const cosine = divide(together, multiply(...lengths))
  // Of the corners (1, 0) and (−γ, ρ) in coordinates of u and r: their products.
  const [rho, gamma] = [Math.SQRT1_2, 1 - Math.SQRT1_2]
  const corners = subtract(multiply(cosine, rho), gamma) // u · v
  const second = subtract(rho * rho + gamma * gamma, multiply(cosine, 2 * rho * gamma)) // v · v
  const apart = subtract(add(second, 1), multiply(corners, 2)) // ‖u − v‖², never 0
  const share = maximum(minimum(divide(subtract(1, corners), apart), 1), 0) // of v
  const weight = divide(relu(subtract(1, multiply(share, 1 + gamma))), multiply(share, rho))
  return { weight, lengths: divide(lengths[1], lengths[0]) }
}
