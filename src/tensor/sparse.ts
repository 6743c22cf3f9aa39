import type { SparseMatrix } from '../core/index.ts'

const reasons = new WeakMap<SparseMatrix, string | undefined>()

/** Why an object is no sparse matrix, looked at once: derivatives and rewriting make many nodes of one matrix. */
export function malformed(matrix: SparseMatrix): string | undefined {
  if (!reasons.has(matrix)) reasons.set(matrix, reasonOf(matrix))
  return reasons.get(matrix)
}

function reasonOf({ shape: [rows, width], offsets, columns, values }: SparseMatrix): string | undefined {
  if (offsets.length !== rows + 1) return `a matrix of ${rows} rows needs ${rows + 1} offsets, not ${offsets.length}`
  if (columns.length !== values.length) return `it has ${columns.length} columns of entries and ${values.length} values`
  if (offsets[0] !== 0 || offsets[rows] !== columns.length || offsets.some((end, i) => i > 0 && end < offsets[i - 1]))
    return `the offsets must ascend from 0 to its ${columns.length} entries`
  const outside = columns.find((column) => column < 0 || column >= width)
  return outside === undefined ? undefined : `it has an entry in column ${outside}, but ${width} columns`
}

const identities = new WeakMap<SparseMatrix, number>()
let count = 0

/** A number that stands for one matrix in this process: two matrices are the same only if they are one object. */
export function identityOf(matrix: SparseMatrix): number {
  const known = identities.get(matrix)
  if (known !== undefined) return known
  identities.set(matrix, count)
  return count++
}
