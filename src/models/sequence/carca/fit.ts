import {
  add,
  type Dim,
  divide,
  exp,
  matmul,
  max,
  maximum,
  multiply,
  reshape,
  type Sym,
  slice,
  stopGradient,
  subtract,
} from '../../../tensor/index.ts'

/** Far enough below the largest logit that its weight is nothing, and near enough that it is not zero. */
const FARTHEST = -60
const NOTHING = 1e-30

/**
 * How well each of C candidates fits each of B profiles. A candidate's score is linear in what it is told, so the products of its vector
 * with all values are taken first, and their mean by its attention after: two products and a mean for all candidates and positions, where
 * attention for each position would take T times as many.
 * @param keys of the profiles [B, T, d]; `values` likewise
 * @param queries of the candidates [C, d]; `counted` likewise: what of a value counts for each
 * @param keep [B, T], 0 at padding, which no candidate attends to
 * @param over sums [B, T, C] over what may be seen, each place as much as its head looks that far back: over the whole profile
 *   [B, 1, C], or up to each position [B, T, C]
 */
export function fitsOfAll(
  { keys, values }: { readonly keys: Sym; readonly values: Sym },
  { queries, counted }: { readonly queries: Sym; readonly counted: Sym },
  keep: Sym,
  heads: number,
  over: (x: Sym, head: number) => Sym,
): Sym {
  const [B, T, width] = keys.shape as [Dim, Dim, number]
  const each = width / heads
  const real = reshape(keep, [B, T, 1])
  const padding = multiply(subtract(real, 1), 1e9)
  const ofHead = (x: Sym, head: number) => slice(x, x.shape.length - 1, head * each, (head + 1) * each)
  const parts = Array.from({ length: heads }, (_, head) => {
    const product = (x: Sym, y: Sym, scale: number) =>
      matmul(ofHead(x, head), ofHead(y, head), { transposeB: true, scale }) // [B, T, C]
    const alike = product(keys, queries, 1 / Math.sqrt(each))
    const told = product(values, counted, 1)
    const shown = add(alike, padding)
    const largest = stopGradient(max(shown, 1, { keepDims: true })) // [B, 1, C]
    const weight = multiply(exp(maximum(subtract(shown, largest), FARTHEST)), real)
    return divide(over(multiply(weight, told), head), maximum(over(weight, head), NOTHING))
  })
  return parts.reduce((a, b) => add(a, b))
}
