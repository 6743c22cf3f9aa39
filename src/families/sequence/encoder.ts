import { type Dataset, domainOfItem, type Tensor } from '../../core/index.ts'
import type { Histories } from '../../data/index.ts'
import { createDropout, type Dropout, type EmbeddingTable, gatheredRows, type TableRead } from '../../nn/index.ts'
import * as t from '../../tensor/index.ts'
import { type Dim, input, type Sym } from '../../tensor/index.ts'

/** What an encoder reads. T is symbolic unless the encoder has a graph of its own for each length. */
export interface EncoderInputs {
  /** Embeddings of the items, [B, T, d]; zero rows at padding. */
  readonly rows: Sym
  /** 1 at real positions, 0 at padding (on the left), [B, T]. */
  readonly keep: Sym
  readonly dropout: Dropout
}

/** The part of a sequential recommender that differs between papers: embeddings of a history → states. */
export interface SequenceEncoder {
  /**
   * States of the last Q positions, [B, Q, d], to be multiplied with item embeddings; the last of them answers. Q is T where every
   * position is trained, and 1 where a history is looked at as a whole.
   */
  encode(inputs: EncoderInputs): Sym
  /** Whatever else the graph reads of a batch; may stand in for `historyFeeds`. */
  feeds?(histories: Histories): Record<string, Tensor>
  /** What a history is followed by when it is asked what comes next. Default: nothing. */
  readonly question?: readonly number[]
  /** Which lengths share a graph; default all of them. */
  readonly graphs?: Graphs
}

/** Makes graphs of histories by their length. */
export type Graphs = <G>(build: (T: Dim) => G) => (length: number) => G

/** One graph for histories of any length. */
export const anyLength: Graphs = (build) => {
  let graph: { readonly built: ReturnType<typeof build> } | undefined
  return () => {
    graph ??= { built: build('T') }
    return graph.built
  }
}

/** A graph for each length, of encoders that loop over time. */
export const eachLength: Graphs = (build) => {
  const graphs = new Map<number, ReturnType<typeof build>>()
  return (length) => {
    if (!graphs.has(length)) graphs.set(length, build(length))
    return graphs.get(length)!
  }
}

/** What a graph over histories of T items reads of them, and the way of its gradients back to the items; fed by `historyFeeds`. */
export function historyInputs(
  table: EmbeddingTable,
  T: Dim,
  rate: number,
): EncoderInputs & { readonly read: TableRead } {
  const rows = t.gather(table.symbol, input('ids', ['B', T], 'int32')) // [B, T, d]
  const keep = t.cast(input('keep', ['B', T], 'uint8'), 'float32') // [B, T]
  return { rows, keep, dropout: createDropout(rate), read: gatheredRows(table, rows, 'ids') }
}

export function historyFeeds({ size, length, items }: Histories): Record<string, Tensor> {
  const shape = [size, length]
  return {
    ids: { shape, data: items },
    keep: { shape, data: Uint8Array.from(items, (item) => (item === 0 ? 0 : 1)) },
  }
}

/** `itemDomains`, shape [B, T, D], holds 1 at the domain of each item, zero at padding and at what is no item. */
export function itemDomainFeeds(
  { size, length, items }: Histories,
  { domains, domainStart }: Pick<Dataset, 'domains' | 'domainStart'>,
): Record<string, Tensor> {
  const D = domains.length
  const data = new Uint8Array(items.length * D)
  for (const [at, item] of items.entries()) if (item > 0) data[at * D + domainOfItem({ domainStart }, item)] = 1
  return { itemDomains: { shape: [size, length, D], data } }
}

/** All that an encoder's graph reads of histories. */
export function feedsOf({ feeds }: SequenceEncoder, histories: Histories): Record<string, Tensor> {
  return { ...historyFeeds(histories), ...feeds?.(histories) }
}
