import { addDims, type Dim, evaluateDim, formatShape, productOfDims, subtractDims } from './dims.ts'
import { malformed } from './sparse.ts'
import type { DType, PrimitiveAttributes, PrimitiveName, Sym } from './sym.ts'

/** Why a shape rule refuses its inputs; `makeNode` turns it into a `bad-shape` error with the line and the shapes. */
export class ShapeMismatch extends Error {}

interface Typed {
  readonly shape: readonly Dim[]
  readonly dtype: DType
}

type ShapeRule<P extends PrimitiveName> = (
  inputs: readonly Sym[],
  attributes: PrimitiveAttributes[P],
) => Typed | readonly Dim[]

/** The shape and dtype of a primitive's result. Throws `ShapeMismatch` where the inputs do not fit. */
export function shapeOf<P extends PrimitiveName>(
  primitive: P,
  inputs: readonly Sym[],
  attributes: PrimitiveAttributes[P],
): Typed {
  const result = shapeRules[primitive](inputs, attributes)
  return 'dtype' in result ? result : { shape: result, dtype: 'float32' }
}

function mismatch(reason: string): never {
  throw new ShapeMismatch(reason)
}

function requireFloat(inputs: readonly Sym[]): void {
  for (const x of inputs)
    if (x.dtype !== 'float32') mismatch(`the operands must be float32, not ${x.dtype}; cast them first`)
}

function requireInt(x: Sym, what: string): void {
  if (x.dtype !== 'int32') mismatch(`${what} must be int32, not ${x.dtype}`)
}

/** NumPy's rule on extents: equal, or one of them 1. A symbol is never taken for 1. */
export function broadcastShapes(shapes: readonly (readonly Dim[])[]): Dim[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length))
  return Array.from({ length: rank }, (_, i) => {
    let extent: Dim = 1
    for (const shape of shapes) {
      const dim = shape[i - rank + shape.length] ?? 1
      if (dim === 1 || dim === extent) continue
      if (extent !== 1) mismatch(`the extents ${extent} and ${dim} of axis ${i - rank} do not broadcast`)
      extent = dim
    }
    return extent
  })
}

const elementwise = (inputs: readonly Sym[]): readonly Dim[] => {
  requireFloat(inputs)
  return broadcastShapes(inputs.map((x) => x.shape))
}

const comparison = (inputs: readonly Sym[]): readonly Dim[] => {
  const [a, b] = inputs as [Sym, Sym]
  if (a.dtype !== b.dtype) mismatch(`the operands must have one dtype, not ${a.dtype} and ${b.dtype}`)
  return broadcastShapes([a.shape, b.shape])
}

const overLastAxis = (keep: 'same' | 'drop' | 'one') => (inputs: readonly Sym[]) => {
  requireFloat(inputs)
  const shape = inputs[0].shape
  if (shape.length === 0) mismatch('a scalar has no last axis')
  if (keep === 'same') return shape
  return keep === 'drop' ? shape.slice(0, -1) : [...shape.slice(0, -1), 1]
}

const asInput = (shape: readonly Dim[], x: Sym): Typed => ({ shape, dtype: x.dtype })

function checkAxis(axis: number, x: Sym): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length)
    mismatch(`there is no axis ${axis} in rank ${x.shape.length}`)
}

/** Whether an extent is provably negative; a symbolic one is checked when a run binds it. */
function isNegative(dim: Dim): boolean {
  return typeof dim === 'number' && evaluateDim(dim, new Map()) < 0
}

export const shapeRules: { readonly [P in PrimitiveName]: ShapeRule<P> } = {
  input: () => mismatch('inputs are made by input()'),
  constant: () => mismatch('constants are made by constant()'),
  extent: () => [],
  add: elementwise,
  subtract: elementwise,
  multiply: elementwise,
  divide: elementwise,
  maximum: elementwise,
  greater: comparison,
  equal: comparison,
  where: ([mask, a, b]) => {
    requireFloat([a, b])
    return broadcastShapes([mask.shape, a.shape, b.shape])
  },
  negate: elementwise,
  exp: elementwise,
  log: elementwise,
  sqrt: elementwise,
  tanh: elementwise,
  sigmoid: elementwise,
  relu: elementwise,
  erf: elementwise,
  softplus: elementwise,
  cast: ([x], { dtype }) => ({ shape: x.shape, dtype }),
  matmul: (inputs, { transposeA, transposeB }) => {
    requireFloat(inputs)
    const [a, b] = inputs.map((x) => x.shape) as [readonly Dim[], readonly Dim[]]
    if (a.length < 2 || b.length < 2) mismatch('both operands need rank 2 or more')
    const [m, inner] = transposeA ? [a.at(-1)!, a.at(-2)!] : [a.at(-2)!, a.at(-1)!]
    const [otherInner, n] = transposeB ? [b.at(-1)!, b.at(-2)!] : [b.at(-2)!, b.at(-1)!]
    if (inner !== otherInner) mismatch(`the inner extents ${inner} and ${otherInner} differ`)
    return [...broadcastShapes([a.slice(0, -2), b.slice(0, -2)]), m, n]
  },
  sum: (inputs, { axes, keepDims }) => {
    requireFloat(inputs)
    const x = inputs[0]
    for (const axis of axes) checkAxis(axis, x)
    if (new Set(axes).size !== axes.length) mismatch(`an axis stands twice in [${axes.join(', ')}]`)
    return x.shape.flatMap((dim, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [dim]))
  },
  max: (inputs, { axis, keepDims }) => {
    requireFloat(inputs)
    checkAxis(axis, inputs[0])
    return inputs[0].shape.flatMap((dim, i) => (i === axis ? (keepDims ? [1] : []) : [dim]))
  },
  softmax: overLastAxis('same'),
  logSoftmax: overLastAxis('same'),
  logSumExp: overLastAxis('drop'),
  normalize: overLastAxis('same'),
  inverseDeviation: overLastAxis('one'),
  reshape: ([x], { shape }) => {
    const [before, after] = [productOfDims(x.shape), productOfDims(shape)]
    if (before !== after || shape.some(isNegative))
      mismatch(`${before} elements do not fill ${formatShape(shape)}, which has ${after}`)
    return asInput(shape, x)
  },
  transpose: ([x], { permutation }) => {
    const rank = x.shape.length
    if (permutation.length !== rank || new Set(permutation).size !== rank || permutation.some((i) => !(i in x.shape)))
      mismatch(`[${permutation.join(', ')}] is no permutation of ${rank} axes`)
    return asInput(
      permutation.map((i) => x.shape[i]),
      x,
    )
  },
  expand: ([x], { shape }) => {
    const result = broadcastShapes([x.shape, shape])
    if (shape.length !== result.length || result.some((dim, i) => dim !== shape[i]))
      mismatch(`it cannot be expanded to ${formatShape(shape)}`)
    return asInput(shape, x)
  },
  slice: ([x], { axis, start, end }) => {
    checkAxis(axis, x)
    const extent = subtractDims(end, start)
    if ([start, extent, subtractDims(x.shape[axis], end)].some(isNegative))
      mismatch(`${start} to ${end} is no range of axis ${axis}, which has extent ${x.shape[axis]}`)
    return asInput(x.shape.with(axis, extent), x)
  },
  concat: (inputs, { axis }) => {
    const first = inputs[0] ?? mismatch('there is nothing to concatenate')
    checkAxis(axis, first)
    for (const x of inputs) {
      if (x.dtype !== first.dtype) mismatch(`the parts must have one dtype, not ${first.dtype} and ${x.dtype}`)
      if (x.shape.length !== first.shape.length || x.shape.some((dim, i) => i !== axis && dim !== first.shape[i]))
        mismatch(`the parts must agree in all axes but axis ${axis}`)
    }
    return asInput(first.shape.with(axis, inputs.map((x) => x.shape[axis]).reduce(addDims)), first)
  },
  pad: ([x], { axis, before, after }) => {
    checkAxis(axis, x)
    if (isNegative(before) || isNegative(after)) mismatch(`it cannot be padded by ${before} and ${after}`)
    return asInput(x.shape.with(axis, addDims(addDims(x.shape[axis], before), after)), x)
  },
  gather: ([table, ids]) => {
    requireInt(ids, 'the ids')
    if (table.shape.length === 0) mismatch('a scalar has no rows')
    return asInput([...ids.shape, ...table.shape.slice(1)], table)
  },
  scatterAdd: ([values, ids], { rows }) => {
    requireFloat([values])
    requireInt(ids, 'the ids')
    const rank = ids.shape.length
    if (ids.shape.some((dim, i) => dim !== values.shape[i]))
      mismatch("the values' leading axes must be those of the ids")
    return [rows, ...values.shape.slice(rank)]
  },
  takeRows: ([x, index, inverse]) => {
    requireInt(index, 'the index')
    requireInt(inverse, 'the inverse')
    if (x.shape.length !== 2 || index.shape.length !== 1 || inverse.shape.length !== 1)
      mismatch('rows of rank 2 and two indices of rank 1 are needed')
    if (inverse.shape[0] !== x.shape[0]) mismatch('the inverse must have one entry for each row')
    return asInput([index.shape[0], x.shape[1]], x)
  },
  sparseProduct: (inputs, { matrix, transposed }) => {
    requireFloat(inputs)
    const reason = malformed(matrix)
    if (reason !== undefined) mismatch(reason)
    const [x] = inputs
    const [rows, columns] = transposed ? matrix.shape.toReversed() : matrix.shape
    if (x.shape.length !== 2) mismatch('a sparse matrix multiplies a matrix')
    if (x.shape[0] !== columns) mismatch(`the matrix has ${columns} columns, and x ${x.shape[0]} rows`)
    if (typeof x.shape[1] !== 'number') mismatch(`the width of x must be a number, not ${x.shape[1]}`)
    return [rows, x.shape[1]]
  },
  stopGradient: ([x]) => asInput(x.shape, x),
}

/** Every primitive, for tests and executors that must cover the whole table. */
export const primitiveNames = Object.keys(shapeRules) as readonly PrimitiveName[]
