import { describe, expect, it } from 'vitest'
import { drawSparseMatrix } from '../../../../test/checks/sparse-matrix.ts'
import { elementCount, type Tensor } from '../../../core/tensor.ts'
import { createRng } from '../../../math/rng.ts'
import { compile } from '../../compile.ts'
import { type Dim, evaluateShape } from '../../dims.ts'
import { topologicalOrder } from '../../grad.ts'
import * as t from '../../ops.ts'
import { primitiveNames } from '../../shapes.ts'
import { input, is, makeNode, type PrimitiveName, type Sym } from '../../sym.ts'

const ROWS = 70
/** Where the fewer rows stand among the many: odd, so that in memory they begin elsewhere. */
const PLACE = 3
const DIMS = { K: 301, R: 83 }
const WIDTHS = [1, 2, 3, 5, 61, 64, 131, 1027]

/** Graphs whose inputs and outputs have the row axis 'n' in front, or none. Names of inputs say which are one and the same. */
type Case = Record<string, Sym>

const x = (...shape: Dim[]) => input(`x ${shape}`, shape)
const other = (...shape: Dim[]) => input(`other ${shape}`, shape)
const widths = (build: (width: number) => Sym, suffix = ''): Case =>
  Object.fromEntries(WIDTHS.map((width) => [`${width}${suffix}`, build(width)]))
const unary = (f: (x: Sym) => Sym) => () => widths((width) => f(x('n', width)))
const binary = (f: (a: Sym, b: Sym) => Sym) => () => ({
  ...widths((width) => f(x('n', width), other('n', 1))),
  vector: f(x('n', 61), other(61)),
})
const ids = (...shape: Dim[]) => t.cast(t.multiply(t.sigmoid(x(...shape)), 8.9), 'int32')

/** Products of every size at which onnxruntime changes its ways, of rows and of a batch. */
function products(): Case {
  const found: Case = {}
  for (const K of [61, 301, 1100])
    for (const N of [1, 17, 64, 130])
      for (const transposeB of [false, true])
        for (const scale of [1, 0.3]) {
          const b = (...batch: Dim[]) => other(...batch, ...(transposeB ? [N, K] : [K, N]))
          const product = (left: Sym, right: Sym, transposeA = false) =>
            makeNode('matmul', [left, right], { transposeA, transposeB, scale })
          const name = `${K} × ${N} ${transposeB} ${scale}`
          found[name] = product(x('n', K), b())
          found[`${name}, a bias`] = t.add(product(x('n', K), b()), other(N))
          if (scale !== 1) continue
          found[`${name}, a batch of rows`] = product(x('n', 1, K), b())
          found[`${name}, a batch of columns`] = product(x('n', K, 1), b(), true)
          found[`${name}, a batch on both sides`] = product(x('n', 3, K), input(`b ${name}`, ['n', ...b().shape]))
        }
  for (const N of [1, 17, 64, 130, 'R']) {
    found[`unknown terms, ${N} columns`] = t.matmul(x('n', 'K'), other('K', N))
    found[`unknown terms, ${N} columns, transposed`] = t.matmul(x('n', 'K'), other(N, 'K'), { transposeB: true })
    found[`61 terms, ${N} columns`] = t.matmul(x('n', 61), other(N, 61), { transposeB: true })
    found[`301 terms, ${N} columns`] = t.matmul(x('n', 301), other(301, N))
  }
  // The items that states are multiplied by are rows, too.
  for (const K of [61, 301])
    for (const M of [1, 5, 64, 'R'])
      for (const transposeA of [false, true]) {
        const a = other(...(transposeA ? [K, M] : [M, K]))
        const scores = t.matmul(a, x('n', K), { transposeA, transposeB: true })
        found[`${K} terms, items for ${M} states ${transposeA}`] = t.transpose(scores, [1, 0])
      }
  return found
}

const cases: { readonly [P in PrimitiveName]: () => Case } = {
  input: unary((rows) => rows),
  constant: unary((rows) => t.add(rows, 0.3)),
  extent: unary((rows) => t.divide(rows, t.add(t.extent('K'), t.multiply(t.sum(other('K')), 0)))),
  add: binary(t.add),
  subtract: binary(t.subtract),
  multiply: binary(t.multiply),
  divide: binary((a, b) => t.divide(a, t.add(t.square(b), 0.2))),
  maximum: binary(t.maximum),
  greater: binary(t.greater),
  equal: binary((a, b) => t.equal(t.greater(a, 0), t.greater(b, 0))),
  where: binary((a, b) => t.where(t.relu(a), b, a)),
  negate: unary(t.negate),
  exp: unary(t.exp),
  log: unary((rows) => t.log(t.add(t.square(rows), 0.1))),
  sqrt: unary((rows) => t.sqrt(t.add(t.square(rows), 0.1))),
  tanh: unary(t.tanh),
  sigmoid: unary(t.sigmoid),
  relu: unary(t.relu),
  erf: unary(t.erf),
  softplus: unary(t.softplus),
  cast: unary((rows) => t.multiply(t.cast(t.cast(t.square(rows), 'uint8'), 'float32'), 1.25)),
  matmul: products,
  sum: () => ({
    ...widths((width) => t.sum(x('n', width), 1)),
    ...widths((width) => t.sum(x('n', width), 1, { keepDims: true }), ' kept'),
    ...widths((width) => t.mean(x('n', width), 1), ', the mean'),
    ...widths((width) => t.sum(x('n', 3, width), [1, 2]), ' and 3 before'),
    ...widths((width) => t.sum(x('n', width, 5), 1), ' in the middle'),
    ...widths((width) => t.sum(x('n', width, 3, 7), [1, 3]), ' and the last'),
    ...widths((width) => t.sum(t.transpose(x('n', width), [1, 0]), 0), ' in columns'),
    unknown: t.sum(x('n', 'K'), 1),
  }),
  max: () => ({ ...widths((width) => t.max(x('n', width), 1)), middle: t.max(x('n', 61, 3), 1) }),
  softmax: unary(t.softmax),
  logSoftmax: unary(t.logSoftmax),
  logSumExp: unary(t.logSumExp),
  normalize: unary((rows) => t.normalize(rows, 1e-5)),
  inverseDeviation: unary((rows) => t.inverseDeviation(rows, 1e-5)),
  reshape: unary((rows) => t.reshape(rows, [rows.shape[1], 1, 'n'].reverse())),
  transpose: () => ({ y: t.transpose(x('n', 5, 7), [0, 2, 1]) }),
  expand: () => ({ y: t.expand(x('n', 1), ['n', 61]) }),
  slice: () => ({ y: t.slice(x('n', 61), 1, 3, 14) }),
  concat: () => ({ y: t.concat([x('n', 5), other('n', 3)], 1) }),
  pad: () => ({ y: t.pad(x('n', 5), 1, 2, 1) }),
  gather: () => ({ one: t.gather(other(9, 61), ids('n')), several: t.gather(other(9, 5), ids('n', 3)) }),
  scatterAdd: () => ({ y: t.transpose(t.scatterAdd(t.transpose(x('n', 61), [1, 0]), ids(61), 9), [1, 0]) }),
  takeRows: () => ({ y: t.takeRows(other(9, 61), ids('n'), t.cast(other(9), 'int32')) }),
  sparseProduct: () => ({
    y: t.gather(t.sparseProduct(drawSparseMatrix(61, 9, 130, createRng(4)), other(9, 61)), ids('n')),
  }),
  stopGradient: unary(t.stopGradient),
}

describe.each([
  { executor: 'onnx', threads: 4 },
  { executor: 'wasm', threads: 1 },
] as const)('rows are the same bits however many there are, $executor with $threads threads:', (options) => {
  it.each(primitiveNames)('%s', async (name) => {
    const outputs = cases[name]()
    const shapes = inputsOf(Object.values(outputs))
    const program = await compile(outputs, options)
    const rng = createRng(3)
    const all: Record<string, Tensor> = {}
    for (const [key, symbolic] of Object.entries(shapes)) {
      const shape = evaluateShape(symbolic, new Map(Object.entries({ ...DIMS, n: ROWS })))
      all[key] = { shape, data: Float32Array.from({ length: elementCount(shape) }, () => rng.normal()) }
    }
    const whole = await program.run(all)
    for (const n of [1, 2, 3, 5, 17, 64]) {
      const isOfRows = (key: string) => shapes[key][0] === 'n'
      const some = await program.run(
        Object.fromEntries(
          Object.entries(all).map(([key, tensor]) => [key, isOfRows(key) ? rowsOf(tensor, n) : tensor]),
        ),
      )
      for (const key of Object.keys(outputs)) {
        const { data } = rowsOf(whole[key], n)
        const differing = data.findIndex((value, i) => !Object.is(value, some[key].data[i]))
        expect(differing, `${key}: the element of ${n} rows that differs first`).toBe(-1)
      }
    }
    await program.dispose()
  })
})

/** As many rows from PLACE. */
function rowsOf({ shape, data }: Tensor, n: number): Tensor {
  const width = elementCount(shape.slice(1))
  return { shape: [n, ...shape.slice(1)], data: data.subarray(PLACE * width, (PLACE + n) * width) }
}

/** Names and shapes of the inputs that outputs need. */
function inputsOf(outputs: readonly Sym[]): Record<string, readonly Dim[]> {
  const inputs = topologicalOrder(outputs).filter((node) => is(node, 'input'))
  return Object.fromEntries(inputs.map((node) => [node.attributes.name, node.shape]))
}
