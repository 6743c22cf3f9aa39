import { fanInUniform, linear, type Parameters } from '../../nn/index.ts'
import {
  add,
  concat,
  type Dim,
  divide,
  matmul,
  maximum,
  multiply,
  pad,
  relu,
  reshape,
  type Sym,
  softmax,
  subtract,
} from '../../tensor/index.ts'
import type { SourceInputs } from './network.ts'

export interface PersonalizedBridgeOptions {
  /** n, of the vectors that are mapped, and of those that they become unless `output` says otherwise. */
  readonly width: number
  readonly output?: number
  /** Hidden units of the network that makes the map. */
  readonly hidden: number
}

/**
 * What somebody liked, as one vector q = Σ a_i h_i, with a the softmax of w₂ᵀ ReLU(W₁ h_i + b₁) over what is no padding; 0 without a behavior.
 * Declares `name/attention/{hidden,score}`.
 * @param items [B, T, n]
 * @param keep [B, T]
 * @returns [B, n]
 */
export function attendedBehaviors(parameters: Parameters, name: string, items: Sym, keep: Sym, width: number): Sym {
  const [B, T] = keep.shape as [Dim, Dim]
  const hidden = relu(linear(parameters, `${name}/attention/hidden`, items, [width, width], fanInUniform(width))) // [B, T, n]
  const score = parameters.declare(`${name}/attention/score`, [width, 1], fanInUniform(width))
  const logits = reshape(matmul(hidden, score), [B, T])
  const masked = add(logits, multiply(subtract(keep, 1), 1e9)) // −1e9 at padding
  const weights = multiply(softmax(masked), keep) // 0 at padding, also where there is nothing else
  return reshape(matmul(reshape(weights, [B, 1, T]), items), [B, width])
}

/**
 * The personalized bridge of PTUPCDR (Zhu et al., WSDM 2022): a map of one's own, made from what one liked in the source.
 * q = `attendedBehaviors`, e = `bridgedBy` q. Declares `name/…`.
 * @returns [B, output]
 */
export function personalizedBridge(
  parameters: Parameters,
  name: string,
  { vector, behaviors }: Pick<SourceInputs, 'vector' | 'behaviors'>,
  options: PersonalizedBridgeOptions,
): Sym {
  const { items, keep } = behaviors()
  const liked = attendedBehaviors(parameters, name, items, keep, options.width) // q
  return bridgedBy(parameters, name, vector, liked, options)
}

/**
 * e = u M with the map M that a network makes of q: M = reshape(W₄ ReLU(W₃ q + b₃) + b₄). Declares `name/meta/{hidden,output}`.
 * @param vector u, [B, n]
 * @param liked q, [B, n]
 * @returns [B, output]
 */
export function bridgedBy(
  parameters: Parameters,
  name: string,
  vector: Sym,
  liked: Sym,
  { width, output = width, hidden }: PersonalizedBridgeOptions,
): Sym {
  const [B] = liked.shape as [Dim, number]
  const inner = relu(linear(parameters, `${name}/meta/hidden`, liked, [width, hidden], fanInUniform(width)))
  const outer = linear(parameters, `${name}/meta/output`, inner, [hidden, width * output], fanInUniform(hidden))
  const map = reshape(outer, [B, width, output]) // M
  return reshape(matmul(reshape(vector, [B, 1, width]), map), [B, output])
}

/**
 * All sources as one, of n numbers a source: whose vector is not known somewhere has zeros there, and what somebody liked anywhere is one list, in which
 * the vectors of each source's items stand in its own place.
 */
export function joinedSource(
  sources: readonly Pick<SourceInputs, 'vector' | 'behaviors'>[],
  width: number,
): Pick<SourceInputs, 'vector' | 'behaviors'> & { readonly width: number } {
  const place = (x: Sym, axis: number, s: number) => pad(x, axis, s * width, (sources.length - 1 - s) * width)
  return {
    width: sources.length * width,
    vector: concat(
      sources.map(({ vector }) => vector),
      1,
    ), // [B, S n]
    behaviors() {
      const each = sources.map((source) => source.behaviors())
      return {
        items: concat(
          each.map(({ items }, s) => place(items, 2, s)),
          1,
        ), // [B, Σ T, S n]
        keep: concat(
          each.map(({ keep }) => keep),
          1,
        ), // [B, Σ T]
      }
    },
  }
}

/** The mean of vectors over the sources that know a user; 0 where none does. @returns [B, n] */
export function knownMean(vectors: readonly Sym[], sources: readonly Pick<SourceInputs, 'known'>[]): Sym {
  const total = vectors.map((vector, s) => multiply(vector, sources[s].known)).reduce((a, b) => add(a, b))
  const count = sources.map(({ known }) => known).reduce((a, b) => add(a, b)) // [B, 1]
  return divide(total, maximum(count, 1))
}
