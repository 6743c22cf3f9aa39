import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawSparseMatrix } from '../../../test/checks/sparse-matrix.ts'
import { TributaryError } from '../../core/errors.ts'
import { elementCount } from '../../core/tensor.ts'
import { createRng } from '../../math/rng.ts'
import { evaluateShape } from '../dims.ts'
import { evaluate } from '../executors/reference/executor.ts'
import type { Dense } from '../executors/reference/kernels.ts'
import { grad, hvp, topologicalOrder } from '../grad.ts'
import * as t from '../ops.ts'
import { constant, input, type PrimitiveName, type Sym } from '../sym.ts'
import { simplify } from './simplify.ts'

function simplified(node: Sym): Sym {
  return simplify(new Map([['y', node]])).get('y')!
}

function primitives(...outputs: Sym[]): PrimitiveName[] {
  const named = simplify(new Map(outputs.map((node, i) => [`y${i}`, node])))
  return topologicalOrder(named.values())
    .map((node) => node.primitive)
    .filter((name) => name !== 'input' && name !== 'constant')
}

const x = input('x', ['B', 4])
const y = input('y', ['B', 4])
const w = input('w', [4, 3])

describe('common subexpressions', () => {
  test('equal nodes are shared, also with operands swapped where the order does not matter', () => {
    expect(primitives(t.add(t.exp(t.multiply(x, y)), t.exp(t.multiply(y, x))))).toEqual(['multiply', 'exp', 'multiply'])
    expect(primitives(t.subtract(x, y), t.subtract(y, x))).toEqual(['subtract', 'subtract'])
    expect(primitives(t.exp(x), t.exp(x))).toEqual(['exp'])
  })

  test('attributes and constants distinguish', () => {
    expect(primitives(t.normalize(x, 1e-5), t.normalize(x, 1e-6))).toEqual(['normalize', 'normalize'])
    expect(primitives(t.divide(x, constant([1, 2, 3, 4])), t.divide(x, constant([1, 2, 3, 5])))).toHaveLength(2)
    expect(primitives(t.divide(x, constant([1, 2, 3, 4])), t.divide(x, constant([1, 2, 3, 4])))).toHaveLength(1)
  })

  test('products with one sparse matrix are shared, with an equal one or the transpose they are not', () => {
    const matrix = () => drawSparseMatrix(2, 2, 2, createRng(1))
    const [one, other, z] = [matrix(), matrix(), input('z', [2, 4])]
    expect(primitives(t.sparseProduct(one, z), t.sparseProduct(one, z))).toHaveLength(1)
    expect(primitives(t.sparseProduct(one, z), t.sparseProduct(other, z))).toHaveLength(2)
    expect(primitives(t.sparseProduct(one, z), t.sparseProduct(one, z, { transposed: true }))).toHaveLength(2)
  })
})

describe('rules', () => {
  test.each<[string, () => Sym]>([
    ['x + 0', () => t.add(x, 0)],
    ['0 + x', () => t.add(0, x)],
    ['x − 0', () => t.subtract(x, 0)],
    ['x · 1', () => t.multiply(x, 1)],
    ['x / 1', () => t.divide(x, 1)],
    ['x + a matrix of zeros', () => t.add(x, constant(0, [4]))],
    ['x · a vector of ones', () => t.multiply(constant([1, 1, 1, 1]), x)],
    ['−(−x)', () => t.negate(t.negate(x))],
    ['2 (x / 2)', () => t.multiply(t.divide(x, 2), 2)],
    ['a reshape there and back', () => t.reshape(t.reshape(x, ['4*B']), ['B', 4])],
    ['a transpose there and back', () => t.transpose(t.transpose(x, [1, 0]), [1, 0])],
    ['an expand to the same shape', () => t.expand(x, ['B', 4])],
    ['a whole slice', () => t.slice(x, 0, 0, 'B')],
    ['the inside of a pad', () => t.slice(t.pad(x, 1, 2, 'B'), 1, 2, 6)],
    ['a part of a concat', () => t.slice(t.concat([y, x], 1), 1, 4, 8)],
    ['an empty pad', () => t.pad(x, 1, 0, 0)],
    ['a concat of one', () => t.concat([x], 0)],
    ['stopGradient', () => t.stopGradient(x)],
    ['where(1, x, y)', () => t.where(1, x, y)],
    ['sum over an axis of extent 1', () => t.sum(t.reshape(x, ['B', 1, 4]), 1)],
  ])('%s is x', (_, build) => {
    expect(simplified(build())).toBe(x)
  })

  test('the gradients of neighboring slices are put side by side, not added', () => {
    const [left, right] = [t.slice(x, 1, 0, 1), t.slice(x, 1, 1, 4)]
    const [gradient] = grad(t.add(t.sum(t.exp(left)), t.sum(t.exp(right))), [x])
    expect(primitives(gradient).sort()).toEqual(['concat', 'exp', 'exp', 'slice', 'slice'])
  })

  test('pads that are no neighbors are added', () => {
    const [a, b] = [input('a', ['B', 1]), input('b', ['B', 3])]
    const apart: [Sym, Sym][] = [
      [t.pad(a, 1, 0, 3), x],
      [x, t.pad(a, 1, 0, 3)],
      [t.pad(a, 1, 0, 3), t.pad(a, 1, 2, 1)],
      [t.pad(b, 1, 0, 1), t.pad(b, 1, 1, 0)],
      [t.pad(a, 1, 0, 3), t.pad(input('c', ['B-1', 4]), 0, 1, 0)],
    ]
    for (const [left, right] of apart) expect(simplified(t.add(left, right)).primitive).toBe('add')
    const pads = [t.pad(b, 1, 1, 0), t.pad(a, 1, 0, 3)] as const
    expect(simplified(t.add(...pads)).inputs).toEqual([a, b])
  })

  test('multiplication by 0 needs nothing of its operand', () => {
    expect(primitives(t.multiply(t.exp(x), 0))).toEqual(['expand'])
    expect(primitives(t.matmul(t.multiply(t.exp(x), 0), w))).toEqual(['expand'])
  })

  test('scales move into a product that nothing else reads', () => {
    const scaled = simplified(t.divide(t.negate(t.matmul(t.multiply(x, 3), w, { scale: 2 })), 4))
    expect(scaled.primitive).toBe('matmul')
    expect(scaled.attributes).toMatchObject({ scale: -1.5 })
    const product = t.matmul(x, w)
    expect(primitives(t.multiply(product, 2), t.exp(product))).toEqual(['matmul', 'multiply', 'exp'])
  })

  test('a scale finds its product through a reshape', () => {
    const batched = t.multiply(t.matmul(input('h', ['B', 'T', 4]), w), 0.25)
    expect(primitives(batched)).toEqual(['reshape', 'matmul', 'reshape'])
    const shared = t.matmul(input('h', ['B', 'T', 4]), w)
    expect(primitives(t.multiply(shared, 0.25), shared)).toEqual(['reshape', 'matmul', 'reshape', 'multiply'])
  })

  test('factors meet, whether constant or not', () => {
    const mean = t.divide(1, t.extent('B'))
    const scaled = simplified(t.multiply(t.multiply(x, mean), 2))
    expect(scaled.inputs[0]).toBe(x)
    expect(scaled.inputs[1].shape).toEqual([])
    const outward = simplified(t.multiply(t.negate(x), t.divide(y, 2)))
    expect(outward.inputs.find((node) => node.primitive === 'constant')?.attributes).toEqual({ value: -0.5 })
    // A column's scale stays with the column.
    const column = input('column', ['B', 1])
    expect(simplified(t.multiply(x, t.multiply(column, 2))).inputs).toContain(x)
  })

  test('a reciprocal of the same shape is divided by, a smaller one multiplied', () => {
    expect(primitives(t.multiply(x, t.reciprocal(y)))).toEqual(['divide'])
    expect(primitives(t.multiply(x, t.reciprocal(input('column', ['B', 1]))))).toEqual(['divide', 'multiply'])
    expect(primitives(t.divide(0, y))).toEqual(['expand'])
  })

  test('a factor that two summands share is multiplied once', () => {
    expect(primitives(t.add(t.multiply(x, y), t.multiply(t.exp(y), x)))).toEqual(['exp', 'add', 'multiply'])
    const product = t.multiply(x, y)
    expect(primitives(t.add(product, t.multiply(t.exp(y), x)), product)).toHaveLength(4) // it is needed as it is
  })

  test('the scales of a gelu between two layers move into their products', () => {
    const inner = t.linear(x, w, input('bias', [3]))
    const outer = t.matmul(t.gelu(inner), input('v', [3, 2]))
    const large = topologicalOrder(simplify(new Map([['y', outer]])).values()).filter((node) => node.shape[0] === 'B')
    expect(large.map((node) => node.primitive)).toEqual(['input', 'matmul', 'add', 'erf', 'add', 'multiply', 'matmul'])
  })

  test('a weight a row moves to the smaller matrix of a product', () => {
    const [wide, narrow, weight] = [input('wide', ['B', 9]), input('narrow', ['B', 3]), input('weight', ['B', 1])]
    const scores = simplified(t.matmul(t.multiply(weight, wide), input('table', [9, 3])))
    expect(scores.inputs[0].inputs[0]).toBe(wide)
    const transposed = simplified(t.matmul(t.multiply(wide, weight), narrow, { transposeA: true }))
    expect(transposed.inputs[0]).toBe(wide)
    expect(transposed.inputs[1].inputs).toEqual([narrow, weight])
    // Not where the other matrix is the wider one, or the weight is a column's.
    const kept = [
      t.matmul(t.multiply(weight, narrow), input('back', [3, 9])),
      t.matmul(t.multiply(wide, input('columns', [1, 9])), input('table', [9, 3])),
    ]
    for (const node of kept) expect(simplified(node)).toMatchObject({ primitive: 'matmul' })
  })

  test('a sum of weighted rows of many columns is a product with the weights', () => {
    const [matrix, weight] = [input('matrix', ['B', 1024]), input('weight', ['B', 1])]
    const total = simplified(t.sum(t.multiply(weight, matrix), 0))
    expect(total).toMatchObject({ primitive: 'reshape', shape: [1024] })
    expect(total.inputs[0]).toMatchObject({ primitive: 'matmul', inputs: [weight, matrix] })
    // Not of few columns, nor where the weighted matrix is needed anyway.
    expect(simplified(t.sum(t.multiply(weight, input('narrow', ['B', 9])), 0)).primitive).toBe('sum')
    const weighted = t.multiply(weight, matrix)
    const both = simplify(
      new Map([
        ['sum', t.sum(weighted, 0)],
        ['weighted', weighted],
      ]),
    )
    expect(both.get('sum')!.primitive).toBe('sum')
  })

  test('a product reads transposed operands as they lie', () => {
    const product = simplified(t.matmul(t.transpose(x, [1, 0]), t.transpose(y, [1, 0]), { transposeA: true }))
    expect(product.inputs).toEqual([x, y])
    expect(product.attributes).toMatchObject({ transposeA: false, transposeB: true })
  })

  test('a repeated operand is left to the broadcasting consumer, and summing it multiplies', () => {
    const row = input('row', [4])
    expect(primitives(t.multiply(x, t.expand(row, ['B', 4])))).toEqual(['multiply'])
    expect(primitives(t.sum(t.exp(t.expand(row, ['B', 4])), 0)).sort()).toEqual(['exp', 'extent', 'multiply'])
  })

  test('a product broadcasts its batch axes itself', () => {
    const [a, b] = [input('a', ['K', 'B', 4]), input('b', [4, 3])]
    const strip = simplified(t.matmul(a, t.expand(b, ['K', 4, 3])))
    expect(strip.inputs).toEqual([a, b])
    // Here the batch axis would be lost, or the repeated axis is one that is multiplied.
    expect(
      simplified(t.matmul(t.expand(x, ['K', 'B', 4]), t.transpose(b, [0, 1]), { transposeA: false })).shape,
    ).toEqual(['K', 'B', 3])
    const row = t.expand(input('row', [1, 4]), ['B', 4])
    expect(simplified(t.matmul(row, b)).inputs[0]).toBe(row)
  })

  test('layouts that only look like there and back stay', () => {
    const wide = input('wide', ['B', 8])
    expect(primitives(t.slice(t.pad(x, 1, 2, 3), 1, 2, 7))).toEqual(['pad', 'slice'])
    expect(primitives(t.slice(t.pad(x, 1, 2, 3), 0, 0, 'B'))).toEqual(['pad'])
    expect(primitives(t.slice(t.concat([x, y], 1), 1, 0, 5))).toEqual(['concat', 'slice'])
    expect(primitives(t.concat([t.concat([x, x], 1), wide], 0))).toEqual(['concat', 'concat'])
    expect(primitives(t.concat([t.slice(wide, 1, 0, 2), x], 1))).toEqual(['slice', 'concat'])
    expect(primitives(t.concat([t.concat([x, y], 1), x], 1))).toEqual(['concat'])
    const two = input('two', ['B', 2, 1])
    expect(primitives(t.transpose(two, [0, 2, 1]))).toEqual(['reshape'])
    expect(primitives(t.transpose(two, [1, 0, 2]))).toEqual(['transpose'])
    expect(primitives(t.expand(t.reshape(x, [1, 'B', 4]), ['K', 'B', 4]), input('k', ['K']))).toEqual(['expand'])
    expect(primitives(t.expand(t.reshape(two, [2, 1, 'B']), [2, 3, 'B']))).toEqual(['reshape', 'expand'])
  })

  test('sums over any axes, of arrays repeated along any, keep their values', () => {
    const shape = [2, 3, 2, 2]
    const subsets = Array.from({ length: 16 }, (_, bits) => [0, 1, 2, 3].filter((i) => bits & (1 << i)))
    for (const repeated of subsets)
      for (const axes of subsets)
        for (const keepDims of [true, false]) {
          const source = input(
            'source',
            shape.map((n, i) => (repeated.includes(i) ? 1 : n)),
          )
          const total = t.sum(t.expand(source, shape), axes, { keepDims })
          const data = Float64Array.from({ length: elementCount(source.shape as number[]) }, (_, i) => 2 ** i)
          const run = (node: Sym) =>
            evaluate(
              { nodes: topologicalOrder([node]), inputs: new Map(), outputs: new Map([['y', node]]) },
              new Map([['source', { shape: source.shape as number[], data }]]),
              new Map(),
              'float64',
            ).get('y')
          expect(run(simplified(total))).toEqual(run(total))
        }
  })

  test('several axes at one end are summed as one', () => {
    const cube = input('cube', ['B', 'T', 4])
    for (const axes of [
      [0, 1],
      [1, 2],
    ]) {
      expect(primitives(t.sum(cube, axes))).toEqual(['reshape', 'sum'])
      const [total] = topologicalOrder([simplified(t.sum(cube, axes))]).filter((node) => node.primitive === 'sum')
      expect(total.attributes).toMatchObject({ axes: [axes[0] === 0 ? 0 : 1] })
    }
    expect(primitives(t.sum(cube, [0, 2]))).toEqual(['sum'])
    expect(primitives(t.sum(cube))).toEqual(['sum'])
  })

  test('constants are computed, in double precision', () => {
    const folded = simplified(t.multiply(x, t.sqrt(t.add(1, t.exp(0)))))
    expect(folded.inputs.find((node) => node.primitive === 'constant')?.attributes).toEqual({ value: Math.SQRT2 })
  })
})

test('gradients of weights under batched inputs are single products, without transposes', () => {
  const batched = input('batched', ['B', 'T', 4])
  const bias = input('bias', [3])
  const loss = t.sum(t.exp(t.tanh(t.linear(batched, w, bias))))
  const [byWeight, byBias] = grad(loss, [w, bias])
  const named = simplify(
    new Map([
      ['w', byWeight],
      ['b', byBias],
    ]),
  )
  const nodes = topologicalOrder(named.values())
  expect(named.get('w')).toMatchObject({ primitive: 'matmul', attributes: { transposeA: true, transposeB: false } })
  expect(named.get('b')).toMatchObject({ primitive: 'sum', attributes: { axes: [0] } })
  expect(nodes.filter((node) => node.primitive === 'matmul')).toHaveLength(2)
  expect(nodes.some((node) => node.primitive === 'transpose' || node.primitive === 'expand')).toBe(false)
})

test('what a dropout mask made of a softmax serves the derivative of both', () => {
  const [mask, values] = [input('mask', ['B', 4]), input('values', [4, 3])]
  const attention = t.multiply(t.softmax(x), mask)
  const gradients = grad(t.sum(t.exp(t.matmul(attention, values))), [x, values])
  // attention; attention · its gradient; softmax · row sums
  expect(primitives(...gradients).filter((name) => name === 'multiply')).toHaveLength(3)
})

test("gain and shift of a layer normalization move into the next layer's weight", () => {
  const [batched, gain, shift, bias] = [
    input('h', ['B', 'T', 4]),
    input('gain', [4]),
    input('shift', [4]),
    input('b', [3]),
  ]
  const normed = t.add(t.multiply(t.normalize(batched, 0.1), gain), shift)
  const folded = t.linear(normed, w, bias)
  const plain = t.add(t.reshape(t.matmul(t.reshape(normed, ['B*T', 4]), w), ['B', 'T', 3]), bias)
  const wrt = [batched, gain, shift, w, bias]
  const outputs = [folded, plain].map((y) => [y, ...grad(t.sum(t.exp(t.multiply(y, 0.1))), wrt)])
  const rng = createRng(4)
  const feeds = new Map(
    wrt.map((leaf) => {
      const shape = evaluateShape(
        leaf.shape,
        new Map([
          ['B', 3],
          ['T', 2],
        ]),
      )
      const data = Float64Array.from({ length: elementCount(shape) }, () => rng.normal())
      return [(leaf as Sym<'input'>).attributes.name, { shape, data }] as const
    }),
  )
  const named = new Map(outputs.flatMap((group, i) => group.map((node, k) => [`${i} ${k}`, node] as const)))
  const graph = { nodes: topologicalOrder(named.values()), inputs: new Map(), outputs: named }
  const values = evaluate(
    graph,
    feeds,
    new Map([
      ['B', 3],
      ['T', 2],
    ]),
    'float64',
  )
  for (const k of outputs[0].keys())
    values.get(`0 ${k}`)!.data.forEach((value, i) => {
      expect(value).toBeCloseTo(values.get(`1 ${k}`)!.data[i], 9)
    })
  // Only weights are multiplied: nothing of the size of the batch meets gain or shift.
  const large = topologicalOrder(simplify(new Map([['y', folded]])).values()).filter((node) => node.shape.includes('B'))
  expect(large.some((node) => node.primitive === 'multiply')).toBe(false)
})

/** Grows a pool of nodes by random operations; operations that do not fit the shapes drawn are skipped. */
function randomGraph(seed: number, size: number): { leaves: Sym[]; outputs: Sym[] } {
  const rng = createRng(seed)
  const shapes = [['M', 'N'], ['N'], [1, 'N'], ['M', 1], [], ['N', 'M'], ['M', 'M'], [1], ['K', 'M', 'N'], ['K', 1, 1]]
  const leaves = shapes.map((shape, i) => input(`leaf${i}`, shape))
  const pool: Sym[] = [
    ...leaves,
    constant(0),
    constant(1),
    constant([1]),
    constant(-1),
    constant(0.5),
    constant(2, [1, 1]),
  ]
  const any = () => pool[Math.max(rng.below(pool.length), rng.below(pool.length))]
  const axis = (node: Sym) => rng.below(Math.max(node.shape.length, 1))
  const operations: (() => Sym)[] = [
    () => t.add(any(), any()),
    () => t.subtract(any(), any()),
    () => t.multiply(any(), any()),
    () => t.multiply(any(), 0.5),
    () => t.divide(any(), -2),
    () => t.divide(1, t.add(t.square(any()), 1)),
    () => t.negate(any()),
    () => t.tanh(any()),
    () => t.where(t.greater(any(), 0), any(), any()),
    () => t.softmax(any()),
    () =>
      t.matmul(any(), any(), {
        transposeA: rng.below(2) === 0,
        transposeB: rng.below(2) === 0,
        scale: 1 + rng.below(2),
      }),
    () => {
      const node = any()
      return t.sum(
        node,
        node.shape.map((_, i) => i).filter(() => rng.below(2) === 0),
        { keepDims: rng.below(2) === 0 },
      )
    },
    () => {
      const node = any()
      return t.mean(node, axis(node), { keepDims: rng.below(2) === 0 })
    },
    () => {
      const node = any()
      return t.transpose(node, [...rng.shuffle(Int32Array.from(node.shape.keys()))])
    },
    () => t.reshape(any(), any().shape),
    () => t.reshape(any(), [-1]),
    () => {
      const node = any()
      return t.reshape(node, [...node.shape, 1])
    },
    () => t.expand(any(), any().shape),
    () => {
      const node = any()
      return t.pad(node, axis(node), rng.below(2), rng.below(2) === 0 ? 'N' : 1)
    },
    () => {
      const node = any()
      const at = axis(node)
      return t.slice(node, at, rng.below(2), node.shape[at])
    },
    () => {
      const node = any()
      return t.concat([node, any(), node], axis(node))
    },
    () => t.stopGradient(any()),
  ]
  for (let made = 0; made < size; ) {
    try {
      pool.push(operations[rng.below(operations.length)]())
      made++
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error
    }
  }
  return { leaves, outputs: pool.slice(-4) }
}

test('random graphs, their gradients and Hessian products keep their values', () => {
  let shrunk = 0
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { leaves, outputs } = randomGraph(seed, 25)
      const loss = outputs.map((node) => t.sum(t.tanh(node))).reduce(t.add)
      const all = [...outputs, ...grad(loss, leaves), ...hvp(loss, leaves, leaves)]
      const named = new Map(all.map((node, i) => [`${i}`, node]))
      const better = simplify(named)
      const dims = new Map([
        ['M', 3],
        ['N', 2],
        ['K', 2],
      ])
      const rng = createRng(seed)
      const feeds = new Map<string, Dense>()
      leaves.forEach((node, i) => {
        const shape = evaluateShape(node.shape, dims)
        feeds.set(`leaf${i}`, { shape, data: Float64Array.from({ length: elementCount(shape) }, () => rng.normal()) })
      })
      const run = (nodes: ReadonlyMap<string, Sym>) =>
        evaluate({ nodes: topologicalOrder(nodes.values()), inputs: new Map(), outputs: nodes }, feeds, dims, 'float64')
      const [before, after] = [run(named), run(better)]
      for (const [key, { shape, data }] of before) {
        expect(after.get(key)!.shape).toEqual(shape)
        after.get(key)!.data.forEach((value, i) => {
          expect(Math.abs(value - data[i])).toBeLessThanOrEqual(1e-7 * (1 + Math.abs(data[i])))
        })
      }
      if (topologicalOrder(better.values()).length < topologicalOrder(named.values()).length) shrunk++
    }),
    { numRuns: 60, seed: 11 },
  )
  expect(shrunk).toBeGreaterThan(50)
})
