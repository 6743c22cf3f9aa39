import type { SparseMatrix } from '../core/index.ts'
import { addDims, canonicalDim, type Dim, missingDim, productOfDims } from './dims.ts'
import { constant, type DType, makeNode, refuse, Sym, scalarConstant } from './sym.ts'

/** A node, or a number that stands for a scalar constant. */
export type Operand = Sym | number

/** The operand as a node; a number becomes a scalar of the given dtype. */
export function asSym(x: Operand, dtype: DType = 'float32'): Sym {
  return x instanceof Sym ? x : scalarConstant(x, dtype)
}

function axisOf(primitive: string, x: Sym, axis: number): number {
  const rank = x.shape.length
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    refuse(primitive, [x], `there is no axis ${axis} in rank ${rank}`)
  return axis < 0 ? axis + rank : axis
}

// Elementwise, with NumPy broadcasting.

export function add(a: Operand, b: Operand): Sym {
  return makeNode('add', [asSym(a), asSym(b)], {})
}

export function subtract(a: Operand, b: Operand): Sym {
  return makeNode('subtract', [asSym(a), asSym(b)], {})
}

export function multiply(a: Operand, b: Operand): Sym {
  return makeNode('multiply', [asSym(a), asSym(b)], {})
}

export function divide(a: Operand, b: Operand): Sym {
  return makeNode('divide', [asSym(a), asSym(b)], {})
}

/** The larger of two; where they are equal the gradient goes to `b`. */
export function maximum(a: Operand, b: Operand): Sym {
  return makeNode('maximum', [asSym(a), asSym(b)], {})
}

/** The smaller of two; where they are equal the gradient goes to `b`. */
export function minimum(a: Operand, b: Operand): Sym {
  return negate(maximum(negate(a), negate(b)))
}

/** 1 where a > b, else 0, as float32. Both operands have one dtype. No derivative. */
export function greater(a: Operand, b: Operand): Sym {
  return makeNode('greater', sameDType(a, b), {})
}

/** 1 where a = b, else 0, as float32. Both operands have one dtype. No derivative. */
export function equal(a: Operand, b: Operand): Sym {
  return makeNode('equal', sameDType(a, b), {})
}

/** `a` where the mask (any dtype) is not 0, else `b`. What is not chosen may be infinite or NaN; its gradient is 0. */
export function where(mask: Operand, a: Operand, b: Operand): Sym {
  return makeNode('where', [asSym(mask), asSym(a), asSym(b)], {})
}

export function negate(x: Operand): Sym {
  return makeNode('negate', [asSym(x)], {})
}

export function exp(x: Operand): Sym {
  return makeNode('exp', [asSym(x)], {})
}

/** The natural logarithm. */
export function log(x: Operand): Sym {
  return makeNode('log', [asSym(x)], {})
}

export function sqrt(x: Operand): Sym {
  return makeNode('sqrt', [asSym(x)], {})
}

export function tanh(x: Operand): Sym {
  return makeNode('tanh', [asSym(x)], {})
}

export function sigmoid(x: Operand): Sym {
  return makeNode('sigmoid', [asSym(x)], {})
}

/** max(x, 0), with derivative 0 at 0. */
export function relu(x: Operand): Sym {
  return makeNode('relu', [asSym(x)], {})
}

/** The error function. */
export function erf(x: Operand): Sym {
  return makeNode('erf', [asSym(x)], {})
}

/** x Φ(x) with the exact normal distribution function, not its tanh approximation. */
export function gelu(x: Operand): Sym {
  // In terms of u = x/√2 both scales stand at the rim, where the products before and after take them up.
  const u = multiply(asSym(x), Math.SQRT1_2)
  return multiply(multiply(u, add(erf(u), 1)), Math.SQRT1_2)
}

export function square(x: Operand): Sym {
  const node = asSym(x)
  return multiply(node, node)
}

/** |x|, with derivative 0 at 0. */
export function abs(x: Operand): Sym {
  return add(relu(x), relu(negate(x)))
}

export function reciprocal(x: Operand): Sym {
  return divide(1, x)
}

/** log(1 + eˣ) without overflow. −log σ(x) is softplus(−x). */
export function softplus(x: Operand): Sym {
  return makeNode('softplus', [asSym(x)], {})
}

/** The same values in another dtype; to integers they are truncated. Derivative zero. */
export function cast(x: Sym, dtype: DType): Sym {
  return x.dtype === dtype ? x : makeNode('cast', [x], { dtype })
}

function sameDType(a: Operand, b: Operand): [Sym, Sym] {
  const dtype = a instanceof Sym ? a.dtype : b instanceof Sym ? b.dtype : 'float32'
  return [asSym(a, dtype), asSym(b, dtype)]
}

// Products.

export interface MatmulOptions {
  /** Reads `a` as [..., k, m]. */
  readonly transposeA?: boolean
  /** Reads `b` as [..., n, k]. */
  readonly transposeB?: boolean
  /** Multiplies the product; attention's 1/√d costs nothing here. */
  readonly scale?: number
}

/** [..., m, k] × [..., k, n] → [..., m, n]. Batch axes broadcast; `b` may have rank 2 under any `a`. */
export function matmul(a: Sym, b: Sym, options: MatmulOptions = {}): Sym {
  const attributes = {
    transposeA: options.transposeA ?? false,
    transposeB: options.transposeB ?? false,
    scale: options.scale ?? 1,
  }
  const isTall = a.shape.length > 2 && b.shape.length === 2 && !attributes.transposeA
  const fits = a.shape.at(-1) === b.shape[attributes.transposeB ? 1 : 0]
  if (!isTall || !fits) return makeNode('matmul', [a, b], attributes)
  // One tall product instead of a batch of small ones; its derivative by `b` is then one product as well.
  const [rows, width] = [a.shape.slice(0, -1), a.shape.at(-1)!]
  const product = makeNode('matmul', [reshape(a, [productOfDims(rows), width]), b], attributes)
  return reshape(product, [...rows, product.shape[1]])
}

/** x [..., in] times weight [in, out] plus bias [out] → [..., out]. */
export function linear(x: Sym, weight: Sym, bias?: Sym): Sym {
  if (weight.shape.length !== 2 || x.shape.length < 1 || x.shape.at(-1) !== weight.shape[0])
    refuse('linear', [x, weight], 'x must be [..., in] and the weight [in, out]')
  const affine = affineNormalization(x)
  if (affine !== undefined) {
    // (n ∘ gain + shift) W + b = n (gain ∘ W) + (shift W + b): gain and shift meet the small weight instead of every row, and
    // their gradients come from the weight's.
    const { normalized, gain, shift } = affine
    const [inputs, outputs] = weight.shape as [Dim, Dim]
    absorbed.add(x)
    const shifted = reshape(matmul(reshape(shift, [1, inputs]), weight), [outputs])
    return linear(
      normalized,
      multiply(reshape(gain, [inputs, 1]), weight),
      bias === undefined ? shifted : add(shifted, bias),
    )
  }
  const rows = x.shape.slice(0, -1)
  // Rank 2 throughout, so that product and bias are one Gemm and the bias gradient is a sum over one axis.
  const flat = x.shape.length === 2 ? x : reshape(x, [productOfDims(rows), x.shape.at(-1)!])
  const product = makeNode('matmul', [flat, weight], { transposeA: false, transposeB: false, scale: 1 })
  const result = bias === undefined ? product : add(product, bias)
  return x.shape.length === 2 ? result : reshape(result, [...rows, weight.shape[1]])
}

/** Nodes that `linear` was given but does not read. A gradient by one of them would lack linear's part; vjp refuses it. */
const absorbed = new WeakSet<Sym>()

export function isAbsorbed(node: Sym): boolean {
  return absorbed.has(node)
}

/** The parts of normalize(y) · gain + shift with vectors gain and shift, which is what a layer normalization is. */
function affineNormalization(x: Sym): { normalized: Sym; gain: Sym; shift: Sym } | undefined {
  if (x.primitive !== 'add') return undefined
  const [scaled, shift] = x.inputs as [Sym, Sym]
  if (scaled.primitive !== 'multiply') return undefined
  const [normalized, gain] = scaled.inputs as [Sym, Sym]
  const isVector = [gain, shift].every(({ shape }) => shape.length === 1 && shape[0] === x.shape.at(-1))
  return normalized.primitive === 'normalize' && isVector ? { normalized, gain, shift } : undefined
}

// Reductions. Negative axes count from the end; no axes means all.

export interface ReduceOptions {
  /** Leaves the reduced axes with extent 1. */
  readonly keepDims?: boolean
}

export function sum(x: Sym, axes?: number | readonly number[], options: ReduceOptions = {}): Sym {
  const sorted = reducedAxes('sum', x, axes)
  return makeNode('sum', [x], { axes: sorted, keepDims: options.keepDims ?? false })
}

export function mean(x: Sym, axes?: number | readonly number[], options: ReduceOptions = {}): Sym {
  const counted = productOfDims(reducedAxes('mean', x, axes).map((axis) => x.shape[axis]))
  return divide(sum(x, axes, options), extent(counted))
}

/** The largest along one axis. Where several are largest they share the gradient equally. */
export function max(x: Sym, axis: number, options: ReduceOptions = {}): Sym {
  return makeNode('max', [x], { axis: axisOf('max', x, axis), keepDims: options.keepDims ?? false })
}

/** The value of an extent as a float32 scalar: a constant, or known when a run binds the symbols. */
export function extent(dim: Dim): Sym {
  const canonical = canonicalDim(dim)
  return typeof canonical === 'number' ? constant(canonical) : makeNode('extent', [], { dim: canonical })
}

function reducedAxes(name: string, x: Sym, axes: number | readonly number[] | undefined): number[] {
  if (axes === undefined) return x.shape.map((_, i) => i)
  return (typeof axes === 'number' ? [axes] : axes).map((axis) => axisOf(name, x, axis)).sort((i, j) => i - j)
}

// Over the last axis.

export function softmax(x: Sym): Sym {
  return makeNode('softmax', [x], {})
}

export function logSoftmax(x: Sym): Sym {
  return makeNode('logSoftmax', [x], {})
}

/** log Σ exp over the last axis, which it drops. */
export function logSumExp(x: Sym): Sym {
  return makeNode('logSumExp', [x], {})
}

/** (x − mean) / √(variance + epsilon) over the last axis, without scale and shift. */
export function normalize(x: Sym, epsilon: number): Sym {
  return makeNode('normalize', [x], { epsilon })
}

/** 1 / √(variance + epsilon) over the last axis → [..., 1]. */
export function inverseDeviation(x: Sym, epsilon: number): Sym {
  return makeNode('inverseDeviation', [x], { epsilon })
}

// Shapes. Extents may be symbolic; elements keep their row-major order in a reshape.

/** One extent may be −1: it takes what is left. Symbolic extents must be provably as many elements: [B, T] is 'B*T', not 'N'. */
export function reshape(x: Sym, shape: readonly Dim[]): Sym {
  const target = shape.map(canonicalDim)
  const open = target.indexOf(-1)
  if (open >= 0) {
    const left = missingDim(x.shape, target.toSpliced(open, 1))
    target[open] = left ?? refuse('reshape', [x], `the extent −1 in [${shape.join(', ')}] cannot be worked out`)
  }
  return makeNode('reshape', [x], { shape: target })
}

/** Axis i of the result is axis permutation[i] of x. */
export function transpose(x: Sym, permutation: readonly number[]): Sym {
  return makeNode('transpose', [x], { permutation: permutation.map((axis) => axisOf('transpose', x, axis)) })
}

/** Repeats axes of extent 1 (and adds axes in front) up to `shape`. Rarely needed: elementwise functions broadcast by themselves. */
export function expand(x: Sym, shape: readonly Dim[]): Sym {
  return makeNode('expand', [x], { shape: shape.map(canonicalDim) })
}

/** Positions start … end − 1 of one axis. Negative numbers count from the end; symbolic positions ('T', 'T-1') do not. */
export function slice(x: Sym, axis: number, start: Dim, end: Dim): Sym {
  const at = axisOf('slice', x, axis)
  const position = (dim: Dim) => {
    const canonical = canonicalDim(dim)
    return typeof canonical === 'number' && canonical < 0 ? addDims(x.shape[at], canonical) : canonical
  }
  return makeNode('slice', [x], { axis: at, start: position(start), end: position(end) })
}

/** Joins parts that agree in all axes but one. */
export function concat(xs: readonly Sym[], axis: number): Sym {
  const first = xs[0] ?? refuse('concat', xs, 'there is nothing to concatenate')
  return makeNode('concat', xs, { axis: axisOf('concat', first, axis) })
}

/** Zeros before and after along one axis. */
export function pad(x: Sym, axis: number, before: Dim, after: Dim): Sym {
  return makeNode('pad', [x], {
    axis: axisOf('pad', x, axis),
    before: canonicalDim(before),
    after: canonicalDim(after),
  })
}

// Rows.

/** Rows of axis 0 of `table` [V, ...] by int32 ids of any shape → [...ids, ...]. Derivative: scatterAdd. */
export function gather(table: Sym, ids: Sym): Sym {
  return makeNode('gather', [table, ids], {})
}

/** Adds values [...ids, ...] into `rows` rows of zeros by int32 ids → [rows, ...]. */
export function scatterAdd(values: Sym, ids: Sym, rows: Dim): Sym {
  return makeNode('scatterAdd', [values, ids], { rows: canonicalDim(rows) })
}

/**
 * out[i] = x[index[i]], or a row of zeros where index[i] = −1. x [N, d], index int32 [M], inverse int32 [N] → [M, d].
 * The caller guarantees that index and inverse describe one one-to-one map (inverse[index[i]] = i, −1 elsewhere): the
 * derivative takes rows by the inverse instead of scattering, and is wrong for any other pair.
 */
export function takeRows(x: Sym, index: Sym, inverse: Sym): Sym {
  return makeNode('takeRows', [x, index, inverse], {})
}

/**
 * A constant sparse matrix [R, C] times x [C, d] → [R, d], or its transpose times x [R, d] → [C, d]. No derivative by the matrix, whose
 * arrays must not change afterwards. d is a number.
 * Throws `bad-shape` for a matrix whose offsets or columns are none.
 */
export function sparseProduct(matrix: SparseMatrix, x: Sym, options: { readonly transposed?: boolean } = {}): Sym {
  return makeNode('sparseProduct', [x], { matrix, transposed: options.transposed ?? false })
}

/** The same values; no derivative passes. */
export function stopGradient(x: Sym): Sym {
  return makeNode('stopGradient', [x], {})
}
