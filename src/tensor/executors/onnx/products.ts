import { type Dim, productOfDims, subtractDims } from '../../dims.ts'
import { is, type Sym } from '../../sym.ts'
import type { OnnxGraphWriter, ValueName } from './graph.ts'
import type { Readers, Recipe } from './lowering.ts'

// The rows of a product must depend neither on how many they are nor on the number of threads. onnxruntime shares a product
// [M, K] × [K, N] between threads by its rows where M ≥ N, else by blocks of 16 columns. Two things then decide the order of a sum over k
// (MlasSgemmOperation):
// - It is cut into parts of 128 terms, or of up to 1024 where a thread has 64 columns or fewer. A transposed `a` keeps it at 128.
// - One row, or a matrix of one column, goes to vector kernels, which add in other orders, unless there is a scale.
// So where an extent is not known a scale keeps vectors from those kernels; and a sum that is cut is cut alike in all runs, because
// whole rows fall to each thread or because `a` is transposed beforehand.

/** Terms of a sum that are never cut, and as many as are left together where many columns or a transposed `a` meet. */
const UNCUT = 128
/** Columns above which a sum is cut into parts of UNCUT terms. */
const FEW_COLUMNS = 64
/** Columns that never fall to more than one thread. */
const COLUMNS_OF_A_BLOCK = 16
/** Of fewer rows one may be alone on a thread, of which a product has at most 16; but only with so many terms that threads pay. */
const ROWS_OF_ALL = 32
const TERMS_OF_A_ROW = 1024

interface Flags {
  readonly transposeA: boolean
  readonly transposeB: boolean
  readonly scale: number
}

interface Matrices {
  readonly value: ValueName
  readonly shape: readonly Dim[]
}

/** A product; transposes and scale are the operator's flags. */
export function product(node: Sym<'matmul'>): Recipe {
  return { reads: node.inputs, emit: (writer, a, b) => rowwiseProduct(writer, ...operandsOf(node, a, b)) }
}

/** matmul + bias of rank-2 operands: Gemm adds the bias while it writes the product. */
export function biasedProduct(node: Sym<'add'>, readers: Readers): Recipe | undefined {
  for (const [x, bias] of [node.inputs, [...node.inputs].reverse()] as [Sym, Sym][]) {
    if (!is(x, 'matmul') || readers(x) > 1 || x.inputs.some((operand) => operand.shape.length !== 2)) continue
    if (bias.shape.length !== 1 || bias.shape[0] !== x.shape[1]) continue
    return {
      reads: [...x.inputs, bias],
      emit: (writer, a, b, c) => rowwiseProduct(writer, ...operandsOf(x, a, b), c),
    }
  }
  return undefined
}

/** a [M, K] times b [K, N] of known extents. */
export function plainProduct(writer: OnnxGraphWriter, a: Matrices, b: Matrices): ValueName {
  const flags = { transposeA: false, transposeB: false, scale: 1 }
  return rowwiseProduct(writer, a, b, flags, [a.shape[0], b.shape[1]])
}

type Operands = [a: Matrices, b: Matrices, flags: Flags, shape: readonly Dim[]]

function operandsOf({ inputs, attributes, shape }: Sym<'matmul'>, a: ValueName, b: ValueName): Operands {
  return [{ value: a, shape: inputs[0].shape }, { value: b, shape: inputs[1].shape }, attributes, shape]
}

/** The product, plus a bias [N] where there is one, in the form whose rows any number of rows and of threads gives. */
function rowwiseProduct(
  writer: OnnxGraphWriter,
  ...[a, b, flags, shape, bias]: [...operands: Operands, bias?: ValueName]
): ValueName {
  const { transposeA, transposeB, scale } = flags
  const [M, N] = shape.slice(-2) as [Dim, Dim]
  const K = a.shape.at(transposeA ? -2 : -1)!
  if (M === 1 && transposeA && scale === 1) {
    const row = [...a.shape.slice(0, -2), 1, K]
    const turned = { value: writer.reshape(a.value, row), shape: row }
    return rowwiseProduct(writer, turned, b, { ...flags, transposeA: false }, shape, bias)
  }
  if (a.shape.length > 2 && b.shape.length === 2 && !transposeA) {
    // onnxruntime makes one product of it, whose rows are those of the whole batch.
    const rows = productOfDims(shape.slice(0, -1))
    const flat = { value: writer.reshape(a.value, [rows, K]), shape: [rows, K] }
    return writer.reshape(rowwiseProduct(writer, flat, b, flags, [rows, N]), shape)
  }

  if (isWideGradient(a, b, flags) && bias === undefined) {
    const turned = multiplied(writer, b.value, a.value, { transposeA: true, transposeB: false, scale })
    return swapped(writer, turned, 2)
  }
  const isTall = isTallGradient(a, b, flags)
  if (scale === 1 && typeof M === 'number' && typeof N === 'number') {
    if (N === 1 && !transposeB && !isTall) {
      const row = writer.reshape(b.value, [...b.shape.slice(0, -2), 1, K])
      const turned = { transposeA: false, transposeB: !transposeA, scale }
      return writer.reshape(multiplied(writer, row, a.value, turned, bias), shape)
    }
    if (M === 1) return multiplied(writer, a.value, b.value, flags, bias)
  }
  if (isTall && bias === undefined) {
    const parts = [a, b].map((x) => writer.splitRows(x.value, x.shape)) as [ValueName, ValueName]
    return writer.node('ReduceSum', [multiplied(writer, ...parts, flags), writer.int64(0)], { keepdims: 0 })
  }

  const meetsVector = (!transposeA && mayLeaveRow([M, N, K])) || (!transposeB && typeof N !== 'number')
  const [x, y, own] = meetsVector && scale === 1 ? halved(writer, a, b, flags) : [a.value, b.value, flags]
  const plain = () => multiplied(writer, x, y, own, bias)
  if (transposeA || isCutAlike(N, K)) return plain()
  const turnedA = () => multiplied(writer, swapped(writer, x, a.shape.length), y, { ...own, transposeA: true }, bias)
  if (typeof N !== 'number') return turnedA()
  // As many rows as terms: with more columns there are too few terms to cut.
  if (M === K && N <= UNCUT) return plain()
  if (typeof M === 'number') return N > M ? turnedA() : plain()
  if (N > FEW_COLUMNS) return writer.choose(N, M, turnedA, plain)
  const padded = () => {
    const none = a.shape.slice(1).map(() => 0)
    const before = [...none, 0]
    const after = [...none.slice(1), subtractDims(N, M), 0]
    const whole = multiplied(writer, writer.node('Pad', [x, writer.int64(...before, ...after)]), y, own, bias)
    return writer.node('Slice', [whole, writer.int64(0), writer.int64(M), writer.int64(-2)])
  }
  return writer.choose(N, M, padded, plain)
}

/** Whether the sum is cut at the same terms however many rows there are, and whichever columns fall to a thread. */
function isCutAlike(N: Dim, K: Dim): boolean {
  if (isAtMost(K, UNCUT)) return true
  if (typeof N !== 'number') return false
  let terms = UNCUT
  for (let columns = FEW_COLUMNS; columns >= COLUMNS_OF_A_BLOCK && columns >= N; columns /= 2) terms *= 2
  return N <= COLUMNS_OF_A_BLOCK || isAtMost(K, terms)
}

/** Whether a thread may get one row. Rows that are columns in memory go another way. */
function mayLeaveRow([M, N, K]: readonly [Dim, Dim, Dim]): boolean {
  if (typeof M !== 'number' || M === 1) return true
  const isMany = (dim: Dim) => typeof dim === 'number' && dim >= ROWS_OF_ALL
  return !isMany(M) && !isMany(N) && !isAtMost(K, TERMS_OF_A_ROW - 1)
}

function isAtMost(dim: Dim, most: number): boolean {
  return typeof dim === 'number' && dim <= most
}

/** Numbers of a weight above which a batch is taken to be smaller. */
const SMALL_WEIGHT = 2 ** 17

const isKnown = (shape: readonly Dim[]) => shape.every((dim) => typeof dim === 'number')

/** The same product with a scale, which keeps it from the kernels for vectors: half of one operand times 2 is exact. */
function halved(writer: OnnxGraphWriter, a: Matrices, b: Matrices, flags: Flags): [ValueName, ValueName, Flags] {
  const half = (x: ValueName) => writer.once(`half ${x}`, () => writer.node('Mul', [x, writer.scalar(0.5)]))
  const twice = { ...flags, scale: 2 }
  const [rows, columns] = b.shape.slice(-2)
  const isSmall = typeof rows === 'number' && typeof columns === 'number' && rows * columns <= SMALL_WEIGHT
  const hasFewColumns = typeof b.shape.at(flags.transposeB ? -2 : -1) === 'number'
  return hasFewColumns && (isSmall || !isKnown(b.shape))
    ? [a.value, half(b.value), twice]
    : [half(a.value), b.value, twice]
}

/** Rows for columns. */
function swapped(writer: OnnxGraphWriter, x: ValueName, rank: number): ValueName {
  return writer.node('Transpose', [x], { perm: [...new Array(rank - 2).keys(), rank - 1, rank - 2] })
}

function multiplied(writer: OnnxGraphWriter, a: ValueName, b: ValueName, flags: Flags, bias?: ValueName): ValueName {
  const { transposeA, transposeB, scale } = flags
  const attributes = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: scale } }
  if (bias !== undefined) return writer.node('Gemm', [a, b, bias], attributes)
  if (!transposeA && !transposeB && scale === 1) return writer.node('MatMul', [a, b])
  return writer.node('FusedMatMul', [a, b], attributes, 'com.microsoft')
}

/**
 * The gradient of a weight, aᵀ b with as many rows as the batch: onnxruntime shares such a product between threads by its few
 * columns, and each thread packs all of a. Cut into parts along the rows it takes a tenth to two fifths less.
 */
function isTallGradient(a: Matrices, b: Matrices, { transposeA, transposeB }: Flags): boolean {
  const isNarrow = ({ shape }: Matrices) => shape.length === 2 && typeof shape[1] === 'number' && shape[1] <= 512
  return transposeA && !transposeB && typeof a.shape[0] === 'string' && isNarrow(a) && isNarrow(b)
}

/** Columns of `a` from which its product by a narrow `b` is worth turning, and how many times those of `b` they must be. */
const WIDE = 1024
const WIDER = 4

/**
 * The gradient of a weight with a row for each of many items, aᵀ b, is faster as (bᵀ a)ᵀ: the operator turns `a` row by row, which is as
 * large as the batch times the items, and the result is small. A quarter less at 1,024 × 3,327 by 64.
 */
function isWideGradient(a: Matrices, b: Matrices, { transposeA, transposeB }: Flags): boolean {
  const [columns, narrow] = [a.shape.at(-1), b.shape.at(-1)]
  if (!transposeA || transposeB || a.shape.length !== 2 || b.shape.length !== 2) return false
  if (typeof columns !== 'number' || typeof narrow !== 'number') return false
  return columns >= WIDE && columns >= WIDER * narrow && narrow > 1
}

/** Rows of so many numbers, or of a multiple, begin where a vector of the processor may begin, wherever they stand. */
const VECTOR = 4

/**
 * Sums or means over the last axis. The operators for them add vector by vector from the first that begins within the row, so that for
 * other widths the order depends on the row's place.
 */
export function alongRows(
  writer: OnnxGraphWriter,
  what: 'ReduceSum' | 'ReduceMean',
  x: ValueName,
  shape: readonly Dim[],
  keepdims: boolean,
): ValueName {
  const width = shape.at(-1)!
  const isWhole = typeof width === 'number' && (width < VECTOR || width % VECTOR === 0)
  if (isWhole || shape.length === 1) return writer.node(what, [x, writer.int64(-1)], { keepdims: Number(keepdims) })
  const halves = writer.filled(0.5, [width, 1])
  const total = multiplied(writer, x, halves, { transposeA: false, transposeB: false, scale: 2 })
  const result = what === 'ReduceSum' ? total : writer.node('Div', [total, writer.extent(width)])
  return keepdims ? result : writer.reshape(result, shape.slice(0, -1))
}

/** Sums of the columns of matrices [..., rows, columns] → [..., 1, columns], which ReduceSum would not share between threads. */
export function columnSums(writer: OnnxGraphWriter, x: ValueName, [rows, columns]: readonly [Dim, Dim]): ValueName {
  if (typeof columns === 'number') return writer.node('MatMul', [writer.filled(1, [1, rows]), x])
  const halves = writer.filled(0.5, [rows, 1])
  return multiplied(writer, halves, x, { transposeA: true, transposeB: false, scale: 2 })
}
