import type { Tensor } from '../../core/index.ts'
import { type EmbeddingTable, gatheredRows, type TableRead } from '../../nn/index.ts'
import { gather, input, type Sym, slice } from '../../tensor/index.ts'

/** Part of the items' vectors as a node, with the way of its gradient to a table and what it is fed. */
export interface ItemsRead {
  readonly rows: Sym
  readonly reads: readonly TableRead[]
  feeds(): Readonly<Record<string, Tensor>>
}

/** How an objective reads the vectors of items. */
export interface ItemVectors {
  /** Rows by the ids that are fed under a name, [N] → [N, d]. */
  gathered(ids: Sym, name: string): ItemsRead
  /** Rows start … end − 1, which may be fed under a name, [end − start, d]. */
  block(name: string, start: number, end: number): ItemsRead
}

/** Of a table, rows of which are fed, or of the vectors [V, d] that a graph makes, which are no input of it. */
export function itemVectors(items: EmbeddingTable | Sym): ItemVectors {
  if (!('symbol' in items)) {
    const made = (rows: Sym): ItemsRead => ({ rows, reads: [], feeds: () => ({}) })
    return {
      gathered: (ids) => made(gather(items, ids)),
      block: (_, start, end) => made(slice(items, 0, start, end)),
    }
  }
  return {
    gathered(ids, name) {
      const rows = gather(items.symbol, ids)
      return { rows, reads: [gatheredRows(items, rows, name)], feeds: () => ({}) }
    },
    block(name, start, end) {
      const rows = input(name, [end - start, items.width])
      const back = (gradient: Float32Array) => items.addRange(start, gradient)
      return { rows, reads: [{ table: items, rows, back }], feeds: () => ({ [name]: items.range(start, end) }) }
    },
  }
}
