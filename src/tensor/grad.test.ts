import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { elementCount } from '../core/tensor.ts'
import { createRng } from '../math/rng.ts'
import { buildGraph } from './compile.ts'
import { evaluate } from './executors/reference/executor.ts'
import type { Dense, Numbers } from './executors/reference/kernels.ts'
import { grad, hvp, jvp, topologicalOrder, vjp } from './grad.ts'
import * as t from './ops.ts'
import { constant, input, type Sym } from './sym.ts'

type Feeds = Readonly<Record<string, readonly number[]>>

/** Values in double precision; inputs of the graph have fixed shapes. */
function run(outputs: readonly Sym[], feeds: Feeds): Numbers[] {
  const graph = buildGraph(new Map(outputs.map((node, i) => [`${i}`, node])))
  const dense = new Map<string, Dense>()
  for (const [name, node] of graph.inputs)
    dense.set(name, { shape: node.shape as number[], data: Float64Array.from(feeds[name]) })
  const values = evaluate(graph, dense, new Map(), 'float64')
  return outputs.map((_, i) => values.get(`${i}`)!.data)
}

function near(actual: Iterable<number>, expected: Iterable<number>, tolerance = 1e-9): void {
  const [a, e] = [[...actual], [...expected]]
  expect(a).toHaveLength(e.length)
  a.forEach((value, i) => {
    expect(Math.abs(value - e[i])).toBeLessThanOrEqual(tolerance * (1 + Math.abs(e[i])))
  })
}

/** A small network that uses most of the public functions, with its inputs' sizes. */
function network(): { loss: Sym; outputs: Sym[]; wrt: Sym[] } {
  const x = input('x', [2, 3, 4])
  const [w, b] = [input('w', [4, 4]), input('b', [4])]
  const [wq, wk] = [input('wq', [4, 2]), input('wk', [4, 2])]
  const h = t.gelu(t.linear(t.normalize(x, 0.1), w, b))
  const scores = t.matmul(t.matmul(h, wq), t.matmul(h, wk), { transposeB: true, scale: Math.SQRT1_2 })
  const mixed = t.add(h, t.matmul(t.softmax(scores), x)) // [2, 3, 4]
  const logits = t.slice(t.concat([mixed, t.abs(mixed)], 2), 2, 1, 7)
  const first = t.mean(t.logSumExp(logits), 0) // [3]
  const second = t.softplus(t.sum(t.minimum(mixed, t.reciprocal(t.add(t.square(mixed), 1))), [0, 2]))
  const outputs = [first, second]
  return { loss: t.add(t.sum(t.multiply(first, second)), t.max(second, 0)), outputs, wrt: [x, w, b, wq, wk] }
}

function draw(nodes: readonly Sym[], seed: number): Feeds {
  const rng = createRng(seed)
  const feeds: Record<string, number[]> = {}
  for (const node of nodes)
    feeds[(node as Sym<'input'>).attributes.name] = Array.from({ length: elementCount(node.shape as number[]) }, () =>
      rng.normal(),
    )
  return feeds
}

function moved(feeds: Feeds, nodes: readonly Sym[], directions: readonly Sym[], step: number): Feeds {
  const result = { ...feeds }
  nodes.forEach((node, k) => {
    const [name, by] = [node, directions[k]].map((x) => (x as Sym<'input'>).attributes.name) as [string, string]
    result[name] = feeds[name].map((value, i) => value + step * feeds[by][i])
  })
  return result
}

const like = (prefix: string) => (node: Sym, k: number) => input(`${prefix}${k}`, node.shape)

describe('a composite network', () => {
  const { loss, outputs, wrt } = network()
  const directions = wrt.map(like('direction'))
  const weights = outputs.map(like('weight'))
  const STEP = 1e-4

  test('jvp is the slope along the direction, and the adjoint of vjp', () => {
    const forward = jvp(outputs, wrt, directions)
    const backward = vjp(outputs, weights, wrt)
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const feeds = draw([...wrt, ...directions, ...weights], seed)
        const tangents = run(forward, feeds)
        const ahead = run(outputs, moved(feeds, wrt, directions, STEP))
        const behind = run(outputs, moved(feeds, wrt, directions, -STEP))
        tangents.forEach((tangent, k) => {
          near(
            tangent,
            ahead[k].map((value, i) => (value - behind[k][i]) / (2 * STEP)),
            1e-4,
          )
        })
        const inner = (values: readonly Numbers[], name: string) => {
          let total = 0
          for (const [k, v] of values.entries())
            for (const [i, value] of v.entries()) total += value * feeds[`${name}${k}`][i]
          return total
        }
        near([inner(tangents, 'weight')], [inner(run(backward, feeds), 'direction')])
      }),
      { numRuns: 10, seed: 3 },
    )
  })

  test('hvp is the slope of the gradient along the vector, and symmetric', () => {
    const others = wrt.map(like('other'))
    const products = hvp(loss, wrt, directions)
    const gradients = grad(loss, wrt)
    const dot = (a: readonly Sym[], b: readonly Sym[]) => a.map((x, k) => t.sum(t.multiply(x, b[k]))).reduce(t.add)
    const both = [dot(products, others), dot(hvp(loss, wrt, others), directions)]
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const feeds = draw([...wrt, ...directions, ...others], seed)
        const ahead = run(gradients, moved(feeds, wrt, directions, STEP / 10))
        const behind = run(gradients, moved(feeds, wrt, directions, -STEP / 10))
        run(products, feeds).forEach((product, k) => {
          near(
            product,
            ahead[k].map((value, i) => (value - behind[k][i]) / (STEP / 5)),
            1e-3,
          )
        })
        const [one, other] = run(both, feeds)
        near(one, other)
      }),
      { numRuns: 10, seed: 3 },
    )
  })
})

describe('known derivatives', () => {
  test('the Hessian of a quadratic is its matrix', () => {
    const matrix = [4, 1, -2, 1, 3, 0.5, -2, 0.5, 5]
    const x = input('x', [3, 1])
    const v = input('v', [3, 1])
    const a = constant({ shape: [3, 3], data: Float32Array.from(matrix) })
    const loss = t.multiply(0.5, t.sum(t.matmul(x, t.matmul(a, x), { transposeA: true })))
    const [product] = hvp(loss, [x], [v])
    const feeds = { x: [0.3, -1, 2], v: [1, 2, -3] }
    near(run([product], feeds)[0], [4 + 2 + 6, 1 + 6 - 1.5, -2 + 1 - 15])
    expect(topologicalOrder(buildGraph(new Map([['h', product]])).outputs.values())).not.toContain(x)
  })

  test('the third derivative of x⁴ is 24 x', () => {
    const x = input('x', [])
    const fourth = t.square(t.square(x))
    const third = grad(grad(grad(fourth, [x])[0], [x])[0], [x])[0]
    near(run([third], { x: [1.5] })[0], [36])
  })

  test('the derivatives of softplus at 0 are those of its formula', () => {
    const x = input('x', [])
    const first = grad(t.softplus(x), [x])[0]
    near(
      run([first, grad(first, [x])[0]], { x: [0] }).map((v) => v[0]),
      [0.5, 0.25],
    )
  })

  test('largest values that tie share the gradient; |x| and relu have none at 0', () => {
    const x = input('x', [4])
    const gradients = [t.max(x, 0), t.sum(t.abs(x)), t.sum(t.relu(x))].map((loss) => grad(loss, [x])[0])
    const [byMax, byAbs, byRelu] = run(gradients, { x: [2, 0, 2, -1] })
    near(byMax, [0.5, 0, 0.5, 0])
    near(byAbs, [1, 0, 1, -1])
    near(byRelu, [1, 0, 1, 0])
  })

  test('what where() does not choose may be NaN; its gradient is 0', () => {
    const x = input('x', [2])
    const loss = t.sum(t.where(t.greater(x, 0), t.log(x), 0))
    const [value, gradient] = run([loss, grad(loss, [x])[0]], { x: [Math.E, -1] })
    near(value, [1])
    near(gradient, [1 / Math.E, 0])
  })

  test('a node may be differentiated by, not only an input', () => {
    const x = input('x', [2])
    const h = t.multiply(x, 3)
    const loss = t.sum(t.square(h))
    const [byH, byX] = run(grad(loss, [h, x]), { x: [1, -2] })
    near(byH, [6, -12])
    near(byX, [18, -36])
  })

  test('cotangents are held fixed even where they depend on what is differentiated', () => {
    const x = input('x', [])
    near(run(vjp([t.square(x)], [x], [x]), { x: [3] })[0], [18])
    near(run(hvp(t.square(t.square(x)), [x], [x]), { x: [2] })[0], [12 * 4 * 2])
  })
})

describe('slices that tile an axis', () => {
  const x = input('x', [2, 5])
  const weighted = (parts: readonly (readonly [number, number])[]) =>
    parts
      .map(([start, end], i) => t.multiply(t.sum(t.square(t.slice(x, 1, start, end))), i + 1))
      .reduce((sum, part) => t.add(sum, part))
  const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  const primitives = (node: Sym) => topologicalOrder([node]).map(({ primitive }) => primitive)

  test('pass back one concat, whatever their order', () => {
    const [gradient] = grad(
      weighted([
        [3, 5],
        [0, 1],
        [1, 3],
      ]),
      [x],
    )
    expect(primitives(gradient)).toContain('concat')
    expect(primitives(gradient)).not.toContain('pad')
    near(run([gradient], { x: values })[0], [4, 12, 18, 8, 10, 24, 42, 48, 18, 20])
  })

  test.each([
    [
      'overlapping',
      [
        [0, 3],
        [2, 5],
      ],
      [2, 4, 18, 16, 20, 12, 14, 48, 36, 40],
    ],
    [
      'with a gap',
      [
        [0, 2],
        [3, 5],
      ],
      [2, 4, 0, 16, 20, 12, 14, 0, 36, 40],
    ],
    [
      'the same twice',
      [
        [0, 5],
        [0, 5],
      ],
      [6, 12, 18, 24, 30, 36, 42, 48, 54, 60],
    ],
  ] as const)('%s, add up', (_name, parts, expected) => {
    near(run(grad(weighted(parts), [x]), { x: values })[0], expected)
  })
})

describe('pruning', () => {
  const x = input('x', [3])
  const w = input('w', [3])

  /** Primitives of a gradient that are not already in the loss. */
  function built(loss: Sym, wrt: readonly Sym[]): string[] {
    const forward = new Set(topologicalOrder([loss]))
    return topologicalOrder(grad(loss, wrt))
      .filter((node) => !forward.has(node))
      .map((node) => node.primitive)
  }

  test('stopGradient lets exactly nothing through, and nothing is built for what it blocks', () => {
    const blocked = t.sum(t.exp(t.stopGradient(t.tanh(x))))
    const loss = t.add(t.sum(t.multiply(w, x)), blocked)
    expect(built(blocked, [x])).toEqual(['constant', 'expand'])
    expect(built(loss, [w])).not.toContain('tanh')
    const [gradient] = grad(blocked, [x])
    expect([...run([gradient], { x: [1, 2, 3] })[0]]).toEqual([0, 0, 0])
    expect([...run(grad(loss, [x]), { x: [1, 2, 3], w: [4, 5, 6] })[0]]).toEqual([4, 5, 6])
    expect(built(loss, [x])).not.toContain('exp')
  })

  test('a gradient is zeros where nothing depends', () => {
    const [gradient] = grad(t.sum(w), [x])
    expect(gradient.shape).toEqual([3])
    expect([...run([gradient], {})[0]]).toEqual([0, 0, 0])
  })

  /** How many nodes `action` makes, whether a result needs them or not. */
  function made(action: () => unknown): number {
    const before = constant(0).id
    action()
    return constant(0).id - before - 1
  }

  test('nothing is built, not even for nothing, beside the paths from the loss to wrt', () => {
    const depth = (n: number): Sym => (n === 0 ? w : t.tanh(t.log(t.exp(depth(n - 1)))))
    const gradientNodes = (other: Sym) => {
      const loss = t.sum(t.multiply(other, x))
      return made(() => grad(loss, [x]))
    }
    expect(gradientNodes(depth(5))).toBe(gradientNodes(w))
    expect(gradientNodes(t.stopGradient(t.exp(x)))).toBe(gradientNodes(w))
  })

  test('ids, masks and comparisons have no gradient', () => {
    const ids = input('ids', [2], 'int32')
    const table = input('table', [4, 3])
    const mask = t.greater(x, 0)
    const loss = t.sum(t.multiply(t.gather(table, ids), mask))
    expect(built(loss, [x])).toEqual(['constant', 'expand'])
    expect(built(loss, [table])).toContain('scatterAdd')
  })
})

describe('refusals', () => {
  const x = input('x', ['B', 3])
  test('a loss that is no scalar', () => {
    expect(() => grad(x, [x])).toThrow(
      /needs a scalar \(shape \[\]\), but the loss made at .*grad\.test\.ts:\d+ has shape \[B, 3\]/,
    )
  })
  test('a layer normalization whose gain and shift linear() has taken into its weight, but not a reshape of it', () => {
    const rows = input('rows', [2, 3])
    const [gain, shift, weight] = [input('gain', [3]), input('shift', [3]), input('weight', [3, 2])]
    const h = t.add(t.multiply(t.normalize(rows, 0.1), gain), shift)
    expect(() => grad(t.sum(t.linear(h, weight)), [h])).toThrow(
      /the gradient by the add made at .*grad\.test\.ts:\d+ is incomplete/,
    )
    const barrier = t.reshape(h, h.shape)
    const feeds = draw([rows, gain, shift, weight], 5)
    const [byRows] = run(grad(t.sum(t.linear(barrier, weight)), [barrier]), feeds)
    const sums = [0, 1, 2].map((i) => feeds.weight[2 * i] + feeds.weight[2 * i + 1])
    near(byRows, [...sums, ...sums])
  })

  test('a gain of one entry stays outside the weight', () => {
    const rows = input('rows', [2, 3])
    const h = t.add(t.multiply(t.normalize(rows, 0.1), input('gain', [1])), input('shift', [1]))
    expect(t.linear(h, input('weight', [3, 2])).shape).toEqual([2, 2])
  })

  test('a missing tangent, a cotangent of another shape', () => {
    expect(() => jvp([x], [x], [])).toThrow('each output needs one cotangent')
    expect(() => vjp([x], [input('c', [2, 2])], [x])).toThrow(/expand of \[2, 2\] at .*: .*do not broadcast/)
  })
})
