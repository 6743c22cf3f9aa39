import type { Dense, Kernel, Numbers } from './kernels.ts'
import { aroundAxis, broadcastStrides, forEachRow } from './walk.ts'

/** Sums are kept in double precision whatever the operands are stored in. */
const matmul: Kernel<'matmul'> = (node, [a, b], out) => {
  const { transposeA, transposeB, scale } = node.attributes
  const [m, n] = out.shape.slice(-2) as [number, number]
  const inner = a.shape.at(transposeA ? -2 : -1)!
  const [aRow, aColumn] = transposeA ? [1, m] : [inner, 1]
  const [left, right, result] = [a.data, b.data, out.data]
  const batch = out.shape.slice(0, -2)
  const strides = [a, b].map((x) => {
    const size = x.shape.at(-1)! * x.shape.at(-2)!
    return broadcastStrides(x.shape.slice(0, -2), batch).map((stride) => stride * size)
  })
  const row = new Float64Array(n)
  let to = 0
  forEachRow(
    [...batch, 1],
    strides.map((s) => [...s, 0]),
    ([aStart, bStart]) => {
      for (let i = 0; i < m; i++) {
        const aFrom = aStart + i * aRow
        if (transposeB) dotRows(row, left, aFrom, aColumn, right, bStart, inner)
        else addRows(row, left, aFrom, aColumn, right, bStart, inner)
        for (let j = 0; j < n; j++) result[to++] = scale * row[j]
      }
    },
  )
  return out
}

/** row[j] = Σ_p a[p] b[p, j]. */
function addRows(
  row: Float64Array,
  a: Numbers,
  aFrom: number,
  aStep: number,
  b: Numbers,
  bFrom: number,
  inner: number,
) {
  row.fill(0)
  const n = row.length
  for (let p = 0; p < inner; p++) {
    const factor = a[aFrom + p * aStep]
    const from = bFrom + p * n
    for (let j = 0; j < n; j++) row[j] += factor * b[from + j]
  }
}

/** row[j] = Σ_p a[p] b[j, p]. */
function dotRows(
  row: Float64Array,
  a: Numbers,
  aFrom: number,
  aStep: number,
  b: Numbers,
  bFrom: number,
  inner: number,
) {
  for (let j = 0; j < row.length; j++) {
    const from = bFrom + j * inner
    let total = 0
    for (let p = 0; p < inner; p++) total += a[aFrom + p * aStep] * b[from + p]
    row[j] = total
  }
}

const sum: Kernel<'sum'> = (node, [x], out) => {
  const kept = x.shape.map((n, i) => (node.attributes.axes.includes(i) ? 1 : n))
  const totals = new Float64Array(out.data.length)
  const strides = broadcastStrides(kept, x.shape)
  const step = strides.at(-1) ?? 0
  const width = x.shape.at(-1) ?? 1
  let from = 0
  forEachRow(x.shape, [strides], ([to]) => {
    for (let k = 0; k < width; k++) totals[to + k * step] += x.data[from++]
  })
  out.data.set(totals)
  return out
}

const max: Kernel<'max'> = (node, [x], out) => {
  const { outer, extent, inner } = aroundAxis(x.shape, node.attributes.axis)
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      let largest = Number.NEGATIVE_INFINITY
      for (let k = 0; k < extent; k++) largest = Math.max(largest, x.data[(o * extent + k) * inner + i])
      out.data[o * inner + i] = largest
    }
  return out
}

/** A kernel that maps each run along the last axis; `f` reads x[from … from + n) and writes the result for row number `row`. */
function byRow<N>(f: (x: Numbers, from: number, n: number, out: Numbers, row: number, node: N) => void) {
  return (node: N, [x]: readonly Dense[], out: Dense): Dense => {
    const n = x.shape.at(-1)!
    const rows = n === 0 ? 0 : x.data.length / n
    for (let row = 0; row < rows; row++) f(x.data, row * n, n, out.data, row, node)
    return out
  }
}

/** The largest entry and log Σ exp of the entries above it, so that exp never overflows. */
function logSum(x: Numbers, from: number, n: number): { largest: number; logTotal: number } {
  let largest = Number.NEGATIVE_INFINITY
  for (let k = 0; k < n; k++) largest = Math.max(largest, x[from + k])
  let total = 0
  for (let k = 0; k < n; k++) total += Math.exp(x[from + k] - largest)
  return { largest, logTotal: Math.log(total) }
}

function moments(x: Numbers, from: number, n: number, epsilon: number): { mean: number; inverseDeviation: number } {
  let total = 0
  for (let k = 0; k < n; k++) total += x[from + k]
  const mean = total / n
  let squares = 0
  for (let k = 0; k < n; k++) squares += (x[from + k] - mean) ** 2
  return { mean, inverseDeviation: 1 / Math.sqrt(squares / n + epsilon) }
}

type WithEpsilon = { readonly attributes: { readonly epsilon: number } }

export const reductionKernels = {
  matmul,
  sum,
  max,
  softmax: byRow((x, from, n, out) => {
    const { largest, logTotal } = logSum(x, from, n)
    const total = Math.exp(logTotal)
    for (let k = 0; k < n; k++) out[from + k] = Math.exp(x[from + k] - largest) / total
  }),
  logSoftmax: byRow((x, from, n, out) => {
    const { largest, logTotal } = logSum(x, from, n)
    for (let k = 0; k < n; k++) out[from + k] = x[from + k] - largest - logTotal
  }),
  logSumExp: byRow((x, from, n, out, row) => {
    const { largest, logTotal } = logSum(x, from, n)
    out[row] = largest + logTotal
  }),
  normalize: byRow<WithEpsilon>((x, from, n, out, _, node) => {
    const { mean, inverseDeviation } = moments(x, from, n, node.attributes.epsilon)
    for (let k = 0; k < n; k++) out[from + k] = (x[from + k] - mean) * inverseDeviation
  }),
  inverseDeviation: byRow<WithEpsilon>((x, from, n, out, row, node) => {
    out[row] = moments(x, from, n, node.attributes.epsilon).inverseDeviation
  }),
}
