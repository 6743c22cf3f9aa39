import { type SparseMatrix, transposed } from '../../../core/index.ts'
import { identityOf } from '../../sparse.ts'
import type { Sym } from '../../sym.ts'
import type { OnnxGraphWriter, ValueName } from './graph.ts'

// onnxruntime has no sparse product for us: ScatterElements adds one element after the other (twenty times as slow as this), and
// ScatterND races. So rows of about as many entries are put together: what n rows of up to w entries read is gathered, [n, w, d], and
// multiplied with their values, [n, 1, w] × [n, w, d]: the kernel of a single row, whose sums no thread shares, so that any number of
// threads gives the same bits.

/** Numbers that are gathered at once: few enough to be multiplied while the processor's cache still has them. */
const NUMBERS_OF_A_BLOCK = 2 ** 19
/** Entries of the longest row of a block over those of the shortest, at most. */
const SPREAD = 1.25

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
  const blocks = blocksOf(matrix, most)
  if (blocks.length === 0) return writer.filled(0, node.shape)
  // Layers of one matrix share its entries.
  const name = `sparse ${identityOf(given)} ${isTransposed} ${most}`
  const place = new Int32Array(count).fill(-1)
  let next = 0
  const parts = blocks.map((block, b) => {
    for (const row of block.rows) place[row] = next++
    const [columns, values] = entriesOf(writer, `${name} ${b}`, matrix, block)
    const product = writer.node('MatMul', [values, writer.node('Gather', [x, columns], { axis: 0 })]) // [n, 1, d]
    return writer.reshape(product, [block.rows.length, width])
  })
  // A row without entries is the row of zeros at the end.
  if (next < count) parts.push(writer.filled(0, [1, width]))
  for (const [row, at] of place.entries()) if (at < 0) place[row] = next
  const together = parts.length === 1 ? parts[0] : writer.node('Concat', parts, { axis: 0 })
  const order = writer.once(`${name} order`, () => writer.initializer('int32', [count], place))
  return writer.node('Gather', [together, order], { axis: 0 })
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
