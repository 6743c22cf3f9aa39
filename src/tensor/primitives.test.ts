import fc, { type GeneratorValue } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawSparseMatrix } from '../../test/checks/sparse-matrix.ts'
import { elementCount } from '../core/tensor.ts'
import { createRng, type Rng } from '../math/rng.ts'
import { buildGraph, type CompiledGraph } from './compile.ts'
import { type Dim, evaluateDim } from './dims.ts'
import { evaluate } from './executors/reference/executor.ts'
import type { Dense } from './executors/reference/kernels.ts'
import { grad, hvp, jvp, topologicalOrder, vjp } from './grad.ts'
import * as t from './ops.ts'
import { primitiveNames } from './shapes.ts'
import { constant, type DType, input, type PrimitiveName, type Sym } from './sym.ts'

/** Draws random shapes and the inputs that have them. Values of all inputs are distinct and lie off 0, so that no kink is near. */
class Draw {
  readonly feeds = new Map<string, Dense>()
  readonly dims = new Map<string, number>()
  readonly wrt: Sym[] = []
  readonly rng: Rng
  readonly #generate: GeneratorValue
  readonly #isSymbolic: boolean
  readonly #grid: Float64Array

  constructor(generate: GeneratorValue) {
    this.#generate = generate
    this.#isSymbolic = generate(fc.boolean)
    this.rng = createRng(generate(fc.nat))
    this.#grid = this.rng.shuffle(Float64Array.from({ length: 600 }, (_, i) => (i + 0.5) / 150 - 2))
  }

  below(n: number): number {
    return this.#generate(fc.nat, { max: n - 1 })
  }

  shape(minRank = 1, maxRank = 4): number[] {
    const rank = minRank + this.below(maxRank - minRank + 1)
    return Array.from({ length: rank }, () => 1 + this.below(3))
  }

  /** A shape that broadcasts to `shape`: axes missing in front, others 1. */
  narrower(shape: readonly number[]): number[] {
    return shape.slice(this.below(shape.length + 1)).map((n) => (this.below(3) === 0 ? 1 : n))
  }

  /** Equal extents above 1 get equal symbols when this draw is symbolic. */
  dim(extent: number): Dim {
    if (!this.#isSymbolic || extent === 1) return extent
    this.dims.set(`N${extent}`, extent)
    return `N${extent}`
  }

  float(shape: readonly number[], map: (x: number) => number = (x) => x): Sym {
    const data = Float64Array.from({ length: elementCount(shape) }, (_, i) => map(this.#grid[this.#used + i]))
    this.#used += data.length
    const x = this.#feed(shape, data, 'float32')
    this.wrt.push(x)
    return x
  }
  #used = 0

  positive(shape: readonly number[]): Sym {
    return this.float(shape, (x) => Math.abs(x) + 0.3)
  }

  ids(shape: readonly number[], below: number): Sym {
    return this.fixed(
      shape,
      Int32Array.from({ length: elementCount(shape) }, () => this.rng.below(below)),
    )
  }

  fixed(shape: readonly number[], data: Int32Array | Uint8Array): Sym {
    return this.#feed(shape, data, data instanceof Int32Array ? 'int32' : 'uint8')
  }

  vector(x: Sym): Sym {
    const shape = x.shape.map((dim) => evaluateDim(dim, this.dims))
    const data = Float64Array.from({ length: elementCount(shape) }, () => this.rng.normal())
    return this.#feed(shape, data, 'float32', x.shape)
  }

  #feed(
    shape: readonly number[],
    data: Dense['data'],
    dtype: DType,
    dims: readonly Dim[] = shape.map((n) => this.dim(n)),
  ): Sym {
    const name = `x${this.feeds.size}`
    this.feeds.set(name, { shape: [...shape], data })
    return input(name, dims, dtype)
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
    const [a, b] = [shape, draw.narrower(shape)].map((s) => draw.float(s)) as [Sym, Sym]
    return draw.below(2) === 0 ? f(a, b) : f(b, a)
  }

const positive =
  (f: (x: Sym) => Sym): Case =>
  (draw) =>
    f(draw.positive(draw.shape()))

/** One random use of every primitive. A new primitive fails the type check and the first test until it has its line here. */
const cases: { readonly [P in PrimitiveName]: Case } = {
  input: unary((x) => x),
  constant: unary((x) => t.multiply(x, constant([0.5]))),
  extent: (draw) => {
    const shape = draw.shape()
    return t.multiply(draw.float(shape), t.extent(draw.dim(shape[0])))
  },
  add: binary(t.add),
  subtract: binary(t.subtract),
  multiply: binary(t.multiply),
  divide: (draw) => {
    const shape = draw.shape()
    const [wide, narrow] = [shape, draw.narrower(shape)]
    return draw.below(2) === 0
      ? t.divide(draw.float(wide), draw.positive(narrow))
      : t.divide(draw.float(narrow), draw.positive(wide))
  },
  maximum: binary(t.maximum),
  greater: binary(t.greater),
  equal: binary(t.equal),
  where: (draw) => {
    const shape = draw.shape()
    const mask = draw.narrower(shape)
    const bits = Uint8Array.from({ length: elementCount(mask) }, () => draw.rng.below(2))
    return t.where(draw.fixed(mask, bits), draw.float(draw.narrower(shape)), draw.float(shape))
  },
  negate: unary(t.negate),
  exp: unary(t.exp),
  log: positive(t.log),
  sqrt: positive(t.sqrt),
  tanh: unary(t.tanh),
  sigmoid: unary(t.sigmoid),
  relu: unary(t.relu),
  erf: unary(t.erf),
  softplus: unary(t.softplus),
  cast: unary((x) => t.cast(t.cast(x, 'int32'), 'float32')),
  matmul: (draw) => {
    const batch = draw.shape(0, 2)
    const [m, k, n] = [1 + draw.below(3), 1 + draw.below(3), 1 + draw.below(3)]
    const [transposeA, transposeB] = [draw.below(2) === 0, draw.below(2) === 0]
    const a = draw.float([...draw.narrower(batch), ...(transposeA ? [k, m] : [m, k])])
    const b = draw.float([...draw.narrower(batch), ...(transposeB ? [n, k] : [k, n])])
    return t.matmul(a, b, { transposeA, transposeB, scale: draw.below(2) === 0 ? 1 : 0.7 })
  },
  sum: (draw) => {
    const shape = draw.shape()
    const axes = shape.map((_, i) => i).filter(() => draw.below(2) === 0)
    return t.sum(draw.float(shape), axes, { keepDims: draw.below(2) === 0 })
  },
  max: (draw) => {
    const shape = draw.shape()
    return t.max(draw.float(shape), draw.below(shape.length), { keepDims: draw.below(2) === 0 })
  },
  softmax: unary(t.softmax),
  logSoftmax: unary(t.logSoftmax),
  logSumExp: unary(t.logSumExp),
  normalize: unary((x) => t.normalize(x, 0.1)),
  inverseDeviation: unary((x) => t.inverseDeviation(x, 0.1)),
  reshape: (draw) => {
    const x = draw.float(draw.shape())
    return t.reshape(x, draw.below(2) === 0 ? [-1] : [1, ...x.shape.slice(1), x.shape[0]])
  },
  transpose: (draw) => {
    const shape = draw.shape()
    return t.transpose(draw.float(shape), [...draw.rng.shuffle(Int32Array.from(shape.keys()))])
  },
  expand: (draw) => {
    const shape = draw.shape()
    return t.expand(
      draw.float(draw.narrower(shape)),
      shape.map((n) => draw.dim(n)),
    )
  },
  slice: (draw) => {
    const shape = draw.shape()
    const axis = draw.below(shape.length)
    const end = 1 + draw.below(shape[axis])
    const dim = draw.dim(shape[axis])
    const x = draw.float(shape)
    return typeof dim === 'number' ? t.slice(x, axis, draw.below(end), end) : t.slice(x, axis, `${dim}-1`, dim)
  },
  concat: (draw) => {
    const shape = draw.shape()
    const axis = draw.below(shape.length)
    const part = () => draw.float(shape.with(axis, 1 + draw.below(3)))
    const first = part()
    return t.concat(draw.below(2) === 0 ? [first, part()] : [first, part(), first], axis)
  },
  pad: (draw) => {
    const shape = draw.shape()
    return t.pad(draw.float(shape), draw.below(shape.length), draw.dim(1 + draw.below(3)), draw.below(3))
  },
  gather: (draw) => {
    const shape = draw.shape(1, 3)
    return t.gather(draw.float(shape), draw.ids(draw.shape(0, 2), shape[0]))
  },
  scatterAdd: (draw) => {
    const ids = draw.shape(0, 2)
    const rows = 1 + draw.below(4)
    return t.scatterAdd(draw.float([...ids, ...draw.shape(0, 2)]), draw.ids(ids, rows), rows)
  },
  takeRows: (draw) => {
    const [n, m, d] = [1 + draw.below(4), 1 + draw.below(4), 1 + draw.below(3)]
    const index = new Int32Array(m).fill(-1)
    const inverse = new Int32Array(n).fill(-1)
    const rows = draw.rng.shuffle(Int32Array.from(inverse.keys()))
    for (let i = 0; i < Math.min(n, m); i++) {
      if (draw.below(3) === 0) continue
      index[i] = rows[i]
      inverse[rows[i]] = i
    }
    return t.takeRows(draw.float([n, d]), draw.fixed([m], index), draw.fixed([n], inverse))
  },
  sparseProduct: (draw) => {
    const [rows, columns, width] = [1 + draw.below(4), 1 + draw.below(4), 1 + draw.below(3)]
    const transposed = draw.below(2) === 0
    const x = Array.from({ length: transposed ? rows : columns }, () => t.slice(draw.float([1, width]), 1, 0, width))
    return t.sparseProduct(drawSparseMatrix(rows, columns, 3, draw.rng), t.concat(x, 0), { transposed })
  },
  stopGradient: unary(t.stopGradient),
}

/** Blocked by definition, although the values do change with the inputs. */
const BLOCKED: readonly PrimitiveName[] = ['stopGradient']
const STEP = 1e-4

function unsimplified(outputs: ReadonlyMap<string, Sym>): CompiledGraph {
  return { nodes: topologicalOrder(outputs.values()), inputs: new Map(), outputs }
}

function moved(draw: Draw, directions: readonly Sym[], step: number): Map<string, Dense> {
  const feeds = new Map(draw.feeds)
  const nameOf = (x: Sym) => (x as Sym<'input'>).attributes.name
  draw.wrt.forEach((x, k) => {
    const { shape, data } = feeds.get(nameOf(x))!
    const direction = feeds.get(nameOf(directions[k]))!.data
    feeds.set(nameOf(x), { shape, data: Float64Array.from(data, (value, i) => value + step * direction[i]) })
  })
  return feeds
}

function dot(a: readonly Sym[], b: readonly Sym[]): Sym {
  return a.map((x, k) => t.sum(t.multiply(x, b[k]))).reduce(t.add)
}

function close(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(2e-6 * (1 + Math.abs(expected)))
}

describe.each(primitiveNames)('%s', (name) => {
  const property = (numRuns: number, check: (draw: Draw, y: Sym) => void) =>
    fc.assert(
      fc.property(fc.gen(), (generate) => {
        const draw = new Draw(generate)
        check(draw, cases[name](draw))
      }),
      { numRuns, seed: 7 },
    )

  test('is used by its case', () => {
    const used = new Set<PrimitiveName>()
    property(5, (_, y) => {
      for (const node of topologicalOrder([y])) used.add(node.primitive)
    })
    expect(used).toContain(name)
  })

  test('first and second derivatives agree with finite differences, simplified or not', () => {
    property(20, (draw, y) => {
      const weights = draw.vector(y)
      const directions = draw.wrt.map((x) => draw.vector(x))
      // The square makes the Hessian of a linear primitive's loss something else than 0.
      const loss = t.add(t.sum(t.multiply(y, weights)), t.multiply(t.sum(t.square(y)), 0.5))
      const slope = dot(grad(loss, draw.wrt), directions)
      const products = hvp(loss, draw.wrt, directions)
      const outputs = new Map([
        ['loss', loss],
        ['slope', slope],
        ['curvature', dot(products, directions)],
        ['forward', dot(jvp([y], draw.wrt, directions), [weights])],
        ['backward', dot(vjp([y], [weights], draw.wrt), directions)],
      ])
      const graph = buildGraph(outputs)
      const at = (step: number, g = graph) => {
        const values = evaluate(g, moved(draw, directions, step), draw.dims, 'float64')
        return (key: string) => values.get(key)!.data[0]
      }
      const [here, behind, ahead, plain] = [at(0), at(-STEP), at(STEP), at(0, unsimplified(outputs))]
      for (const key of outputs.keys()) close(here(key), plain(key))
      close(here('forward'), here('backward'))
      if (BLOCKED.includes(name)) {
        expect([here('slope'), here('curvature')]).toEqual([0, 0])
        return
      }
      close(here('slope'), (ahead('loss') - behind('loss')) / (2 * STEP))
      close(here('curvature'), (ahead('slope') - behind('slope')) / (2 * STEP))
    })
  })

  test('keeps its shape rule', () => {
    property(10, (draw, y) => {
      const parts = draw.wrt.map((x, k) => [`gradient ${k}`, vjp([y], [draw.vector(y)], [x])[0]] as const)
      const values = evaluate(buildGraph(new Map([['y', y], ...parts])), draw.feeds, draw.dims, 'float64')
      for (const [key, node] of [['y', y] as const, ...parts]) {
        const { shape, data } = values.get(key)!
        expect(shape).toEqual(node.shape.map((dim) => evaluateDim(dim, draw.dims)))
        expect(data.length).toBe(elementCount(shape))
      }
      parts.forEach(([, gradient], k) => {
        expect(gradient.shape).toEqual(draw.wrt[k].shape)
      })
    })
  })
})
