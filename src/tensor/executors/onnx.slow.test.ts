import { describe, expect, it } from 'vitest'
import { createRng } from '../../core/rng.ts'
import { elementCount, type Tensor } from '../../core/tensor.ts'
import { compile, runWith } from '../compile.ts'
import { evaluateShape } from '../dims.ts'
import { grad } from '../grad.ts'
import * as t from '../ops.ts'
import { input, type Sym } from '../sym.ts'

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
    const error = Math.abs(actual.data[i]! - want)
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
        expect(actual[name]!.shape).toEqual(tensor.shape)
        expect(distance(actual[name]!, tensor, 1e-3), `${name} at ${B}×${T}`).toBeLessThan(2e-4)
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
        const differing = other[name]!.data.findIndex((value, i) => !Object.is(value, tensor.data[i]))
        expect(differing, `${name} differs first at`).toBe(-1)
      }
  })
})

describe('single operators', () => {
  it.each<[string, () => Record<string, Sym>]>([
    ['matmul', () => ({ y: t.matmul(input('x', ['N', 64]), input('w', [64, 64])) })],
    ['weight gradient', () => ({ y: t.matmul(input('x', ['N', 64]), input('g', ['N', 64]), { transposeA: true }) })],
    ['column sums', () => ({ y: t.sum(input('x', ['N', 64]), [0]) })],
    ['row sums', () => ({ y: t.sum(input('x', ['N', 64]), [1]) })],
    ['sum of all', () => ({ y: t.sum(input('x', ['N', 64])) })],
    ['softmax', () => ({ y: t.softmax(input('x', ['N', 64])), z: t.logSumExp(input('x', ['N', 64])) })],
    ['normalize', () => ({ y: t.normalize(input('x', ['N', 64]), 1e-5) })],
    ['scatterAdd', () => ({ y: t.scatterAdd(input('x', ['N', 64]), input('ids', ['N'], 'int32'), 7) })],
    ['elementwise', () => ({ y: t.gelu(t.softplus(t.tanh(input('x', ['N', 64])))) })],
  ])('%s has the same bits on one and on two threads', async (_, build) => {
    const rng = createRng(9)
    const normal = (...shape: number[]): Tensor => ({
      shape,
      data: Float32Array.from({ length: elementCount(shape) }, () => rng.normal()),
    })
    const all: Record<string, Tensor> = {
      x: normal(12_804, 64),
      g: normal(12_804, 64),
      w: normal(64, 64),
      ids: { shape: [12_804], data: Int32Array.from({ length: 12_804 }, () => rng.below(7)) },
    }
    const results = []
    for (const threads of [1, 2]) {
      const program = await compile(build(), { executor: 'onnx', threads })
      results.push(await runWith(program, all))
      await program.dispose()
    }
    expect(results[0]).toEqual(results[1])
  })
})
