import { type SparseMatrix, transposed } from '../../../core/index.ts'
import { identityOf } from '../../sparse.ts'
import type { Sym } from '../../sym.ts'
import type { OnnxGraphWriter, ValueName } from './graph.ts'
import { plainProduct } from './products.ts'

// onnxruntime has no sparse product for us: ScatterElements adds one element after the other (twenty times as slow as this), and
// ScatterND races. So rows of about as many entries are put together: what n rows of up to w entries read is gathered, [n, w, d], and
// multiplied with their values, [n, 1, w] × [n, w, d]: the kernel of a single row, whose sums no thread shares, so that any number of
// threads gives the same bits. To gather one entry takes as long as to multiply some eight: a row or column with more of them than that is
// multiplied as a dense one.

/** Numbers that are gathered at once: few enough to be multiplied while the processor's cache still has them. */
const NUMBERS_OF_A_BLOCK = 2 ** 19
/** Entries of the longest row of a block over those of the shortest, at most. */
const SPREAD = 1.25

/** The share of a row's numbers, or of a column's, that are entries, from which it is taken for dense, and entries below which it is not. */
const DENSE = 1 / 8
const FEW = 64
/** The share of all entries that dense columns hold together, from which a product of their own and its sum with the rest pay. */
const WORTHWHILE = 1 / 8

/** Rows that are multiplied together, each of at most `entries` entries and at least one. */
interface Block {
  readonly rows: readonly number[]
  readonly entries: number
}

export function sparseProduct(writer: OnnxGraphWriter, x: ValueName, node: Sym<'sparseProduct'>): ValueName {
  const { matrix: given, transposed: isTransposed } = node.attributes
  const [count, width] = node.shape as [number, number]
  const matrix = isTransposed ? transposed(given) : given
  const most = Math.ceil(NUMBERS_OF_A_BLOCK / Math.max(1, width))
  // Layers of one matrix share its entries.
  const name = `sparse ${identityOf(given)} ${isTransposed} ${most}`
  const { rows, columns, rest } = denseParts(matrix)
  const place = new Int32Array(count).fill(-1)
  let next = 0
  const parts = blocksOf(rest, most).map((block, b) => {
    for (const row of block.rows) place[row] = next++
    const [columns, values] = entriesOf(writer, `${name} ${b}`, rest, block)
    const product = writer.node('MatMul', [values, writer.node('Gather', [x, columns], { axis: 0 })]) // [n, 1, d]
    return writer.reshape(product, [block.rows.length, width])
  })
  const dense = (key: string, of: Dense, by: ValueName) => {
    const { shape } = of
    const values = writer.once(`${name} ${key}`, () => writer.initializer('float32', shape, of.values()))
    return plainProduct(writer, { value: values, shape }, { value: by, shape: [shape[1], width] })
  }
  if (rows !== undefined) {
    for (const row of rows.rows) place[row] = next++
    parts.push(dense('rows', rows, x))
  }
  const order = () => {
    // A row without entries is the row of zeros at the end.
    if (next < count) parts.push(writer.filled(0, [1, width]))
    for (const [row, at] of place.entries()) if (at < 0) place[row] = next
    const together = parts.length === 1 ? parts[0] : writer.node('Concat', parts, { axis: 0 })
    const places = writer.once(`${name} order`, () => writer.initializer('int32', [count], place))
    return writer.node('Gather', [together, places], { axis: 0 })
  }
  const ordered = parts.length === 0 ? writer.filled(0, node.shape) : order()
  if (columns === undefined) return ordered
  const read = writer.once(`${name} read`, () =>
    writer.initializer('int32', [columns.columns.length], Int32Array.from(columns.columns)),
  )
  return writer.node('Add', [ordered, dense('columns', columns, writer.node('Gather', [x, read], { axis: 0 }))])
}

/** Some rows and columns of a matrix as numbers, [rows, columns]: at most 1 / DENSE of them an entry. Entries of one place add up. */
interface Dense {
  readonly rows: readonly number[]
  readonly columns: readonly number[]
  readonly shape: readonly [number, number]
  values(): Float32Array
}

/** Rows that are taken for dense, columns that are among the other rows, and what is left. */
function denseParts(matrix: SparseMatrix): {
  readonly rows?: Dense
  readonly columns?: Dense
  readonly rest: SparseMatrix
} {
  const [count, width] = matrix.shape
  const all = (length: number) => [...new Array(length).keys()]
  const rows = denseRows(matrix)
  const others = rows.length === 0 ? matrix : entriesWhere(matrix, without(rows), () => true)
  const found = denseRows(transposed(others))
  const rest = entriesWhere(others, () => true, without(found))
  const columns = others.columns.length - rest.columns.length < WORTHWHILE * matrix.columns.length ? [] : found
  return {
    ...(rows.length > 0 && { rows: denseOf(matrix, rows, all(width)) }),
    ...(columns.length > 0 && { columns: denseOf(others, all(count), columns) }),
    rest: columns.length > 0 ? rest : others,
  }
}

function denseRows({ shape: [count, width], offsets }: SparseMatrix): number[] {
  const least = Math.max(FEW, DENSE * width)
  return Array.from({ length: count }, (_, row) => row).filter((row) => offsets[row + 1] - offsets[row] >= least)
}

function without(some: readonly number[]): (one: number) => boolean {
  const left = new Set(some)
  return (one) => !left.has(one)
}

function entriesWhere(
  { shape, offsets, columns, values }: SparseMatrix,
  hasRow: (row: number) => boolean,
  hasColumn: (column: number) => boolean,
): SparseMatrix {
  const kept: number[] = []
  const ends = [0]
  for (let row = 0; row < shape[0]; row++) {
    for (let e = offsets[row]; e < offsets[row + 1]; e++) if (hasRow(row) && hasColumn(columns[e])) kept.push(e)
    ends.push(kept.length)
  }
  return {
    shape,
    offsets: Int32Array.from(ends),
    columns: Int32Array.from(kept, (e) => columns[e]),
    values: Float32Array.from(kept, (e) => values[e]),
  }
}

function denseOf(matrix: SparseMatrix, rows: readonly number[], columns: readonly number[]): Dense {
  const { offsets, columns: columnsOf, values } = matrix
  const [height, width] = [rows.length, columns.length]
  return {
    ...{ rows, columns, shape: [height, width] },
    values() {
      const at = new Int32Array(matrix.shape[1]).fill(-1)
      for (const [i, column] of columns.entries()) at[column] = i
      const data = new Float32Array(height * width)
      for (const [i, row] of rows.entries())
        for (let e = offsets[row]; e < offsets[row + 1]; e++) {
          const j = at[columnsOf[e]]
          if (j >= 0) data[i * width + j] = data[i * width + j] + values[e]
        }
      return data
    },
  }
}

/** Rows by how many entries they have; a block has at most `most` entries, or one row. */
function blocksOf({ shape: [count], offsets }: SparseMatrix, most: number): Block[] {
  const length = (row: number) => offsets[row + 1] - offsets[row]
  const rows = Array.from({ length: count }, (_, row) => row).filter((row) => length(row) > 0)
  rows.sort((a, b) => length(a) - length(b) || a - b)
  const blocks: Block[] = []
  for (let start = 0, end = 0; start < rows.length; start = end) {
    const longest = Math.floor(length(rows[start]) * SPREAD)
    let entries = 0
    for (; end < rows.length && length(rows[end]) <= longest; end++) {
      if (end > start && length(rows[end]) * (end + 1 - start) > most) break
      entries = length(rows[end])
    }
    blocks.push({ rows: rows.slice(start, end), entries })
  }
  return blocks
}

/** The columns [n, w] and the values [n, 1, w] of a block's rows; a row with fewer entries repeats its first with value 0. */
function entriesOf(
  writer: OnnxGraphWriter,
  name: string,
  { offsets, columns, values }: SparseMatrix,
  { rows, entries }: Block,
): [ValueName, ValueName] {
  const filled = <A extends Int32Array | Float32Array>(array: A, source: A, rest: (first: number) => number) => {
    for (const [i, row] of rows.entries()) {
      const own = source.subarray(offsets[row], offsets[row + 1])
      array.fill(rest(own[0]), i * entries, (i + 1) * entries)
      array.set(own, i * entries)
    }
    return array
  }
  const size = rows.length * entries
  return [
    writer.once(`${name} columns`, () =>
      writer.initializer(
        'int32',
        [rows.length, entries],
        filled(new Int32Array(size), columns, (first) => first),
      ),
    ),
    writer.once(`${name} values`, () =>
      writer.initializer(
        'float32',
        [rows.length, 1, entries],
        filled(new Float32Array(size), values, () => 0),
      ),
    ),
  ]
}
