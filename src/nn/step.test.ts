import { afterEach, describe, expect, it } from 'vitest'
import type { Tensor } from '../core/index.ts'
import { createRng } from '../math/index.ts'
import {
  add,
  createPrograms,
  gather,
  input,
  matmul,
  mean,
  multiply,
  type Programs,
  square,
  subtract,
  sum,
} from '../tensor/index.ts'
import { adam, sgd } from './optimizer.ts'
import { createParameters, normal } from './parameters.ts'
import { gatheredRows, gradientStep, type StepOptions } from './step.ts'
import { createTable } from './table.ts'

const made: Programs[] = []
afterEach(async () => {
  for (const programs of made.splice(0)) await programs.dispose()
})

/** ½ Σ (x_id · w − y)² over a table x [5, 2] and a weight w [2, 1]. */
function regression(options: Partial<StepOptions> = {}) {
  const programs = createPrograms({ executor: 'reference' })
  made.push(programs)
  const rng = createRng(1)
  const table = createTable('table', 5, 2, normal(1), rng)
  const parameters = createParameters(rng)
  const w = parameters.declare('w', [2, 1], normal(1))
  const rows = gather(table.symbol, input('ids', ['N'], 'int32')) // [N, 2]
  const error = subtract(sum(matmul(rows, w), [1]), input('y', ['N']))
  const loss = multiply(sum(square(error)), 0.5)
  const step = gradientStep({
    loss,
    parameters,
    reads: [gatheredRows(table, rows, 'ids')],
    optimizer: sgd({ learningRate: 0.1 }),
    outputs: { error: mean(error) },
    programs,
    ...options,
  })
  const feeds = (ids: readonly number[], y: readonly number[]): Record<string, Tensor> => ({
    ids: { shape: [ids.length], data: Int32Array.from(ids) },
    y: { shape: [y.length], data: Float32Array.from(y) },
  })
  return { step, feeds, x: table.tensor.data, w: parameters.tensors.get('w')!.data }
}

/** The same by hand: weights after one step, and the loss before it. */
function byHand(x: Float32Array, w: Float32Array, ids: readonly number[], y: readonly number[], rate = 0.1) {
  const [after, weight] = [x.slice(), w.slice()]
  let loss = 0
  for (const [i, id] of ids.entries()) {
    const error = x[2 * id] * w[0] + x[2 * id + 1] * w[1] - y[i]
    loss += error ** 2 / 2
    for (const k of [0, 1]) {
      weight[k] -= rate * error * x[2 * id + k]
      if (id !== 0) after[2 * id + k] -= rate * error * w[k]
    }
  }
  return { loss, x: after, w: weight }
}

const near = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  expect(Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])))).toBeLessThan(1e-6)

describe('gradientStep', () => {
  it('changes tables and dense weights by the gradients of the loss; repeated rows add up, PAD stays', async () => {
    const { step, feeds, x, w } = regression()
    const [ids, y] = [
      [3, 1, 3, 0],
      [1, -1, 0.5, 2],
    ]
    const expected = byHand(x, w, ids, y)
    const { loss, out, norm } = await step.run(feeds(ids, y))
    expect(loss).toBeCloseTo(expected.loss, 5)
    expect(Object.keys(out)).toContain('error')
    expect(norm).toBeNaN()
    near(x, expected.x)
    near(w, expected.w)
  })

  it('does with the parts of a batch what it does with the whole', async () => {
    const [whole, parts] = [regression(), regression()]
    const result = await whole.step.run(whole.feeds([1, 2, 4], [1, 2, 3]))
    const inParts = await parts.step.run([parts.feeds([1, 2], [1, 2]), parts.feeds([4], [3])])
    expect(inParts.loss).toBeCloseTo(result.loss, 5)
    near(parts.x, whole.x)
    near(parts.w, whole.w)
  })

  it('clips the gradients of dense weights together', async () => {
    const { step, feeds, x, w } = regression({ clip: 1e-3 })
    const before = w.slice()
    const free = byHand(x, w, [2], [9], 1)
    const { norm } = await step.run(feeds([2], [9]))
    expect(norm).toBeCloseTo(Math.hypot(free.w[0] - before[0], free.w[1] - before[1]), 4)
    expect(Math.hypot(w[0] - before[0], w[1] - before[1])).toBeCloseTo(0.1 * 1e-3, 6)
  })

  it.each([
    ['a loss that is no number', {}, Number.NaN, /^loss became NaN$/],
    [
      'what `check` refuses',
      {
        check: () => {
          throw new Error('enough')
        },
      },
      1,
      /enough/,
    ],
  ])('changes nothing on %s', async (_, options, y, message) => {
    const { step, feeds, x, w } = regression(options)
    const before = [...x, ...w]
    await expect(step.run(feeds([2], [y]))).rejects.toThrow(message)
    expect([...x, ...w]).toEqual(before)
  })

  it('tells the state of its optimizer, which is there before the first step', () => {
    expect([...regression().step.state.keys()]).toEqual(['velocity/table', 'velocity/w'])
  })
})

it('many weights lie beside their moments, so that nothing is copied for a step, and learn as few do', async () => {
  const programs = createPrograms({ executor: 'reference' })
  made.push(programs)
  const parameters = createParameters(createRng(1))
  const [many, few] = [2 ** 17, 8]
  const ones = input('ones', [1])
  const loss = sum(
    multiply(
      ones,
      ['many', 'few']
        .map((name, i) => sum(square(parameters.declare(name, [i === 0 ? many : few], (data) => void data.fill(0.5)))))
        .reduce((a, b) => add(a, b)),
    ),
  )
  const step = gradientStep({ loss, parameters, optimizer: adam({ learningRate: 0.1 }), programs })
  await step.run({ ones: { shape: [1], data: Float32Array.of(1) } })
  const of = (name: string) => parameters.tensors.get(name)!.data
  expect(step.state.get('mean/many')!.data.buffer).toBe(of('many').buffer)
  expect(step.state.get('mean/few')!.data.buffer).not.toBe(of('few').buffer)
  expect([...of('many').subarray(many - few)]).toEqual([...of('few')])
  expect(of('few')[0]).toBeCloseTo(0.4, 5)
})
