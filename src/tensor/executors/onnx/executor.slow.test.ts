import { describe, expect, it } from 'vitest'
import { crowdedMatrix, drawSparseMatrix } from '../../../../test/checks/sparse-matrix.ts'
import type { SparseMatrix } from '../../../core/sparse.ts'
import { elementCount, type Tensor } from '../../../core/tensor.ts'
import { createRng } from '../../../math/rng.ts'
import { compile } from '../../compile.ts'
import { type Dim, evaluateShape } from '../../dims.ts'
import { grad } from '../../grad.ts'
import * as t from '../../ops.ts'
import { input, type Sym } from '../../sym.ts'

const WIDTH = 64
const HEADS = 2
const TABLE = 500

interface Block {
  readonly outputs: Readonly<Record<string, Sym>>
  readonly inputs: readonly Sym[]
}

/**
 * One Transformer block as a training step has it: gathered rows, causal attention of two heads with dropout, GELU, layer norms,
 * cross-entropy over a table, and the gradient of everything. All rows of the table meet many times in its scatterAdd.
 */
function block(): Block {
  const inputs: Sym[] = []
  const given = (...args: Parameters<typeof input>) => {
    const node = input(...args)
    inputs.push(node)
    return node
  }
  const table = given('table', [TABLE, WIDTH])
  const ids = given('ids', ['B', 'T'], 'int32')
  const causal = given('causal', ['T', 'T'])
  const weights: Sym[] = []
  const weight = (name: string, ...shape: number[]) => {
    weights.push(given(name, shape))
    return weights.at(-1)!
  }
  const dense = (name: string, x: Sym, from: number, to: number) =>
    t.linear(x, weight(`${name} weight`, from, to), weight(`${name} bias`, to))
  const norm = (name: string, x: Sym) =>
    t.add(t.multiply(t.normalize(x, 1e-5), weight(`${name} gain`, WIDTH)), weight(`${name} shift`, WIDTH))
  const drop = (name: string, x: Sym) =>
    t.multiply(x, t.multiply(t.cast(given(name, x.shape, 'uint8'), 'float32'), 1.25))
  const split = (x: Sym) => t.transpose(t.reshape(x, ['B', 'T', HEADS, WIDTH / HEADS]), [0, 2, 1, 3])

  const rows = drop('drop rows', t.gather(table, ids))
  const normed = norm('norm 1', rows)
  const [q, k, v] = ['q', 'k', 'v'].map((name) => split(dense(name, normed, WIDTH, WIDTH))) as [Sym, Sym, Sym]
  const logits = t.add(t.matmul(q, k, { transposeB: true, scale: (WIDTH / HEADS) ** -0.5 }), causal)
  const attention = drop('drop attention', t.softmax(logits))
  const mixed = t.reshape(t.transpose(t.matmul(attention, v), [0, 2, 1, 3]), ['B', 'T', WIDTH])
  const h = t.add(rows, dense('o', mixed, WIDTH, WIDTH))
  const fed = dense('outer', t.gelu(dense('inner', norm('norm 2', h), WIDTH, 128)), 128, WIDTH)
  const states = t.reshape(norm('norm 3', t.add(h, t.relu(fed))), ['B*T', WIDTH])
  const scores = t.matmul(states, table, { transposeB: true }) // [B·T, V]
  const targets = t.sum(t.multiply(states, t.gather(table, given('targets', ['B*T'], 'int32'))), [1])
  const each = t.add(t.subtract(t.logSumExp(scores), targets), t.softplus(targets))
  const loss = t.mean(t.multiply(each, given('position weight', ['B*T'])))
  const wrt = [table, rows, ...weights]
  const gradients = grad(loss, wrt)
  const outputs: Record<string, Sym> = { loss, states }
  for (const [i, gradient] of gradients.entries()) outputs[`gradient ${i}`] = gradient
  return { outputs, inputs }
}

function feedsOf({ inputs }: Block, B: number, T: number): Record<string, Tensor> {
  const rng = createRng(5)
  const feeds: Record<string, Tensor> = {}
  for (const node of inputs) {
    const { name } = (node as Sym<'input'>).attributes
    const shape = evaluateShape(
      node.shape,
      new Map([
        ['B', B],
        ['T', T],
      ]),
    )
    const length = elementCount(shape)
    const data =
      node.dtype === 'int32'
        ? Int32Array.from({ length }, () => rng.below(TABLE))
        : node.dtype === 'uint8'
          ? Uint8Array.from({ length }, () => Number(rng.below(5) > 0))
          : Float32Array.from({ length }, (_, i) =>
              name === 'causal' ? (i % T > Math.floor(i / T) ? -1e9 : 0) : 0.3 * rng.normal(),
            )
    feeds[name] = { shape, data }
  }
  return feeds
}

/**
 * Largest difference relative to the largest value, or to `floor` where that is larger: small elements of a sum carry the rounding of
 * large ones, and the gradient by the keys' bias is 0 but for rounding.
 */
function distance(actual: Tensor, expected: Tensor, floor: number): number {
  let [difference, scale] = [0, floor]
  expected.data.forEach((want, i) => {
    const error = Math.abs(actual.data[i] - want)
    difference = Number.isNaN(error) ? Number.NaN : Math.max(difference, error)
    scale = Math.max(scale, Math.abs(want))
  })
  return difference / scale
}

describe('a training step of one Transformer block', () => {
  it('at full size on two threads has the gradients of the reference', async () => {
    // 256 sequences of 50: the size at which an operator that races between threads shows.
    const graph = block()
    const onnx = await compile(graph.outputs, { executor: 'onnx', threads: 2 })
    const reference = await compile(graph.outputs, { executor: 'reference' })
    for (const [B, T] of [
      [256, 50],
      [3, 17],
    ] as const) {
      const feeds = feedsOf(graph, B, T)
      const [actual, expected] = [await onnx.run(feeds), await reference.run(feeds)]
      for (const [name, tensor] of Object.entries(expected)) {
        expect(actual[name].shape).toEqual(tensor.shape)
        expect(distance(actual[name], tensor, 1e-3), `${name} at ${B}×${T}`).toBeLessThan(2e-4)
      }
    }
    await onnx.dispose()
  })

  it('gives the same bits at every run, and on one, two and four threads', async () => {
    const graph = block()
    const feeds = feedsOf(graph, 256, 50)
    const run = async (threads: number, times: number) => {
      const program = await compile(graph.outputs, { executor: 'onnx', threads })
      const results = []
      for (let i = 0; i < times; i++) results.push(await program.run(feeds))
      await program.dispose()
      return results
    }
    const [one] = (await run(1, 1)) as [Record<string, Tensor>]
    const others = [...(await run(2, 3)), ...(await run(4, 2))]
    for (const other of others)
      for (const [name, tensor] of Object.entries(one)) {
        const differing = other[name].data.findIndex((value, i) => !Object.is(value, tensor.data[i]))
        expect(differing, `${name} differs first at`).toBe(-1)
      }
  })
})

/** Sizes are odd, so that shares of threads are unequal and leave rests, and every product has a sum of more than 128 terms. */
describe('one, two and four threads give the same bits:', () => {
  const x = (...shape: Dim[]) => input('x', shape)
  const product = (flags: t.MatmulOptions, bias = false): Record<string, Sym> => {
    const a = x(...(flags.transposeA ? ['K', 'M'] : ['M', 'K']))
    const b = input('b', flags.transposeB ? ['N', 'K'] : ['K', 'N'])
    const y = t.matmul(a, b, flags)
    return { y: bias ? t.add(y, input('bias', ['N'])) : y }
  }
  const known = (M: Dim, N: Dim, K: Dim, flags: t.MatmulOptions): Record<string, Sym> => ({
    y: t.matmul(x(...(flags.transposeA ? [K, M] : [M, K])), input('b', flags.transposeB ? [N, K] : [K, N]), flags),
  })
  const products: readonly (readonly [M: number, N: number, K: number])[] = [
    [60, 128, 384], // more columns than rows
    [64, 384, 1001],
    [1, 301, 1001],
    [7, 130, 5003],
    [301, 1, 1001], // one column
    [4, 4, 9001], // a row for each thread
    [300, 64, 1001],
  ]
  const flags = [{}, { transposeA: true }, { transposeB: true }, { transposeA: true, transposeB: true }, { scale: 0.3 }]
  const elementwise = t.gelu(t.softplus(t.tanh(x('N', 'M'))))
  const cases: [string, () => Record<string, Sym>, Record<string, number>][] = [
    ...products.flatMap(([M, N, K]) =>
      flags.flatMap((flag): [string, () => Record<string, Sym>, Record<string, number>][] => [
        [`product of ${JSON.stringify(flag)}`, () => product(flag), { M, N, K }],
        [`product with a bias of ${JSON.stringify(flag)}`, () => product(flag, true), { M, N, K }],
        [`product of known columns and terms of ${JSON.stringify(flag)}`, () => known('M', N, K, flag), { M, N, K }],
        [`product of known rows and columns of ${JSON.stringify(flag)}`, () => known(M, N, 'K', flag), { M, N, K }],
      ]),
    ),
    [
      'products of a batch',
      () => ({ y: t.matmul(x('P', 'M', 'K'), input('b', ['P', 'K', 'N'])) }),
      { P: 3, M: 33, N: 130, K: 301 },
    ],
    ['elementwise', () => ({ y: elementwise }), { N: 4099, M: 61 }],
    ['log', () => ({ y: t.log(t.add(t.square(x('N', 'M')), 0.1)) }), { N: 997, M: 1009 }],
    ['softmax', () => ({ y: t.softmax(x('N', 'M')), z: t.logSumExp(x('N', 'M')) }), { N: 100_003, M: 3 }],
    ['normalize', () => ({ y: t.normalize(x('N', 'M'), 1e-5) }), { N: 12_804, M: 61 }],
    ['scatterAdd', () => ({ y: t.scatterAdd(x('N', 'M'), input('ids', ['N'], 'int32'), 7) }), { N: 12_804, M: 61 }],
    ...[3, 64, 130].map((width): [string, () => Record<string, Sym>, Record<string, number>] => {
      const matrix = drawSparseMatrix(997, 1009, 60, createRng(8))
      const dense = drawSparseMatrix(3, 1009, 30_000, createRng(8))
      const long = drawSparseMatrix(3, 20_011, 2400, createRng(8))
      const crowded = crowdedMatrix(997, 1009, createRng(8))
      const y = (product: SparseMatrix, n: number) =>
        t.sparseProduct(product, input(`x${n}`, [product.shape[1], width]))
      const build = () => ({ y: y(matrix, 1), z: y(dense, 2), long: y(long, 3), crowded: y(crowded, 4) })
      return [`sparse product of width ${width}`, build, {}]
    }),
    ...[[0], [1], [0, 1]].map((axes): [string, () => Record<string, Sym>, Record<string, number>] => [
      `sum of a matrix over ${axes}`,
      () => ({ y: t.sum(x('N', 'M'), axes) }),
      { N: 12_804, M: 61 },
    ]),
    ...[[0], [1], [2], [0, 1], [1, 2], [0, 2]].map(
      (axes): [string, () => Record<string, Sym>, Record<string, number>] => [
        `sum over ${axes}`,
        () => ({ y: t.sum(x('N', 'M', 'K'), axes) }),
        { N: 3, M: 17, K: 10_007 },
      ],
    ),
  ]
  it.each(cases.map(([name, build, dims]) => [`${name} at ${JSON.stringify(dims)}`, build, dims] as const))(
    '%s',
    async (_, build, dims) => {
      const rng = createRng(9)
      const outputs = build()
      const feeds: Record<string, Tensor> = {}
      for (const [name, symbolic] of Object.entries(inputsOf(Object.values(outputs)))) {
        const shape = evaluateShape(symbolic, new Map(Object.entries(dims)))
        const length = elementCount(shape)
        const data =
          name === 'ids'
            ? Int32Array.from({ length }, () => rng.below(7))
            : Float32Array.from({ length }, () => rng.normal())
        feeds[name] = { shape, data }
      }
      const results: Record<string, Tensor>[] = []
      for (const threads of [1, 2, 4]) {
        const program = await compile(outputs, { executor: 'onnx', threads })
        results.push(await program.run(feeds))
        await program.dispose()
      }
      const [one, ...others] = results
      for (const other of others)
        for (const [name, { data }] of Object.entries(one))
          expect(
            data.findIndex((value, i) => !Object.is(value, other[name].data[i])),
            `${name} differs first at`,
          ).toBe(-1)
    },
  )
})

/** Names and shapes of the inputs that outputs need. */
function inputsOf(outputs: readonly Sym[]): Record<string, readonly Dim[]> {
  const found: Record<string, readonly Dim[]> = {}
  const visit = (node: Sym) => {
    if (node.primitive === 'input') found[(node as Sym<'input'>).attributes.name] = node.shape
    node.inputs.forEach(visit)
  }
  outputs.forEach(visit)
  return found
}
