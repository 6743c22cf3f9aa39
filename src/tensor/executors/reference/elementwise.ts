import type { Dense, Kernel } from './kernels.ts'
import { broadcastStrides, forEachRow } from './walk.ts'

function unary(f: (x: number) => number) {
  return (_: unknown, [x]: readonly Dense[], out: Dense): Dense => {
    const from = x.data
    for (let i = 0; i < from.length; i++) out.data[i] = f(from[i])
    return out
  }
}

function binary(f: (a: number, b: number) => number) {
  return (_: unknown, [a, b]: readonly Dense[], out: Dense): Dense => {
    const [left, right, result] = [a.data, b.data, out.data]
    if (left.length === result.length && right.length === result.length) {
      for (let i = 0; i < result.length; i++) result[i] = f(left[i], right[i])
      return out
    }
    const strides = [a, b].map((x) => broadcastStrides(x.shape, out.shape)) as [number[], number[]]
    const [leftStep, rightStep] = strides.map((s) => s.at(-1)!) as [number, number]
    const width = out.shape.at(-1)!
    let to = 0
    forEachRow(out.shape, strides, ([i, j]) => {
      for (let k = 0; k < width; k++) result[to++] = f(left[i + k * leftStep], right[j + k * rightStep])
    })
    return out
  }
}

const where: Kernel<'where'> = (_, inputs, out) => {
  const [mask, a, b] = inputs.map((x) => x.data) as [Dense['data'], Dense['data'], Dense['data']]
  const strides = inputs.map((x) => broadcastStrides(x.shape, out.shape))
  const [maskStep, aStep, bStep] = strides.map((s) => s.at(-1) ?? 0) as [number, number, number]
  const width = out.shape.at(-1) ?? 1
  let to = 0
  forEachRow(out.shape, strides, ([m, i, j]) => {
    for (let k = 0; k < width; k++) out.data[to++] = mask[m + k * maskStep] !== 0 ? a[i + k * aStep] : b[j + k * bStep]
  })
  return out
}

export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x))
  const e = Math.exp(x)
  return e / (1 + e)
}

/** Kummer's series 2x/√π e^(−x²) Σ (2x²)ⁿ / (1·3·…·(2n+1)): all terms have one sign, so nothing cancels. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x)
  const doubled = 2 * x * x
  let term = 1
  let total = 1
  for (let n = 1; term > total * 1e-17; n++) {
    term *= doubled / (2 * n + 1)
    total += term
  }
  return ((2 * x) / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total
}

export const elementwiseKernels = {
  add: binary((a, b) => a + b),
  subtract: binary((a, b) => a - b),
  multiply: binary((a, b) => a * b),
  divide: binary((a, b) => a / b),
  maximum: binary((a, b) => Math.max(a, b)),
  greater: binary((a, b) => (a > b ? 1 : 0)),
  equal: binary((a, b) => (a === b ? 1 : 0)),
  where,
  negate: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  tanh: unary(Math.tanh),
  sigmoid: unary(sigmoid),
  relu: unary((x) => (x > 0 || Number.isNaN(x) ? x : 0)), // NaN is passed on, so that a broken run shows
  erf: unary(erf),
  softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  cast: unary((x) => x), // the typed array it is stored into truncates
}
