import { dirname, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { elementCount, type SparseMatrix, type Tensor, TributaryError } from '../core/index.ts'
import { canonicalDim, type Dim, formatShape } from './dims.ts'
import { ShapeMismatch, shapeOf } from './shapes.ts'

export type DType = 'float32' | 'int32' | 'uint8'

type None = Readonly<Record<never, never>>

/** The closed list of primitives, each with its attributes. Axes are never negative here and extents are canonical. */
export interface PrimitiveAttributes {
  readonly input: { readonly name: string }
  /** A number is a scalar constant, kept in double precision until an executor stores it. */
  readonly constant: { readonly value: number | Tensor }
  /** The value of a symbolic extent as a scalar, known when a run binds it. */
  readonly extent: { readonly dim: Dim }
  readonly add: None
  readonly subtract: None
  readonly multiply: None
  readonly divide: None
  readonly maximum: None
  readonly greater: None
  readonly equal: None
  readonly where: None
  readonly negate: None
  readonly exp: None
  readonly log: None
  readonly sqrt: None
  readonly tanh: None
  readonly sigmoid: None
  readonly relu: None
  readonly erf: None
  readonly softplus: None
  readonly cast: { readonly dtype: DType }
  readonly matmul: { readonly transposeA: boolean; readonly transposeB: boolean; readonly scale: number }
  readonly sum: { readonly axes: readonly number[]; readonly keepDims: boolean }
  readonly max: { readonly axis: number; readonly keepDims: boolean }
  readonly softmax: None
  readonly logSoftmax: None
  readonly logSumExp: None
  readonly normalize: { readonly epsilon: number }
  readonly inverseDeviation: { readonly epsilon: number }
  readonly reshape: { readonly shape: readonly Dim[] }
  readonly transpose: { readonly permutation: readonly number[] }
  readonly expand: { readonly shape: readonly Dim[] }
  readonly slice: { readonly axis: number; readonly start: Dim; readonly end: Dim }
  readonly concat: { readonly axis: number }
  readonly pad: { readonly axis: number; readonly before: Dim; readonly after: Dim }
  readonly gather: None
  readonly scatterAdd: { readonly rows: Dim }
  readonly takeRows: None
  /** The matrix is part of the graph, as a constant is; `transposed` multiplies by its transpose. */
  readonly sparseProduct: { readonly matrix: SparseMatrix; readonly transposed: boolean }
  readonly stopGradient: None
}

export type PrimitiveName = keyof PrimitiveAttributes

/** Where a node was made: a captured stack that is parsed only when asked for, or the node whose derivative it serves. */
type Provenance = { readonly stack: string } | Sym

let count = 0

/** A node of the graph: what to compute, from what, and the shape of the result. Immutable; made by the functions of ops.ts. */
export class Sym<P extends PrimitiveName = PrimitiveName> {
  /** Unique in the process and larger than the ids of all inputs, so that sorting by id is a topological order. */
  readonly id: number
  readonly primitive: P
  readonly inputs: readonly Sym[]
  readonly attributes: PrimitiveAttributes[P]
  readonly shape: readonly Dim[]
  readonly dtype: DType
  readonly #provenance: Provenance

  constructor(
    primitive: P,
    inputs: readonly Sym[],
    attributes: PrimitiveAttributes[P],
    shape: readonly Dim[],
    dtype: DType,
    provenance: Provenance,
  ) {
    this.id = count++
    this.primitive = primitive
    this.inputs = inputs
    this.attributes = attributes
    this.shape = shape
    this.dtype = dtype
    this.#provenance = provenance
  }

  /** `file:line` of the code that made this node; for a node of a derivative, of the node that was differentiated. */
  get origin(): string {
    return originOf(this.#provenance)
  }
}

/** Narrows a node to one primitive, which types its attributes. */
export function is<P extends PrimitiveName>(node: Sym, primitive: P): node is Sym<P> {
  return node.primitive === primitive
}

/**
 * Makes a node of one primitive after checking its shapes. Throws `bad-shape` naming the primitive, the line and the shapes.
 * Models call the functions of ops.ts instead.
 */
export function makeNode<P extends PrimitiveName>(
  primitive: P,
  inputs: readonly Sym[],
  attributes: PrimitiveAttributes[P],
): Sym<P> {
  const provenance = currentProvenance()
  try {
    const { shape, dtype } = shapeOf(primitive, inputs, attributes)
    return new Sym(primitive, inputs, attributes, shape, dtype, provenance)
  } catch (error) {
    if (error instanceof ShapeMismatch) throw refusal(primitive, inputs, error.message, provenance)
    throw error
  }
}

/** The `bad-shape` error of one primitive, for checks that come before its shape rule. */
export function refuse(primitive: string, inputs: readonly Sym[], reason: string): never {
  throw refusal(primitive, inputs, reason, currentProvenance())
}

function refusal(primitive: string, inputs: readonly Sym[], reason: string, provenance: Provenance): TributaryError {
  const given = inputs.map((x) => `${x.dtype === 'float32' ? '' : `${x.dtype} `}${formatShape(x.shape)}`).join(' and ')
  return new TributaryError('bad-shape', `${primitive} of ${given} at ${originOf(provenance)}: ${reason}`)
}

/** A named array that each run is fed. Throws `bad-argument` for an extent that is none. */
export function input(name: string, shape: readonly Dim[], dtype: DType = 'float32'): Sym<'input'> {
  return new Sym('input', [], { name }, shape.map(canonicalDim), dtype, currentProvenance())
}

/**
 * A value that is part of the graph. A number without a shape is a scalar (shape []); with a shape it fills it. An array is a vector
 * unless a shape is given. A tensor keeps its dtype. Throws `bad-shape` where the shape does not hold the elements.
 */
export function constant(value: number | readonly number[] | Tensor, shape?: readonly number[]): Sym {
  if (typeof value === 'number') {
    const scalar = scalarConstant(value, 'float32')
    return shape === undefined || shape.length === 0 ? scalar : makeNode('expand', [scalar], { shape: [...shape] })
  }
  const tensor: Tensor =
    'data' in value
      ? { shape: [...(shape ?? value.shape)], data: value.data }
      : { shape: [...(shape ?? [value.length])], data: Float32Array.from(value) }
  if (elementCount(tensor.shape) !== tensor.data.length)
    refuse('constant', [], `shape ${formatShape(tensor.shape)} does not hold ${tensor.data.length} elements`)
  return new Sym('constant', [], { value: tensor }, tensor.shape, dtypeOf(tensor), currentProvenance())
}

/** A scalar of the given dtype. */
export function scalarConstant(value: number, dtype: DType): Sym<'constant'> {
  return new Sym('constant', [], { value }, [], dtype, currentProvenance())
}

export function dtypeOf(tensor: Tensor): DType {
  if (tensor.data instanceof Float32Array) return 'float32'
  return tensor.data instanceof Int32Array ? 'int32' : 'uint8'
}

let inherited: Sym | undefined

/** Runs `build` so that every node it makes reports the origin of `node`: derivatives and rewrites point to the model's line. */
export function withOriginOf<R>(node: Sym, build: () => R): R {
  const outer = inherited
  inherited = node
  try {
    return build()
  } finally {
    inherited = outer
  }
}

function currentProvenance(): Provenance {
  if (inherited !== undefined) return inherited
  const holder = {} as { stack: string }
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 24 // deep enough to leave tensor/ and nn/
  Error.captureStackTrace(holder, currentProvenance)
  Error.stackTraceLimit = limit
  return holder
}

const here = dirname(fileURLToPath(import.meta.url)) + sep
const layers = resolve(here, '../nn') + sep

/** The first frame outside tensor/ and nn/, followed by the nn/ frame it came through, if any. */
function originOf(provenance: Provenance): string {
  if (provenance instanceof Sym) return provenance.origin
  let through: string | undefined
  for (const line of provenance.stack.split('\n').slice(1)) {
    const match = /\(?((?:file:\/\/)?\/[^()]*|[A-Za-z]:[^()]*):(\d+):\d+\)?$/.exec(line.trim())
    if (match === null) continue
    const path = match[1].replace(/^at (?:async )?/, '')
    const file = path.startsWith('file:') ? fileURLToPath(path) : path
    const isTest = /\.test\.[cm]?[jt]s$/.test(file)
    if (file.startsWith(here) && !isTest) continue
    const fromHere = relative(process.cwd(), file)
    const place = `${fromHere.startsWith('..') ? file : fromHere}:${match[2]}`
    if (!file.startsWith(layers) || isTest) return through === undefined ? place : `${place} (through ${through})`
    through ??= place
  }
  return through ?? 'an unknown line'
}
