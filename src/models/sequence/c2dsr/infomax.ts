import { type Dataset, domainItems, domainOfItem, type Tensor } from '../../../core/index.ts'
import type { SequenceBatch } from '../../../data/index.ts'
import type { DomainInputs } from '../../../families/sequence/index.ts'
import type { Rng } from '../../../math/index.ts'
import {
  type EmbeddingTable,
  gatheredRows,
  negativeLogSigmoid,
  type Parameters,
  type TableRead,
  xavierUniform,
  zeros,
} from '../../../nn/index.ts'
import {
  add,
  cast,
  concat,
  constant,
  divide,
  expand,
  gather,
  input,
  matmul,
  maximum,
  multiply,
  reshape,
  type Sym,
  softplus,
  sum,
} from '../../../tensor/index.ts'
import type { views } from './index.ts'

/** A bilinear form and its bias for each domain, side by side: [d, D · d] and [D]. */
export function discriminators(parameters: Parameters, width: number, domains: number) {
  return {
    bilinear: parameters.declare('discriminators', [width, domains * width], xavierUniform(width, width)),
    bias: parameters.declare('discriminators/bias', [domains], zeros),
  }
}

/**
 * The contrastive infomax objective. Of each history one of its domains is drawn. What the domain's own encoder made of it (the mean of
 * its states) must tell what the mixed encoder made of the other domains' events in the true history from what it made of them when
 * the drawn domain's items were others.
 */
export function infomax(
  parameters: Parameters,
  table: EmbeddingTable,
  { cross, mixed, single, parts }: ReturnType<typeof views>,
  { keep }: DomainInputs,
): { readonly value: Sym; readonly reads: readonly TableRead[] } {
  const { width } = table
  const D = single.length
  const means = single.map((states, d) => {
    const { keep } = parts[d]
    const [R, L] = keep.shape
    const events = maximum(sum(keep, [1], { keepDims: true }), 1) // [R, 1]
    return divide(sum(multiply(states, reshape(keep, [R, L, 1])), [1]), events)
  }) // D × [R, d]
  const none = expand(constant(0), [1, width])
  const own = gather(concat([none, ...means], 0), input('drawnView', ['B'], 'int32')) // g of the drawn domain, [B, d]

  const ids = input('corrupted', keep.shape, 'int32')
  const rows = gather(table.symbol, ids) // [B, T, d]
  const [B, T] = keep.shape
  const others = reshape(input('outside', [B, T]), [B, T, 1]) // 1 / n at the n events of other domains
  const prototype = (states: Sym) => sum(multiply(states, others), [1]) // [B, d]
  const truth = prototype(mixed)
  const corrupt = prototype(cross(rows, ids, 'corrupted/'))

  const drawn = cast(input('drawn', ['B', D], 'uint8'), 'float32')
  const { bilinear, bias } = discriminators(parameters, width, D)
  const projected = reshape(matmul(own, bilinear), ['B', D, width])
  const chosen = sum(multiply(projected, reshape(drawn, ['B', D, 1])), [1]) // gᵀ W of the drawn domain, [B, d]
  const shift = matmul(drawn, reshape(bias, [D, 1])) // [B, 1]
  const logit = (g: Sym) => add(sum(multiply(chosen, g), [1], { keepDims: true }), shift) // D(g, ·), [B, 1]
  const each = add(negativeLogSigmoid(logit(truth)), softplus(logit(corrupt))) // [B, 1]
  return {
    value: sum(multiply(each, reshape(input('drawnShare', ['B']), ['B', 1]))),
    reads: [gatheredRows(table, rows, 'corrupted')],
  }
}

/** The domain drawn of each history, and the history with that domain's items replaced; those of one domain have no share. */
export function drawnFeeds({ size, length, items }: SequenceBatch, dataset: Dataset, rng: Rng): Record<string, Tensor> {
  const D = dataset.domains.length
  const domainOf = Int32Array.from(items, (item) => (item === 0 ? -1 : domainOfItem(dataset, item)))
  const visits = new Int32Array(size * D)
  for (const [at, d] of domainOf.entries()) {
    const visit = Math.floor(at / length) * D + d
    if (d >= 0) visits[visit] = visits[visit] + 1
  }
  const row = rowsOfViews(visits, size, D)

  const corrupted = items.slice()
  const outside = new Float32Array(items.length)
  const drawn = new Uint8Array(size * D)
  const drawnView = new Int32Array(size)
  const included = new Float32Array(size)
  for (let b = 0; b < size; b++) {
    const visited = Array.from({ length: D }, (_, d) => d).filter((d) => visits[b * D + d] > 0)
    if (visited.length < 2) continue
    const own = rng.split(b)
    const d = visited[own.below(visited.length)]
    const { start, end } = domainItems(dataset, d)
    drawn[b * D + d] = 1
    drawnView[b] = row[b * D + d]
    included[b] = 1
    let others = 0
    for (let at = b * length; at < (b + 1) * length; at++) {
      if (domainOf[at] === d) corrupted[at] = start + own.below(end - start)
      else if (domainOf[at] >= 0) others++
    }
    for (let at = b * length; at < (b + 1) * length; at++)
      if (domainOf[at] >= 0 && domainOf[at] !== d) outside[at] = 1 / others
  }
  const histories = Math.max(
    1,
    included.reduce((count, one) => count + one, 0),
  )
  return {
    corrupted: { shape: [size, length], data: corrupted },
    outside: { shape: [size, length], data: outside },
    drawn: { shape: [size, D], data: drawn },
    drawnView: { shape: [size], data: drawnView },
    drawnShare: { shape: [size], data: included.map((one) => one / histories) },
  }
}

/** Where the view of each domain of each history stands among all views, [B, D], from 1 on: they hold the histories that have events. */
function rowsOfViews(visits: Int32Array, size: number, D: number): Int32Array {
  const row = new Int32Array(size * D)
  let next = 1
  for (let d = 0; d < D; d++) {
    const first = next
    for (let b = 0; b < size; b++) if (visits[b * D + d] > 0) row[b * D + d] = next++
    if (next === first) next++ // the one row of padding
  }
  return row
}
