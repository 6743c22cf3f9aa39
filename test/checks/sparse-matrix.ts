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

/** Some rows are full, the first columns stand in half of all others, and every row has a few other entries. */
export function crowdedMatrix(rows: number, columns: number, rng: Rng): SparseMatrix {
  const hubs = Math.ceil(columns / 30)
  const entries = Array.from({ length: rows }, (_, row) =>
    row % 50 === 7
      ? Array.from({ length: columns }, (_, column) => column)
      : Array.from({ length: hubs + 9 }, (_, i) => (i < hubs ? i : rng.below(columns))).filter(
          (column) => column >= hubs || rng.float() < 0.5,
        ),
  )
  const offsets = new Int32Array(rows + 1)
  for (const [row, own] of entries.entries()) offsets[row + 1] = offsets[row] + own.length
  const columnsOf = Int32Array.from(entries.flat())
  return {
    shape: [rows, columns],
    offsets,
    columns: columnsOf,
    values: Float32Array.from(columnsOf, () => rng.normal()),
  }
}
