/** A sparse matrix [rows, columns]: the entries of row i are offsets[i] … offsets[i + 1] − 1, in any order. Entries of one place add up. */
export interface SparseMatrix {
  readonly shape: readonly [rows: number, columns: number]
  /** [rows + 1] */
  readonly offsets: Int32Array
  /** Of each entry, 0 … */
  readonly columns: Int32Array
  readonly values: Float32Array
}

/** [R, C] → [C, R]; the columns of each row of the result ascend. */
export function transposed({ shape: [rows, width], offsets, columns, values }: SparseMatrix): SparseMatrix {
  const turned = {
    offsets: new Int32Array(width + 1),
    columns: new Int32Array(columns.length),
    values: new Float32Array(columns.length),
  }
  for (const column of columns) turned.offsets[column + 1]++
  for (let column = 0; column < width; column++) turned.offsets[column + 1] += turned.offsets[column]
  const next = turned.offsets.slice()
  for (let row = 0; row < rows; row++)
    for (let e = offsets[row]; e < offsets[row + 1]; e++) {
      const place = next[columns[e]]++
      turned.columns[place] = row
      turned.values[place] = values[e]
    }
  return { shape: [width, rows], ...turned }
}
