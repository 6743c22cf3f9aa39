import type { SparseMatrix } from '../../src/core/index.ts'
import type { Rng } from '../../src/math/index.ts'

/** Rows of none to `longest` entries at drawn places, of which some fall together. */
export function drawSparseMatrix(rows: number, columns: number, longest: number, rng: Rng): SparseMatrix {
  const offsets = new Int32Array(rows + 1)
  for (let row = 0; row < rows; row++) offsets[row + 1] = offsets[row] + rng.below(longest + 1)
  const length = offsets[rows]
  return {
    shape: [rows, columns],
    offsets,
    columns: Int32Array.from({ length }, () => rng.below(columns)),
    values: Float32Array.from({ length }, () => rng.normal()),
  }
}
