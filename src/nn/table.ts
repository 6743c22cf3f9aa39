import type { Tensor } from '../core/index.ts'
import { createArena, createRowSums, type Rng, type RowSums, rowSumsScratch } from '../math/index.ts'
import { input, type Sym } from '../tensor/index.ts'
import type { Optimizer } from './optimizer.ts'
import type { Initializer } from './parameters.ts'

/**
 * An embedding table outside the graph: the graph reads rows of it, gradients of rows come back, and only rows that were
 * touched are updated. Its cost does not grow with the catalogue. Row 0 (PAD) is zero and never learns.
 */
export interface EmbeddingTable {
  readonly name: string
  readonly rows: number
  readonly width: number
  readonly tensor: Tensor<Float32Array>
  /** The whole table as a graph input of the table's name; fed without a copy. */
  readonly symbol: Sym
  /** Rows start … end − 1 as a tensor over the same memory. */
  range(start: number, end: number): Tensor<Float32Array>
  /** Adds gradient rows [n, width] to the rows `ids` [n]; id 0 is skipped. Repeated ids add up in the order given. */
  addRows(ids: Int32Array, gradient: Float32Array): void
  /** Adds a dense gradient [n, width] to rows start … start + n − 1. */
  addRange(start: number, gradient: Float32Array): void
  /** Gives the optimizer its moments of this table, before the first step. */
  register(optimizer: Optimizer): void
  /** Updates the touched rows (or every row, if `dense`) and forgets the gradients. */
  apply(optimizer: Optimizer, options?: { readonly dense?: boolean }): void
}

export function createTable(
  name: string,
  rows: number,
  width: number,
  initializer: Initializer,
  rng: Rng,
): EmbeddingTable {
  const size = rows * width
  // Weights, gradient and two moments in one memory, so that Adam needs no copies.
  const arena = createArena([size, size, rowSumsScratch(width), size, size])
  const data = arena.floats(size)
  initializer(data, rng.split('weight', name))
  data.fill(0, 0, width)
  // A full-size buffer rather than a hash of rows: addition is one indexed loop, and only touched rows are cleared.
  // It is made at the first gradient: serving needs none.
  let sums: RowSums | undefined
  const gradient = () => {
    sums ??= createRowSums(rows, width, arena)
    return sums
  }
  const isTouched = new Uint8Array(rows)
  const touched = new Int32Array(rows)
  let count = 0
  const touch = (row: number) => {
    if (isTouched[row] === 0) {
      isTouched[row] = 1
      touched[count++] = row
    }
  }
  return {
    name,
    rows,
    width,
    tensor: { shape: [rows, width], data },
    symbol: input(name, [rows, width]),
    range: (start, end) => ({ shape: [end - start, width], data: data.subarray(start * width, end * width) }),
    addRows(ids, rowGradients) {
      for (let i = 0; i < ids.length; i++) if (ids[i] !== 0) touch(ids[i])
      gradient().addRows(ids, rowGradients)
    },
    addRange(start, block) {
      for (let row = start; row < start + block.length / width; row++) touch(row)
      gradient().addRange(start, block)
    },
    register(optimizer) {
      gradient()
      optimizer.register(name, [rows, width], arena.floats)
    },
    apply(optimizer, options) {
      const { values } = gradient()
      if (options?.dense) optimizer.update(name, data, values)
      else optimizer.updateRows(name, data, values, width, touched, count)
      data.fill(0, 0, width)
      if (2 * count > rows) values.fill(0)
      else for (let i = 0; i < count; i++) values.fill(0, touched[i] * width, (touched[i] + 1) * width)
      isTouched.fill(0)
      count = 0
    },
  }
}
