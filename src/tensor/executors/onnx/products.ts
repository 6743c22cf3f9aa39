import type { Dim } from '../../dims.ts'
import { is, type Sym } from '../../sym.ts'
import type { OnnxGraphWriter, ValueName } from './graph.ts'
import type { Readers, Recipe } from './lowering.ts'

// onnxruntime shares a product [M, K] × [K, N] between threads by its rows where M ≥ N, else by blocks of 16 columns. What falls to
// a thread decides the order of the sum over k in two cases (MlasSgemmOperation):
// - Few columns: the sum is cut into parts of 128 terms, or of up to 1024 where 64 columns or fewer are there.
// - One row, or a matrix of one column: it goes to vector kernels, which add in other orders, unless there is a scale.
// Results must not depend on the number of threads. So a product whose sum may be cut has at least as many rows as columns, if need be
// by (bᵀ aᵀ)ᵀ, and where one thread may meet a vector that all of them together do not, a scale keeps it from those kernels.

/** Terms of a sum that are never cut. */
const UNCUT = 128
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

/** Which operand, if any, is halved and the product scaled by 2, which is exact. */
type Halved = 'a' | 'b' | undefined

/** A product; transposes and scale are the operator's flags. */
export function product(node: Sym<'matmul'>): Recipe {
  return { reads: node.inputs, emit: (writer, a, b) => threadedProduct(writer, node, a, b) }
}

/** matmul + bias of rank-2 operands: Gemm adds the bias while it writes the product. */
export function biasedProduct(node: Sym<'add'>, readers: Readers): Recipe | undefined {
  for (const [x, bias] of [node.inputs, [...node.inputs].reverse()] as [Sym, Sym][]) {
    if (!is(x, 'matmul') || readers(x) > 1 || x.inputs.some((operand) => operand.shape.length !== 2)) continue
    if (bias.shape.length !== 1 || bias.shape[0] !== x.shape[1]) continue
    return { reads: [...x.inputs, bias], emit: (writer, a, b, c) => threadedProduct(writer, x, a, b, c) }
  }
  return undefined
}

/** The product, plus a bias [N] where there is one, in the form whose bits any number of threads gives. */
function threadedProduct(writer: OnnxGraphWriter, node: Sym<'matmul'>, a: ValueName, b: ValueName, bias?: ValueName) {
  const { attributes: flags, shape } = node
  const { transposeA, transposeB, scale } = flags
  const [left, right] = node.inputs as [Sym, Sym]
  const [M, N] = shape.slice(-2) as [Dim, Dim]
  const K = left.shape.at(transposeA ? -2 : -1)!

  // A row or column as a row of its own: the kernel for a row treats all blocks of columns alike.
  if (M === 1 && transposeA && scale === 1) {
    const row = writer.reshape(a, [...left.shape.slice(0, -2), 1, K])
    return multiplied(writer, row, b, { ...flags, transposeA: false }, bias)
  }
  if (N === 1 && !transposeB && scale === 1 && !isTallGradient(node)) {
    const row = writer.reshape(b, [...right.shape.slice(0, -2), 1, K])
    const turned = multiplied(writer, row, a, { transposeA: false, transposeB: !transposeA, scale }, bias)
    return writer.reshape(turned, shape)
  }

  const isSplit = bias === undefined && isTallGradient(node)
  const [x, y] = isSplit ? [writer.splitRows(a, left.shape), writer.splitRows(b, right.shape)] : [a, b]
  const whole = (value: ValueName) =>
    isSplit ? writer.node('ReduceSum', [value, writer.int64(0)], { keepdims: 0 }) : value

  const plain = () => {
    const meetsVector = (mayBe(N, 1) && N !== 1) || mayLeaveRow(transposeA, [M, N, K])
    return whole(multiplied(writer, x, y, flags, bias, meetsVector ? (typeof N === 'number' ? 'b' : 'a') : undefined))
  }
  const turned = () => {
    const meetsVector = mayBe(M, 1) || mayLeaveRow(!transposeB, [N, M, K])
    const swapped = { transposeA: !transposeB, transposeB: !transposeA, scale }
    const column = bias && writer.reshape(bias, [N, 1])
    const transposed = whole(multiplied(writer, y, x, swapped, column, meetsVector ? 'b' : undefined))
    const last = shape.length - 1
    return writer.node('Transpose', [transposed], { perm: [...shape.keys()].slice(0, -2).concat(last, last - 1) })
  }
  if (M === 1 && scale === 1) return multiplied(writer, a, b, flags, bias)
  if (!mayBeCut([M, N, K])) return plain()
  if (typeof M === 'number' && typeof N === 'number') return N > M ? turned() : plain()
  return writer.choose(N, M, turned, plain)
}

/** Whether threads that share columns might cut the sum differently. */
function mayBeCut([M, N, K]: readonly [Dim, Dim, Dim]): boolean {
  if (isAtMost(K, UNCUT) || isAtMost(N, COLUMNS_OF_A_BLOCK)) return false
  // As many rows as columns, whatever the extents are; or as terms, so that with more columns there are too few terms to cut.
  return M !== N && !(M === K && isAtMost(N, UNCUT))
}

/** Whether a thread may get one row of many. Rows that are columns in memory go another way. */
function mayLeaveRow(transposeA: boolean, [M, N, K]: readonly [Dim, Dim, Dim]): boolean {
  const isMany = (dim: Dim) => typeof dim === 'number' && dim >= ROWS_OF_ALL
  return !transposeA && !isMany(M) && !isMany(N) && !isAtMost(K, TERMS_OF_A_ROW - 1)
}

function isAtMost(dim: Dim, most: number): boolean {
  return typeof dim === 'number' && dim <= most
}

function mayBe(dim: Dim, value: number): boolean {
  return typeof dim !== 'number' || dim === value
}

function multiplied(
  writer: OnnxGraphWriter,
  a: ValueName,
  b: ValueName,
  flags: Flags,
  bias?: ValueName,
  halved?: Halved,
): ValueName {
  const { transposeA, transposeB, scale } = flags
  if (halved !== undefined && scale === 1) {
    const half = (x: ValueName, name: Halved) => (name === halved ? writer.node('Mul', [x, writer.scalar(0.5)]) : x)
    return multiplied(writer, half(a, 'a'), half(b, 'b'), { ...flags, scale: 2 }, bias)
  }
  const attributes = { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: scale } }
  if (bias !== undefined) return writer.node('Gemm', [a, b, bias], attributes)
  if (!transposeA && !transposeB && scale === 1) return writer.node('MatMul', [a, b])
  return writer.node('FusedMatMul', [a, b], attributes, 'com.microsoft')
}

/**
 * The gradient of a weight, aᵀ b with as many rows as the batch: onnxruntime shares such a product between threads by its few
 * columns, and each thread packs all of a. Cut into parts along the rows it takes a tenth to two fifths less.
 */
function isTallGradient({ inputs, attributes }: Sym<'matmul'>): boolean {
  const isNarrow = (x: Sym) => x.shape.length === 2 && typeof x.shape[1] === 'number' && x.shape[1] <= 512
  const isTall = typeof inputs[0].shape[0] === 'string'
  return attributes.transposeA && !attributes.transposeB && isTall && inputs.every(isNarrow)
}
