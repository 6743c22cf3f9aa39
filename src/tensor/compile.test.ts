import { describe, expect, test } from 'vitest'
import type { TributaryError } from '../core/errors.ts'
import type { Tensor } from '../core/tensor.ts'
import { buildGraph, compile } from './compile.ts'
import { grad } from './grad.ts'
import * as t from './ops.ts'
import { input, type Sym } from './sym.ts'

const REFERENCE = { executor: 'reference' } as const

function tensor(shape: readonly number[], fill: (i: number) => number = (i) => i): Tensor<Float32Array> {
  const length = shape.reduce((product, n) => product * n, 1)
  return { shape, data: Float32Array.from({ length }, (_, i) => fill(i)) }
}

async function refusal(action: () => unknown): Promise<TributaryError> {
  try {
    await action()
  } catch (error) {
    return error as TributaryError
  }
  throw new Error('it was not refused')
}

describe('running', () => {
  test('symbolic extents take the feeds’ values, anew in every run', async () => {
    const x = input('x', ['B', 'T', 2])
    const next = input('next', ['B', 'T+1', 2])
    const shifted = t.slice(next, 1, 1, 'T+1')
    const program = await compile(
      { sums: t.sum(t.multiply(x, shifted), [1, 2]), mean: t.mean(x), flat: t.reshape(x, ['B', -1]) },
      REFERENCE,
    )
    expect(program.inputs).toEqual(['x', 'next'])
    for (const [B, T] of [
      [1, 3],
      [2, 1],
    ] as const) {
      const { sums, mean, flat } = await program.run({
        x: tensor([B, T, 2], () => 2),
        next: tensor([B, T + 1, 2], () => 3),
      })
      expect(sums).toEqual(tensor([B], () => 12 * T))
      expect(mean).toEqual(tensor([], () => 2))
      expect(flat.shape).toEqual([B, 2 * T])
    }
    await program.dispose()
  })

  test('a symbol may be given by a composite extent alone', async () => {
    const program = await compile({ y: t.slice(input('x', ['2*T+1']), 0, 0, 'T') }, REFERENCE)
    expect((await program.run({ x: tensor([7]) })).y.shape).toEqual([3])
    const parts = { product: t.sum(input('p', ['U*T'])), u: t.expand(input('one', [1]), ['U']), x: input('x', ['T+1']) }
    const chained = await compile(parts, REFERENCE)
    expect((await chained.run({ p: tensor([6]), one: tensor([1]), x: tensor([4]) })).u.shape).toEqual([2])
  })

  test('an empty batch runs', async () => {
    const x = input('x', ['B', 3])
    const loss = t.sum(t.softmax(t.matmul(x, input('w', [3, 2]))))
    const program = await compile({ loss, byX: grad(loss, [x])[0] }, REFERENCE)
    const { byX, loss: value } = await program.run({ x: tensor([0, 3]), w: tensor([3, 2]) })
    expect(byX).toEqual(tensor([0, 3]))
    expect(value).toEqual(tensor([]))
  })

  test('outputs may be inputs, constants and one another, and never share memory with a feed', async () => {
    const x = input('x', [2])
    const twice = t.multiply(x, 2)
    const program = await compile({ x, same: t.reshape(x, [1, 2]), a: twice, b: twice, five: t.add(2, 3) }, REFERENCE)
    const feed = tensor([2])
    const results = await program.run({ x: feed })
    feed.data.fill(9)
    expect(results).toMatchObject({ x: tensor([2]), a: tensor([2], (i) => 2 * i), b: tensor([2], (i) => 2 * i) })
    expect(results.same).toEqual(tensor([1, 2]))
    expect(results.five).toEqual(tensor([], () => 5))
  })

  test('inputs that simplification removes are still fed and checked, but do not reach the executor', async () => {
    const [x, y] = [input('x', ['B']), input('y', ['B'])]
    const outputs = { z: t.add(x, t.multiply(y, 0)) }
    expect([...buildGraph(new Map(Object.entries(outputs))).inputs.keys()]).toEqual(['x'])
    const program = await compile(outputs, REFERENCE)
    expect(program.inputs).toEqual(['x', 'y'])
    expect((await refusal(() => program.run({ x: tensor([2]), y: tensor([3]) }))).code).toBe('bad-shape')
  })
})

describe('refused feeds', () => {
  const x = input('x', ['B', 3])
  const ids = input('ids', ['B'], 'int32')
  const program = compile({ y: t.sum(t.multiply(t.gather(x, ids), 2)) }, REFERENCE)
  const fine = { x: tensor([2, 3]), ids: { shape: [2], data: Int32Array.of(1, 0) } }

  test.each<[string, Record<string, Tensor>, string, string]>([
    ['missing', { x: fine.x }, 'bad-argument', "input 'ids' of shape [B] was not fed"],
    ['unknown', { ...fine, idz: fine.ids }, 'bad-argument', "the program has no input 'idz'; did you mean 'ids'?"],
    [
      'of another dtype',
      { ...fine, ids: tensor([2]) },
      'bad-argument',
      "input 'ids' must be int32, but a float32 tensor was fed",
    ],
    [
      'of another rank',
      { ...fine, x: tensor([6]) },
      'bad-shape',
      "input 'x' of shape [B, 3] was fed [6]: rank 2 is needed",
    ],
    [
      'of another extent',
      { ...fine, x: tensor([2, 4]) },
      'bad-shape',
      "input 'x' of shape [B, 3] was fed [2, 4]: axis 1 must be 3",
    ],
    [
      'contradictory',
      { ...fine, x: tensor([3, 3]) },
      'bad-shape',
      "input 'ids' of shape [B] was fed [2]: B is 3 in input 'x'",
    ],
    [
      'of too few elements',
      { ...fine, x: { ...fine.x, shape: [3, 3] } },
      'bad-shape',
      "input 'x' of shape [B, 3] was fed [3, 3]: the data has 6 elements",
    ],
    [
      'ids out of range',
      { ...fine, ids: { shape: [2], data: Int32Array.of(1, 2) } },
      'bad-argument',
      'id 2 is outside 0 … 1',
    ],
  ])('%s', async (_, feeds, code, message) => {
    const error = await refusal(async () => (await program).run(feeds))
    expect(error.code).toBe(code)
    expect(error.message).toContain(message)
  })

  test('composite extents that do not fit', async () => {
    const composite = await compile({ y: t.add(t.sum(input('x', ['T'])), t.sum(input('z', ['2*T']))) }, REFERENCE)
    const error = await refusal(() => composite.run({ x: tensor([3]), z: tensor([5]) }))
    expect(error.message).toBe("input 'z' of shape [2*T] was fed [5]: 2*T is 6")
    const lone = await compile({ y: t.sum(input('z', ['2*T'])) }, REFERENCE)
    expect((await refusal(() => lone.run({ z: tensor([5]) }))).message).toContain('2*T = 5 has no solution')
  })

  test('a slice that has become negative names the line', async () => {
    const cut = await compile({ y: t.slice(input('x', ['T']), 0, 2, 'T') }, REFERENCE)
    const error = await refusal(() => cut.run({ x: tensor([1]) }))
    expect(error.code).toBe('bad-shape')
    expect(error.message).toMatch(
      /^slice at src\/tensor\/compile\.test\.ts:\d+: the extent T-2 is negative with T = 1$/,
    )
  })
})

describe('refused graphs', () => {
  test('two different inputs of one name', async () => {
    const error = await refusal(() => compile({ y: t.add(t.sum(input('x', [2])), t.sum(input('x', [3]))) }, REFERENCE))
    expect(error.message).toMatch(/^two inputs are named 'x': float32 \[2\] at .*:\d+ and float32 \[3\] at .*:\d+$/)
  })

  test('a symbol that no input gives', async () => {
    const error = await refusal(() => compile({ y: t.expand(input('x', [1]), ['B']) }, REFERENCE))
    expect(error.message).toMatch(/^expand at .*compile\.test\.ts:\d+ has shape \[B\], but no input's shape gives 'B'$/)
  })
})

describe('shape errors name the primitive, the shapes and the line', () => {
  const x = input('x', ['B', 3])
  const sparse = {
    shape: [1, 2],
    offsets: Int32Array.of(0, 1),
    columns: Int32Array.of(0),
    values: Float32Array.of(1),
  } as const
  const line = /at src\/tensor\/compile\.test\.ts:(\d+)/
  test.each<[string, () => Sym, string]>([
    ['add', () => t.add(x, input('y', ['T', 3])), 'add of [B, 3] and [T, 3] at '],
    ['matmul', () => t.matmul(x, input('w', [4, 2])), 'the inner extents 3 and 4 differ'],
    [
      'batched matmul',
      () => t.matmul(input('h', ['B', 'T', 3]), input('w', [4, 2])),
      'matmul of [B, T, 3] and [4, 2] at ',
    ],
    ['linear', () => t.linear(x, input('w', [4, 2])), 'linear of [B, 3] and [4, 2] at '],
    ['reshape', () => t.reshape(x, ['B', 4]), '3*B elements do not fill [B, 4], which has 4*B'],
    ['reshape with −1', () => t.reshape(x, [2, -1]), 'the extent −1 in [2, -1] cannot be worked out'],
    ['sum', () => t.sum(x, 2), 'there is no axis 2 in rank 2'],
    ['sum twice', () => t.sum(x, [1, -1]), 'an axis stands twice in [1, 1]'],
    ['transpose', () => t.transpose(x, [0, 0]), '[0, 0] is no permutation of 2 axes'],
    ['expand', () => t.expand(x, ['B', 4]), 'do not broadcast'],
    ['slice', () => t.slice(x, 1, 2, 4), '2 to 4 is no range of axis 1, which has extent 3'],
    ['concat', () => t.concat([x, input('y', ['T', 3])], 1), 'the parts must agree in all axes but axis 1'],
    ['softmax', () => t.softmax(t.sum(x)), 'a scalar has no last axis'],
    ['gather', () => t.gather(x, x), 'the ids must be int32, not float32'],
    ['exp', () => t.exp(input('ids', [2], 'int32')), 'exp of int32 [2] at '],
    ['sparseProduct', () => t.sparseProduct(sparse, input('y', [3, 2])), 'the matrix has 2 columns, and x 3 rows'],
    ['its width', () => t.sparseProduct(sparse, input('y', [2, 'B'])), 'the width of x must be a number, not B'],
    ['its offsets', () => t.sparseProduct({ ...sparse, offsets: Int32Array.of(0, 2) }, x), 'from 0 to its 1 entries'],
    ['its columns', () => t.sparseProduct({ ...sparse, columns: Int32Array.of(2) }, x), 'an entry in column 2'],
    ['takeRows', () => t.takeRows(x, input('i', ['M'], 'int32'), input('j', ['M'], 'int32')), 'one entry for each row'],
  ])('%s', async (_, build, message) => {
    const error = await refusal(build)
    expect(error.code).toBe('bad-shape')
    expect(error.message).toContain(message)
    expect(error.message).toMatch(line)
  })

  test('the line is the model’s own, and derivatives keep it', () => {
    const here = new Error().stack!.split('\n')[1]
    const node = t.linear(x, input('w', [3, 2])) // one line below
    const own = `src/tensor/compile.test.ts:${Number(/:(\d+):\d+\)?$/.exec(here)![1]) + 1}`
    expect(node.origin).toBe(own)
    expect(grad(t.sum(node), [x])[0].origin).toBe(own)
  })
})

test('building, differentiating and simplifying stay linear in the size of the graph', () => {
  const x = input('x', ['B', 8])
  const weights = Array.from({ length: 600 }, (_, i) => input(`w${i}`, [8, 8]))
  const timed = <R>(action: () => R): [R, number] => {
    const start = process.cpuUsage()
    const result = action()
    return [result, process.cpuUsage(start).user / 1000]
  }
  const [loss, building] = timed(() => {
    let h: Sym = x
    for (const w of weights) h = t.add(t.tanh(t.multiply(t.matmul(h, w), 0.5)), h)
    return t.mean(t.square(h))
  })
  const [gradients, differentiating] = timed(() => grad(loss, weights))
  const [graph, simplifying] = timed(() => buildGraph(new Map(gradients.map((node, i) => [`${i}`, node]))))
  expect(graph.nodes.length).toBeGreaterThan(3000)
  // About 0.2 s of processor, whoever else uses it. The bound is wide and still far below anything quadratic.
  expect(Math.max(building, differentiating, simplifying)).toBeLessThan(5000)
})
