/** Copies of the rows of a table [·, width] that are asked for, in that order. [rows, width] */
export function takeRows<A extends Float32Array | Int32Array>(table: A, width: number, rows: Int32Array): A {
  const taken = new (table.constructor as new (length: number) => A)(rows.length * width)
  for (let i = 0; i < rows.length; i++)
    for (let j = 0; j < width; j++) taken[i * width + j] = table[rows[i] * width + j]
  return taken
}
