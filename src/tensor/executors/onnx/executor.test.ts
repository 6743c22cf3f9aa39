import fc, { type GeneratorValue } from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { crowdedMatrix, drawSparseMatrix } from '../../../../test/checks/sparse-matrix.ts'
import { elementCount, type Tensor } from '../../../core/tensor.ts'
import { createRng } from '../../../math/rng.ts'
import { buildGraph, type CompileOptions, compile, type Program } from '../../compile.ts'
import { type Dim, evaluateShape } from '../../dims.ts'
import { grad } from '../../grad.ts'
import * as t from '../../ops.ts'
import { primitiveNames } from '../../shapes.ts'
import { constant, type DType, input, type PrimitiveName, type Sym } from '../../sym.ts'
import { toOnnx } from './executor.ts'

/** Draws the structure of a graph; its extents are symbols, so that one program can be run at several sizes. */
class Draw {
  readonly inputs: { name: string; shape: readonly Dim[]; dtype: DType; rows: Dim }[] = []
  readonly #generate: GeneratorValue

  constructor(generate: GeneratorValue) {
    this.#generate = generate
  }

  below(n: number): number {
    return this.#generate(fc.nat, { max: n - 1 })
  }

  coin(): boolean {
    return this.below(2) === 0
  }

  /** Symbols A to D and the fixed extent 3. */
  shape(minRank = 1, maxRank = 4): Dim[] {
    const extents = ['A', 'B', 'C', 'D', 3]
    return Array.from({ length: minRank + this.below(maxRank - minRank + 1) }, () => extents[this.below(5)])
  }

  /** A shape that broadcasts to `shape`. */
  narrower(shape: readonly Dim[]): Dim[] {
    return shape.slice(this.below(shape.length + 1)).map((dim) => (this.below(3) === 0 ? 1 : dim))
  }

  float(shape: readonly Dim[]): Sym {
    return this.#input(shape, 'float32', 0)
  }

  bytes(shape: readonly Dim[]): Sym {
    return this.#input(shape, 'uint8', 0)
  }

  /** Row numbers below `rows`. */
  ids(shape: readonly Dim[], rows: Dim): Sym {
    return this.#input(shape, 'int32', rows)
  }

  #input(shape: readonly Dim[], dtype: DType, rows: Dim): Sym {
    const name = `x${this.inputs.length}`
    this.inputs.push({ name, shape, dtype, rows })
    return input(name, shape, dtype)
  }

  feeds(dims: ReadonlyMap<string, number>, seed: number): Record<string, Tensor> {
    const rng = createRng(seed)
    const feeds: Record<string, Tensor> = {}
    for (const { name, shape: symbolic, dtype, rows } of this.inputs) {
      const shape = evaluateShape(symbolic, dims)
      const length = elementCount(shape)
      const below = evaluateShape([rows], dims)[0]
      const data =
        dtype === 'float32'
          ? Float32Array.from({ length }, () => rng.float() * 4 - 2)
          : dtype === 'uint8'
            ? Uint8Array.from({ length }, () => rng.below(3))
            : Int32Array.from({ length }, () => rng.below(below))
      feeds[name] = { shape, data }
    }
    // Every symbol has a value, whether or not the graph came to use it.
    for (const symbol of dims.keys())
      feeds[symbol] = { shape: [dims.get(symbol)!], data: new Float32Array(dims.get(symbol)!) }
    return feeds
  }
}

type Case = (draw: Draw) => Sym

const unary =
  (f: (x: Sym) => Sym): Case =>
  (draw) =>
    f(draw.float(draw.shape()))

const binary =
  (f: (a: Sym, b: Sym) => Sym): Case =>
  (draw) => {
    const shape = draw.shape()
    const [a, b] = [draw.float(shape), draw.float(draw.narrower(shape))]
    return draw.coin() ? f(a, b) : f(b, a)
  }

const comparison =
  (f: (a: t.Operand, b: t.Operand) => Sym): Case =>
  (draw) => {
    const shape = draw.shape()
    switch (draw.below(4)) {
      case 0:
        return f(draw.bytes(shape), draw.bytes(draw.narrower(shape)))
      case 1:
        return f(draw.ids(shape, 3), draw.ids(draw.narrower(shape), 3))
      case 2:
        return f(t.relu(draw.float(shape)), 0)
      default:
        return f(t.cast(draw.bytes(shape), 'float32'), t.cast(draw.bytes(draw.narrower(shape)), 'float32'))
    }
  }

const cases: { readonly [P in PrimitiveName]: Case } = {
  input: (draw) =>
    [() => draw.float(draw.shape()), () => draw.bytes(draw.shape()), () => draw.ids(draw.shape(), 9)][draw.below(3)](),
  constant: (draw) =>
    [
      () => constant(0.5),
      () => t.multiply(draw.float(['A', 3]), constant([1, -2, 0.25])),
      () => t.add(draw.float(['A', 2, 2]), constant([1, 2, 3, 4], [2, 2])),
      () => t.gather(draw.float([3, 'B']), constant({ shape: [2, 1], data: Int32Array.of(2, 0) })),
      () => constant({ shape: [2], data: Uint8Array.of(255, 3) }),
    ][draw.below(5)](),
  extent: (draw) => {
    const shape = draw.shape()
    return t.divide(draw.float(shape), t.extent(draw.coin() ? shape[0] : 'A*B+2*C'))
  },
  add: binary(t.add),
  subtract: binary(t.subtract),
  multiply: binary(t.multiply),
  divide: binary((a, b) => t.divide(a, t.add(t.square(b), 0.2))),
  maximum: binary(t.maximum),
  greater: comparison(t.greater),
  equal: comparison(t.equal),
  where: (draw) => {
    const shape = draw.shape()
    const mask = draw.coin() ? draw.bytes(draw.narrower(shape)) : t.relu(draw.float(draw.narrower(shape)))
    // What is not chosen may be infinite.
    return t.where(mask, draw.float(draw.narrower(shape)), t.divide(draw.float(shape), draw.coin() ? 1 : 0))
  },
  negate: unary(t.negate),
  exp: unary(t.exp),
  log: unary((x) => t.log(t.add(t.square(x), 0.1))),
  sqrt: unary((x) => t.sqrt(t.add(t.square(x), 0.1))),
  tanh: unary(t.tanh),
  sigmoid: unary((x) => t.sigmoid(t.multiply(x, 20))),
  relu: unary(t.relu),
  erf: unary(t.erf),
  softplus: unary((x) => t.softplus(t.multiply(x, 60))),
  cast: (draw) =>
    [
      () => t.cast(t.multiply(draw.float(draw.shape()), 9), 'int32'),
      () => t.cast(t.square(draw.float(draw.shape())), 'uint8'),
      () => t.cast(draw.bytes(draw.shape()), 'float32'),
      () => t.cast(draw.bytes(draw.shape()), 'int32'),
      () => t.cast(draw.ids(draw.shape(), 70_000), 'float32'),
      () => t.cast(draw.ids(draw.shape(), 200), 'uint8'),
    ][draw.below(6)](),
  matmul: (draw) => {
    const batch = draw.shape(0, 2)
    const options = { transposeA: draw.coin(), transposeB: draw.coin(), scale: draw.coin() ? 1 : -0.7 }
    const [m, k, n] = [draw.shape(1, 1)[0], draw.shape(1, 1)[0], draw.shape(1, 1)[0]]
    const a = draw.float([...draw.narrower(batch), ...(options.transposeA ? [k, m] : [m, k])])
    const b = draw.float([...draw.narrower(batch), ...(options.transposeB ? [n, k] : [k, n])])
    return t.matmul(a, b, options)
  },
  sum: (draw) => {
    const shape = draw.shape()
    const axes = shape.map((_, i) => i).filter(() => draw.coin())
    return t.sum(draw.float(shape), draw.below(3) === 0 ? undefined : axes, { keepDims: draw.coin() })
  },
  max: (draw) => {
    const shape = draw.shape()
    return t.max(draw.float(shape), draw.below(shape.length), { keepDims: draw.coin() })
  },
  softmax: unary(t.softmax),
  logSoftmax: unary(t.logSoftmax),
  logSumExp: unary((x) => t.logSumExp(t.multiply(x, 30))),
  normalize: unary((x) => t.normalize(x, 0.1)),
  inverseDeviation: unary((x) => t.inverseDeviation(x, 0.1)),
  reshape: (draw) => {
    const x = draw.float(draw.shape(2))
    const [first, second, ...rest] = x.shape as [Dim, Dim, ...Dim[]]
    return t.reshape(x, [[-1], [1, second, first, ...rest], [-1, ...x.shape.slice(2)]][draw.below(3)])
  },
  transpose: (draw) => {
    const shape = draw.shape()
    const axes = shape.map((_, i) => ({ i, key: draw.below(1000) })).sort((a, b) => a.key - b.key)
    return t.transpose(
      draw.float(shape),
      axes.map(({ i }) => i),
    )
  },
  expand: (draw) => {
    const shape = draw.shape()
    return t.expand(draw.float(draw.narrower(shape)), shape)
  },
  slice: (draw) => {
    const shape = draw.shape()
    const axis = draw.below(shape.length)
    const dim = shape[axis]
    const x = draw.float(shape)
    return draw.coin() ? t.slice(x, axis, 0, 1) : t.slice(x, axis, dim === 3 ? 1 : `${dim}-1`, dim)
  },
  concat: (draw) => {
    const shape = draw.shape()
    const axis = draw.below(shape.length)
    const part = () => draw.float(shape.with(axis, draw.shape(1, 1)[0]))
    const first = part()
    return t.concat(draw.coin() ? [first, part()] : [first, part(), first], axis)
  },
  pad: (draw) => {
    const shape = draw.shape()
    return t.pad(draw.float(shape), draw.below(shape.length), draw.shape(1, 1)[0], draw.below(3))
  },
  gather: (draw) => {
    const shape = draw.shape(1, 3)
    const ids = draw.ids(draw.shape(0, 2), shape[0])
    return t.gather(draw.coin() ? draw.float(shape) : draw.ids(shape, 7), ids)
  },
  scatterAdd: (draw) => {
    const [ids, rows] = [draw.shape(0, 2), draw.shape(1, 1)[0]]
    return t.scatterAdd(draw.float([...ids, ...draw.shape(0, 2)]), draw.ids(ids, rows), rows)
  },
  takeRows: (draw) => {
    // One row more than there are: after the subtraction, −1 asks for a row of zeros.
    const index = t.cast(t.subtract(t.cast(draw.ids(['B'], 'A+1'), 'float32'), 1), 'int32')
    return t.takeRows(draw.float(['A', 'C']), index, draw.ids(['A'], 'B'))
  },
  sparseProduct: (draw) => {
    const [rows, columns] = [1 + draw.below(6), 1 + draw.below(6)]
    const transposed = draw.coin()
    const matrix = drawSparseMatrix(rows, columns, draw.below(8), createRng(draw.below(100)))
    return t.sparseProduct(matrix, draw.float([transposed ? rows : columns, 1 + draw.below(5)]), { transposed })
  },
  stopGradient: unary(t.stopGradient),
}

function expectClose(actual: Tensor, expected: Tensor, tolerance = 2e-5): void {
  expect(actual.shape).toEqual(expected.shape)
  expect(actual.data.constructor).toBe(expected.data.constructor)
  const far = expected.data.findIndex(
    (want, i) =>
      !(Math.abs(actual.data[i] - want) <= tolerance * (1 + Math.abs(want))) && !Object.is(actual.data[i], want),
  )
  if (far >= 0) expect(`element ${far}: ${actual.data[far]}`).toBe(`element ${far}: ${expected.data[far]}`)
}

/** Compiles for an executor and the reference. The symbols' own inputs make every symbol known, whatever the graph reads. */
async function both(
  outputs: Record<string, Sym>,
  { executor = 'onnx', threads = 1 }: CompileOptions = {},
): Promise<[Program, Program]> {
  const symbols = ['A', 'B', 'C', 'D'].map((symbol) => [`size ${symbol}`, t.sum(input(symbol, [symbol]))] as const)
  const all = { ...outputs, ...Object.fromEntries(symbols) }
  return [await compile(all, { executor, threads }), await compile(all, { executor: 'reference' })]
}

const sizes = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 1, max: 5 })))
const bind = (values: readonly number[]) => new Map(['A', 'B', 'C', 'D'].map((symbol, i) => [symbol, values[i]]))

describe.each(primitiveNames)('%s', (name) => {
  test.each([
    { executor: 'onnx', numRuns: 15 },
    { executor: 'wasm', numRuns: 5 }, // the same lowering; only its kernels are other
  ] as const)(
    'agrees with the reference at two sizes of the same program: $executor',
    async ({ executor, numRuns }) => {
      await fc.assert(
        fc.asyncProperty(fc.gen(), sizes, sizes, fc.nat(), async (generate, first, second, seed) => {
          const draw = new Draw(generate)
          const [onnx, reference] = await both({ y: cases[name](draw) }, { executor })
          try {
            for (const values of [first, second, first]) {
              const feeds = draw.feeds(bind(values), seed)
              expectClose((await onnx.run(feeds)).y, (await reference.run(feeds)).y)
            }
          } finally {
            await onnx.dispose()
          }
        }),
        { numRuns, seed: 11 },
      )
    },
  )
})

describe('absorbed nodes', () => {
  const agrees = async (build: (draw: Draw) => Record<string, Sym>, tolerance?: number) => {
    const draw = new Draw((() => 0) as unknown as GeneratorValue)
    const [onnx, reference] = await both(build(draw))
    try {
      for (const values of [
        [2, 3, 4, 5],
        [5, 1, 2, 3],
      ]) {
        const feeds = draw.feeds(bind(values), 3)
        const [actual, expected] = [await onnx.run(feeds), await reference.run(feeds)]
        for (const key of Object.keys(expected)) expectClose(actual[key], expected[key], tolerance)
      }
    } finally {
      await onnx.dispose()
    }
  }

  it('adds biases inside products, on either side, also of transposed operands', () =>
    agrees((draw) => {
      const [x, w, v, b] = [draw.float(['A', 3]), draw.float([3, 4]), draw.float([4, 3]), draw.float([4])]
      return {
        right: t.add(t.matmul(x, w), b),
        left: t.add(b, t.matmul(x, v, { transposeB: true, scale: 0.5 })),
        column: t.add(t.matmul(x, w), draw.float(['A', 1])),
        both: t.linear(draw.float(['A', 'B', 3]), w, b),
      }
    }))

  it('turns the gradient of a weight with a row for each of many items', () =>
    agrees((draw) => {
      const [scores, states] = [draw.float(['A', 1030]), draw.float(['A', 3])]
      return {
        gradient: t.matmul(scores, states, { transposeA: true }),
        scaled: t.matmul(scores, states, { transposeA: true, scale: 0.3 }),
        column: t.matmul(scores, draw.float(['A', 1]), { transposeA: true }),
        items: t.add(t.matmul(states, draw.float([1030, 3]), { transposeB: true }), draw.float([1030])),
        sums: t.sum(t.multiply(scores, draw.float(['A', 1])), 0),
      }
    }))

  it('multiplies full rows and crowded columns of a sparse matrix as dense ones', async () => {
    const matrix = crowdedMatrix(700, 600, createRng(3))
    const count = (outputs: Record<string, Sym>) =>
      toOnnx(buildGraph(new Map(Object.entries(outputs)))).model.nodes.filter(({ operator }) => operator === 'Add')
        .length
    expect(count({ y: t.sparseProduct(matrix, input('x', [600, 3])) })).toBe(1)
    await agrees((draw) => ({
      forward: t.sparseProduct(matrix, draw.float([600, 3])),
      back: t.sparseProduct(matrix, draw.float([700, 1]), { transposed: true }),
    }))
  })

  it('keeps a product that is read twice, and one that is an output', () =>
    agrees((draw) => {
      const [x, w, b] = [draw.float(['A', 3]), draw.float([3, 4]), draw.float([4])]
      const product = t.matmul(x, w)
      return { product, sum: t.add(product, b), other: t.tanh(product) }
    }))

  it('scales masks while it casts them, forwards and backwards', () =>
    agrees((draw) => {
      const [x, mask] = [draw.float(['A', 'B']), draw.bytes(['A', 'B'])]
      const kept = t.multiply(t.multiply(x, t.cast(mask, 'float32')), 1.25)
      const negative = t.multiply(t.cast(mask, 'float32'), -1.5)
      const [gradient] = grad(t.sum(t.exp(kept)), [x])
      return { kept, negative, gradient: gradient }
    }))

  it('swaps axes inside products', () =>
    agrees((draw) => {
      const [q, k] = [draw.float(['A', 'B', 3]), draw.float(['A', 'B', 3])]
      return {
        scores: t.matmul(q, t.transpose(k, [0, 2, 1]), { scale: 0.3 }),
        grams: t.matmul(t.transpose(q, [0, 2, 1]), k),
        rotated: t.matmul(t.transpose(q, [1, 0, 2]), t.transpose(k, [1, 2, 0])),
      }
    }))

  it('normalizes with first and second derivatives', () =>
    agrees((draw) => {
      const [x, g] = [draw.float(['A', 'B', 8]), draw.float(['A', 'B', 8])]
      const y = t.normalize(x, 1e-3)
      const [first] = grad(t.sum(t.multiply(y, g)), [x])
      const [second] = grad(t.sum(t.square(first)), [x])
      return { y, first: first, second: second, scale: t.inverseDeviation(x, 1e-3) }
    }, 2e-3))

  it('returns inputs, constants and one node under two names as arrays of their own', async () => {
    const x = input('x', ['A'])
    const y = t.negate(x)
    const program = await compile({ x, y, again: y, also: x, one: constant([1, 2]) }, { executor: 'onnx', threads: 1 })
    const data = Float32Array.of(1, 2, 3)
    const out = await program.run({ x: { shape: [3], data } })
    expect(out.x.data).toEqual(data)
    expect(out.again.data).toEqual(out.y.data)
    expect(out.one).toEqual({ shape: [2], data: Float32Array.of(1, 2) })
    expect(new Set([data, ...Object.values(out).map((tensor) => tensor.data)].map((array) => array.buffer)).size).toBe(
      6,
    )
    await program.dispose()
  })
})

describe('runs', () => {
  it('leaves the outputs of earlier runs alone, and reads feeds where they lie', async () => {
    const program = await compile({ y: t.multiply(input('x', ['N']), 2) }, { executor: 'onnx', threads: 2 })
    const buffer = Float32Array.from({ length: 5000 }, (_, i) => i)
    const first = await program.run({ x: { shape: [4000], data: buffer.subarray(1000) } })
    const copy = first.y.data.slice()
    buffer.fill(-1)
    const second = await program.run({ x: { shape: [4000], data: buffer.subarray(1000) } })
    expect(first.y.data).toEqual(copy)
    expect(first.y.data[0]).toBe(2000)
    expect(second.y.data[0]).toBe(-2)
    await program.dispose()
  })

  it('computes on empty axes', async () => {
    const x = input('x', ['B', 'T', 4])
    const w = input('w', [4, 3])
    const h = t.softmax(t.linear(t.normalize(x, 1e-5), w, constant([1, 2, 3])))
    const gathered = t.gather(t.reshape(h, ['B*T', 3]), input('ids', ['N'], 'int32'))
    const loss = t.add(t.sum(h), t.sum(gathered))
    const [gradient] = grad(loss, [w])
    const [onnx, reference] = await both({ h, loss, gradient: gradient, gathered })
    const none = Object.fromEntries(
      ['A', 'B', 'C', 'D'].map((s) => [s, { shape: [s === 'B' ? 0 : 1], data: new Float32Array(s === 'B' ? 0 : 1) }]),
    )
    const feeds = {
      ...none,
      x: { shape: [0, 2, 4], data: new Float32Array(0) },
      w: { shape: [4, 3], data: new Float32Array(12).fill(1) },
      ids: { shape: [0], data: new Int32Array(0) },
    }
    const [actual, expected] = [await onnx.run(feeds), await reference.run(feeds)]
    for (const key of Object.keys(expected)) expectClose(actual[key], expected[key])
    await onnx.dispose()
  })

  it('names the primitive and the line where a run fails', async () => {
    const program = await compile(
      { y: t.gather(input('table', ['V', 2]), input('ids', ['N'], 'int32')) },
      { executor: 'onnx', threads: 1 },
    )
    const table = { shape: [3, 2], data: new Float32Array(6) }
    const ask = (id: number) => program.run({ table, ids: { shape: [1], data: Int32Array.of(id) } })
    await expect(ask(7)).rejects.toThrow(/^gather at .*executor\.test\.ts:\d+ failed on onnxruntime: .*out of/)
    await expect(ask(-1)).rejects.toThrow(/^gather at .*executor\.test\.ts:\d+: id -1 is negative$/)
    await program.dispose()
  })
})
