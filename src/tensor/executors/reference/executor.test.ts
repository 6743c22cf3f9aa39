import { describe, expect, test } from 'vitest'
import { elementCount, type Tensor } from '../../../core/tensor.ts'
import type { CompiledGraph } from '../../compile.ts'
import { topologicalOrder } from '../../grad.ts'
import * as t from '../../ops.ts'
import { primitiveNames } from '../../shapes.ts'
import { constant, type PrimitiveName, type Sym } from '../../sym.ts'
import { erf } from './elementwise.ts'
import { evaluate, referenceExecutor } from './executor.ts'

function unsimplified(y: Sym): CompiledGraph {
  const outputs = new Map([['y', y]])
  return { nodes: topologicalOrder(outputs.values()), inputs: new Map(), outputs }
}

const f = (values: readonly number[], shape: readonly number[] = [values.length]) => constant(values, shape)
const ints = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  constant({ shape, data: Int32Array.from(values) })
const bytes = (...values: number[]) => constant({ shape: [values.length], data: Uint8Array.from(values) })
const matrix = f([1, 2, 3, 4, 5, 6], [2, 3])
const cube = f([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2])
/** [[1, 2], [0, 0], [½, ½]], the last as three entries. */
const sparse = {
  shape: [3, 2],
  offsets: Int32Array.of(0, 2, 2, 5),
  columns: Int32Array.of(0, 1, 1, 0, 1),
  values: Float32Array.of(1, 2, 0.25, 0.5, 0.25),
} as const
const { E, LN2, SQRT2 } = Math

/** Values worked out by hand: node, shape, elements. */
const expected: { readonly [P in Exclude<PrimitiveName, 'input'>]: [Sym, number[], number[]][] } = {
  constant: [
    [constant(3), [], [3]],
    [constant(3, [2]), [2], [3, 3]],
    [f([1, 2]), [2], [1, 2]],
  ],
  extent: [[t.extent(6), [], [6]]],
  add: [
    [t.add(f([1, 2]), f([10, 20])), [2], [11, 22]],
    [t.add(matrix, f([10, 20, 30])), [2, 3], [11, 22, 33, 14, 25, 36]],
    [t.add(f([1, 2], [2, 1]), f([10, 20, 30])), [2, 3], [11, 21, 31, 12, 22, 32]],
    [t.add(f([1, 2, 3, 4], [2, 1, 2]), f([10, 20], [2, 1])), [2, 2, 2], [11, 12, 21, 22, 13, 14, 23, 24]],
  ],
  subtract: [[t.subtract(matrix, f([1, 2], [2, 1])), [2, 3], [0, 1, 2, 2, 3, 4]]],
  multiply: [[t.multiply(2, matrix), [2, 3], [2, 4, 6, 8, 10, 12]]],
  divide: [[t.divide(f([1, -1, 0]), f([4, 0, 0])), [3], [0.25, Number.NEGATIVE_INFINITY, Number.NaN]]],
  maximum: [[t.maximum(f([1, -2, 5]), f([0, -1, 5])), [3], [1, -1, 5]]],
  greater: [
    [t.greater(f([1, 2, 3]), 2), [3], [0, 0, 1]],
    [t.greater(ints([0, 7]), 0), [2], [0, 1]],
  ],
  equal: [[t.equal(ints([1, 2]), ints([2, 1, 1, 2], [2, 2])), [2, 2], [0, 0, 1, 1]]],
  where: [
    [t.where(bytes(1, 0, 255), f([1, 2, 3]), Number.NaN), [3], [1, Number.NaN, 3]],
    [t.where(f([1, 0], [2, 1]), 5, matrix), [2, 3], [5, 5, 5, 4, 5, 6]],
    [t.where(0, 1, 2), [], [2]],
  ],
  negate: [[t.negate(f([1, -2])), [2], [-1, 2]]],
  exp: [[t.exp(f([0, 1, -1])), [3], [1, E, 1 / E]]],
  log: [[t.log(f([1, 2, 0])), [3], [0, LN2, Number.NEGATIVE_INFINITY]]],
  sqrt: [[t.sqrt(f([4, 2])), [2], [2, SQRT2]]],
  tanh: [[t.tanh(f([0, 0.5])), [2], [0, (E - 1) / (E + 1)]]],
  sigmoid: [[t.sigmoid(f([0, 1, -1, 1000, -1000])), [5], [0.5, E / (1 + E), 1 / (1 + E), 1, 0]]],
  relu: [[t.relu(f([-1, 0, 2, Number.NaN])), [4], [0, 0, 2, Number.NaN]]],
  erf: [[t.erf(f([0, 0.5, -1, 3, 9])), [5], [0, 0.5204998778, -0.8427007929, 0.9999779095, 1]]],
  softplus: [[t.softplus(f([0, 1000, -1000])), [3], [LN2, 1000, 0]]],
  cast: [
    [t.cast(bytes(0, 200), 'float32'), [2], [0, 200]],
    [t.cast(f([1.9, -1.9]), 'int32'), [2], [1, -1]],
  ],
  matmul: [
    [t.matmul(matrix, f([1, 0, 0, 1, 2, 3], [3, 2])), [2, 2], [7, 11, 16, 23]],
    [t.matmul(matrix, matrix, { transposeB: true }), [2, 2], [14, 32, 32, 77]],
    [t.matmul(matrix, matrix, { transposeA: true, scale: 2 }), [3, 3], [34, 44, 54, 44, 58, 72, 54, 72, 90]],
    [t.matmul(f([1, 2, 3], [3, 1]), f([4, 5], [2, 1]), { transposeB: true }), [3, 2], [4, 5, 8, 10, 12, 15]],
    // Batches broadcast: [2, 1, 1, 2] × [3, 2, 1].
    [t.matmul(f([1, 2, 3, 4], [2, 1, 1, 2]), f([1, 0, 0, 1, 1, 1], [3, 2, 1])), [2, 3, 1, 1], [1, 2, 3, 3, 4, 7]],
    [t.matmul(f([1, 2, 3, 4], [2, 1, 2]), f([1, 10], [2, 1])), [2, 1, 1], [21, 43]],
    [
      t.matmul(f([1, 2, 3, 4], [1, 2, 2]), f([1, 10, 2, 20], [2, 2]), { transposeA: true, transposeB: true }),
      [1, 2, 2],
      [31, 62, 42, 84],
    ],
  ],
  sum: [
    [t.sum(matrix), [], [21]],
    [t.sum(matrix, 0), [3], [5, 7, 9]],
    [t.sum(matrix, -1, { keepDims: true }), [2, 1], [6, 15]],
    [t.sum(f([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]), [0, 2]), [2], [14, 22]],
    [t.sum(f([5]), []), [1], [5]],
    [t.mean(matrix, 1), [2], [2, 5]],
  ],
  max: [
    [t.max(matrix, 0), [3], [4, 5, 6]],
    [t.max(f([-3, -1, -2], [1, 3]), 1, { keepDims: true }), [1, 1], [-1]],
  ],
  softmax: [
    [t.softmax(f([0, LN2, 0, LN2], [2, 2])), [2, 2], [1 / 3, 2 / 3, 1 / 3, 2 / 3]],
    [t.softmax(f([1000, 1000, -1e9])), [3], [0.5, 0.5, 0]],
  ],
  logSoftmax: [[t.logSoftmax(f([5, 5, -1000])), [3], [-LN2, -LN2, -1005 - LN2]]],
  logSumExp: [[t.logSumExp(f([0, LN2, 1000, 1000], [2, 2])), [2], [Math.log(3), 1000 + LN2]]],
  normalize: [
    [t.normalize(f([1, 3, 5, 5], [2, 2]), 0), [2, 2], [-1, 1, Number.NaN, Number.NaN]],
    [t.normalize(f([1, 3]), 3), [2], [-0.5, 0.5]],
  ],
  inverseDeviation: [[t.inverseDeviation(f([1, 3, 5, 5], [2, 2]), 3), [2, 1], [0.5, 1 / Math.sqrt(3)]]],
  reshape: [[t.reshape(matrix, [3, -1]), [3, 2], [1, 2, 3, 4, 5, 6]]],
  transpose: [
    [t.transpose(matrix, [1, 0]), [3, 2], [1, 4, 2, 5, 3, 6]],
    [t.transpose(f([1, 2, 3, 4, 5, 6], [1, 2, 3]), [2, 0, 1]), [3, 1, 2], [1, 4, 2, 5, 3, 6]],
  ],
  expand: [[t.expand(f([1, 2], [2, 1]), [2, 2, 2]), [2, 2, 2], [1, 1, 2, 2, 1, 1, 2, 2]]],
  slice: [
    [t.slice(matrix, 1, 1, 3), [2, 2], [2, 3, 5, 6]],
    [t.slice(matrix, 0, -1, 2), [1, 3], [4, 5, 6]],
    [t.slice(matrix, 0, 1, 1), [0, 3], []],
    [t.slice(cube, 1, 1, 2), [2, 1, 2], [3, 4, 7, 8]],
  ],
  concat: [
    [t.concat([matrix, f([8, 9], [2, 1])], -1), [2, 4], [1, 2, 3, 8, 4, 5, 6, 9]],
    [t.concat([cube, f([9, 9, 8, 8], [2, 1, 2])], 1), [2, 3, 2], [1, 2, 3, 4, 9, 9, 5, 6, 7, 8, 8, 8]],
  ],
  pad: [
    [t.pad(matrix, 1, 1, 2), [2, 6], [0, 1, 2, 3, 0, 0, 0, 4, 5, 6, 0, 0]],
    [t.pad(cube, 1, 1, 0), [2, 3, 2], [0, 0, 1, 2, 3, 4, 0, 0, 5, 6, 7, 8]],
  ],
  gather: [
    [t.gather(matrix, ints([1, 1, 0, 1], [2, 2])), [2, 2, 3], [4, 5, 6, 4, 5, 6, 1, 2, 3, 4, 5, 6]],
    [t.gather(f([7, 8, 9]), ints([2])), [1], [9]],
    [t.gather(cube, ints([0])), [1, 2, 2], [1, 2, 3, 4]],
  ],
  scatterAdd: [
    [t.scatterAdd(f([1, 2, 3, 4, 5, 6], [3, 2]), ints([2, 0, 2]), 3), [3, 2], [3, 4, 0, 0, 6, 8]],
    [t.scatterAdd(f([1, 2, 4], [3]), ints([1, 1, 0]), 2), [2], [4, 3]],
  ],
  takeRows: [[t.takeRows(matrix, ints([1, -1, 0]), ints([2, 0])), [3, 3], [4, 5, 6, 0, 0, 0, 1, 2, 3]]],
  sparseProduct: [
    [t.sparseProduct(sparse, matrix), [3, 3], [9, 12, 15, 0, 0, 0, 2.5, 3.5, 4.5]],
    [t.sparseProduct(sparse, f([1, 2, 3], [3, 1]), { transposed: true }), [2, 1], [2.5, 3.5]],
  ],
  stopGradient: [[t.stopGradient(matrix), [2, 3], [1, 2, 3, 4, 5, 6]]],
}

describe('hand-computed values', () => {
  test('cover every primitive', () => {
    expect(Object.keys(expected).sort()).toEqual(primitiveNames.filter((name) => name !== 'input').sort())
  })

  test.each(Object.entries(expected))('%s', (_, examples) => {
    for (const [node, shape, elements] of examples) {
      for (const precision of ['float32', 'float64'] as const) {
        const y = evaluate(unsimplified(node), new Map(), new Map(), precision).get('y')!
        expect(y.shape).toEqual(shape)
        expect(y.data).toHaveLength(elements.length)
        y.data.forEach((value, i) => {
          // Constants given as arrays are float32 in either precision.
          const close = Math.abs(value - elements[i]) <= 4e-7 * (1 + Math.abs(elements[i]))
          expect(close || Object.is(value, elements[i]) || value === elements[i]).toBe(true)
        })
      }
    }
  })
})

test.each<[string, Sym]>([
  ['gather at .*: id 2 is outside 0 … 1', t.gather(matrix, ints([2]))],
  ['gather at .*: id -1 is outside 0 … 1', t.gather(matrix, ints([-1]))],
  ['scatterAdd at .*: id 3 is outside 0 … 2', t.scatterAdd(matrix, ints([0, 3]), 3)],
  ['takeRows at .*: id 2 is outside -1 … 1', t.takeRows(matrix, ints([2]), ints([0, 0]))],
  ['takeRows at .*: id -2 is outside -1 … 1', t.takeRows(matrix, ints([-2]), ints([0, 0]))],
])('%s is refused', (message, node) => {
  expect(() => evaluate(unsimplified(node), new Map(), new Map())).toThrow(new RegExp(message))
})

test('erf is exact to the last digits from near 0 to where it saturates', () => {
  const known = [
    [1e-10, 1.1283791670955126e-10],
    [0.1, 0.1124629160182849],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3.5, 0.9999992569016276],
    [5.9, 0.9999999999999999],
  ] as const
  for (const [x, value] of known) {
    expect(Math.abs(erf(x) / value - 1)).toBeLessThanOrEqual(1e-15)
    expect(erf(-x)).toBe(-erf(x))
  }
})

test('a matrix product sums in double precision', () => {
  const n = 4096
  const ones = constant({ shape: [1, n], data: new Float32Array(n).fill(0.1) })
  const y = evaluate(unsimplified(t.matmul(ones, ones, { transposeB: true })), new Map(), new Map()).get('y')!
  expect(y.data[0]).toBe(Math.fround(n * Math.fround(0.1) ** 2))
})

test('the executor returns float32 tensors of its own', async () => {
  const feed: Tensor = { shape: [2], data: Float32Array.of(1, 2) }
  const x = t.reshape(constant(feed), [2, 1])
  const prepared = await referenceExecutor.prepare(unsimplified(x), {})
  const { y } = await prepared.run({}, new Map())
  expect(y.data).toBeInstanceOf(Float32Array)
  y.data[0] = 9
  expect(feed.data[0]).toBe(1)
  expect(elementCount(y.shape)).toBe(2)
})
