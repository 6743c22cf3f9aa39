import { addDims, type Dim, subtractDims } from './dims.ts'
import {
  divide,
  equal,
  exp,
  expand,
  extent,
  gather,
  greater,
  inverseDeviation,
  matmul,
  mean,
  multiply,
  negate,
  normalize,
  pad,
  reshape,
  scatterAdd,
  sigmoid,
  slice,
  softmax,
  sparseProduct,
  subtract,
  sum,
  takeRows,
  transpose,
  where,
} from './ops.ts'
import type { PrimitiveName, Sym } from './sym.ts'

/**
 * For each input of node `y`, how to build the product of the gradient by `y` (of y's shape) and the derivative of y by that
 * input (of the input's shape), or null where nothing flows. They are functions so that nothing is built for an input
 * whose gradient nobody wants. Each is linear in the gradient, which jvp relies on.
 */
type Derivative<P extends PrimitiveName> = (y: Sym<P>, gradient: Sym) => readonly ((() => Sym) | null)[]

/** Sums a gradient over the axes along which an operand of `shape` was broadcast. */
function reduceTo(gradient: Sym, operand: Sym): Sym {
  const shape = operand.shape
  const added = gradient.shape.length - shape.length
  const axes = gradient.shape.flatMap((dim, i) => (i < added || (shape[i - added] === 1 && dim !== 1) ? [i] : []))
  if (axes.length === 0) return gradient
  const reduced = sum(gradient, axes, { keepDims: true })
  return added === 0 ? reduced : reshape(reduced, shape)
}

/** Gives a reduced axis back with extent 1. */
function keepDims(reduced: Sym, x: Sym, axes: readonly number[]): Sym {
  return reshape(
    reduced,
    x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim)),
  )
}

const rowSum = (x: Sym): Sym => sum(x, -1, { keepDims: true })
const none = () => []

export const derivatives: { readonly [P in PrimitiveName]: Derivative<P> } = {
  input: none,
  constant: none,
  extent: none,
  add: (y, g) => y.inputs.map((x) => () => reduceTo(g, x)),
  subtract: (y, g) => [() => reduceTo(g, y.inputs[0]), () => negate(reduceTo(g, y.inputs[1]))],
  multiply: (y, g) => {
    const [a, b] = y.inputs as [Sym, Sym]
    return [() => reduceTo(multiply(g, b), a), () => reduceTo(multiply(g, a), b)]
  },
  divide: (y, g) => {
    const [a, b] = y.inputs as [Sym, Sym]
    return [() => reduceTo(divide(g, b), a), () => negate(reduceTo(multiply(divide(g, b), y), b))]
  },
  maximum: (y, g) => {
    const [a, b] = y.inputs as [Sym, Sym]
    const first = () => multiply(g, greater(a, b))
    return [() => reduceTo(first(), a), () => reduceTo(subtract(g, first()), b)]
  },
  greater: () => [null, null],
  equal: () => [null, null],
  where: (y, g) => {
    const [mask, a, b] = y.inputs as [Sym, Sym, Sym]
    return [null, () => reduceTo(where(mask, g, 0), a), () => reduceTo(where(mask, 0, g), b)]
  },
  negate: (_, g) => [() => negate(g)],
  exp: (y, g) => [() => multiply(g, y)],
  log: (y, g) => [() => divide(g, y.inputs[0])],
  sqrt: (y, g) => [() => divide(multiply(g, 0.5), y)],
  tanh: (y, g) => [() => multiply(g, subtract(1, multiply(y, y)))],
  sigmoid: (y, g) => [() => multiply(g, multiply(y, subtract(1, y)))],
  relu: (y, g) => [() => multiply(g, greater(y, 0))],
  erf: (y, g) => {
    const x = y.inputs[0]
    // 2/√π e^(−x²), with the factor in the exponent.
    return [() => multiply(g, exp(subtract(Math.log(2 / Math.sqrt(Math.PI)), multiply(x, x))))]
  },
  softplus: (y, g) => [() => multiply(g, sigmoid(y.inputs[0]))],
  cast: () => [null],
  matmul: (y, g) => {
    const [a, b] = y.inputs as [Sym, Sym]
    const { transposeA, transposeB, scale } = y.attributes
    return [
      () =>
        reduceTo(
          transposeA
            ? matmul(b, g, { transposeA: transposeB, transposeB: true, scale })
            : matmul(g, b, { transposeB: !transposeB, scale }),
          a,
        ),
      () =>
        reduceTo(
          transposeB
            ? matmul(g, a, { transposeA: true, transposeB: transposeA, scale })
            : matmul(a, g, { transposeA: !transposeA, scale }),
          b,
        ),
    ]
  },
  sum: (y, g) => {
    const x = y.inputs[0]
    const { axes } = y.attributes
    return [() => expand(keepDims(g, x, axes), x.shape)]
  },
  max: (y, g) => {
    const x = y.inputs[0]
    const { axis } = y.attributes
    return [
      () => {
        const isLargest = equal(x, keepDims(y, x, [axis]))
        return multiply(isLargest, divide(keepDims(g, x, [axis]), sum(isLargest, axis, { keepDims: true })))
      },
    ]
  },
  softmax: (y, g) => [
    () => {
      // Not y (g − Σ g y): in this form the factor of a dropout mask between softmax and product is absorbed by what it made.
      const weighted = multiply(g, y)
      return subtract(weighted, multiply(y, rowSum(weighted)))
    },
  ],
  logSoftmax: (y, g) => [() => subtract(g, multiply(exp(y), rowSum(g)))],
  logSumExp: (y, g) => {
    const x = y.inputs[0]
    return [() => multiply(keepDims(g, x, [x.shape.length - 1]), softmax(x))]
  },
  normalize: (y, g) => {
    const scale = () => inverseDeviation(y.inputs[0], y.attributes.epsilon)
    const rowMean = (x: Sym) => mean(x, -1, { keepDims: true })
    return [() => multiply(scale(), subtract(subtract(g, rowMean(g)), multiply(y, rowMean(multiply(g, y)))))]
  },
  inverseDeviation: (y, g) => {
    const x = y.inputs[0]
    // dy/dx_i = −y³ (x_i − mean) / n, and (x_i − mean) y is the normalized x_i.
    return [
      () =>
        negate(
          multiply(divide(multiply(g, multiply(y, y)), extent(x.shape.at(-1)!)), normalize(x, y.attributes.epsilon)),
        ),
    ]
  },
  reshape: (y, g) => [() => reshape(g, y.inputs[0].shape)],
  transpose: (y, g) => {
    const { permutation } = y.attributes
    return [
      () =>
        transpose(
          g,
          permutation.map((_, i) => permutation.indexOf(i)),
        ),
    ]
  },
  expand: (y, g) => [() => reduceTo(g, y.inputs[0])],
  slice: (y, g) => {
    const { axis, start, end } = y.attributes
    return [() => pad(g, axis, start, subtractDims(y.inputs[0].shape[axis], end))]
  },
  concat: (y, g) => {
    const { axis } = y.attributes
    let start: Dim = 0
    return y.inputs.map((x) => {
      const from = start
      start = addDims(start, x.shape[axis])
      const to = start
      return () => slice(g, axis, from, to)
    })
  },
  pad: (y, g) => {
    const { axis, before } = y.attributes
    return [() => slice(g, axis, before, addDims(before, y.inputs[0].shape[axis]))]
  },
  gather: (y, g) => {
    const [table, ids] = y.inputs as [Sym, Sym]
    return [() => scatterAdd(g, ids, table.shape[0]), null]
  },
  scatterAdd: (y, g) => [() => gather(g, y.inputs[1]), null],
  takeRows: (y, g) => {
    const [, index, inverse] = y.inputs as [Sym, Sym, Sym]
    return [() => takeRows(g, inverse, index), null, null]
  },
  sparseProduct: (y, g) => {
    const { matrix, transposed } = y.attributes
    return [() => sparseProduct(matrix, g, { transposed: !transposed })]
  },
  stopGradient: () => [null],
}
