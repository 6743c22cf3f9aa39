import fc from 'fast-check'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { encodeModel, type OnnxGraph } from './proto.ts'

const quiet = { logSeverityLevel: 4 } as const

function oneNode(node: Omit<OnnxGraph['nodes'][number], 'name' | 'outputs'>, rest: Partial<OnnxGraph>): OnnxGraph {
  return {
    name: 'test',
    nodes: [{ name: 'node', outputs: ['y'], ...node }],
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
    outputs: [{ name: 'y', type: 'float32' }],
    initializers: [],
    ...rest,
  }
}

async function run(graph: OnnxGraph, feeds: Record<string, Tensor>): Promise<Tensor> {
  const session = await InferenceSession.create(encodeModel(graph), quiet)
  try {
    return (await session.run(feeds)).y as Tensor
  } finally {
    await session.release()
  }
}

describe('encodeModel', () => {
  it('declares inputs with fixed and dynamic extents', async () => {
    const graph = oneNode({ operator: 'Relu', inputs: ['x'] }, {})
    const session = await InferenceSession.create(encodeModel(graph), quiet)
    expect(session.inputMetadata).toEqual([{ name: 'x', isTensor: true, type: 'float32', shape: ['N', 2] }])
    await session.release()
    for (const rows of [1, 3]) {
      const data = Float32Array.from({ length: rows * 2 }, (_, i) => i - 2)
      const y = await run(graph, { x: new Tensor('float32', data, [rows, 2]) })
      expect(y.dims).toEqual([rows, 2])
      expect([...(y.data as Float32Array)]).toEqual([...data].map((v) => Math.max(v, 0)))
    }
  })

  it('writes initializers of every element type', async () => {
    const initializers = [
      { name: 'float32', type: 'float32', shape: [2], data: Float32Array.of(1.5, -2) },
      { name: 'uint8', type: 'uint8', shape: [2], data: Uint8Array.of(200, 7) },
      { name: 'int32', type: 'int32', shape: [2], data: Int32Array.of(-5, 70_000) },
      { name: 'int64', type: 'int64', shape: [2], data: BigInt64Array.of(-9n, 1n) },
      { name: 'bool', type: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
    ] as const
    const expected = { float32: [1.5, -2], uint8: [200, 7], int32: [-5, 70_000], int64: [-9, 1], bool: [1, 0] }
    for (const { name } of initializers) {
      const graph = oneNode({ operator: 'Cast', inputs: [name], attributes: { to: 1 } }, { inputs: [], initializers })
      expect([...((await run(graph, {})).data as Float32Array)]).toEqual(expected[name])
    }
  })

  it('writes float, whole, list and text attributes, and operators of onnxruntime', async () => {
    const x = new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2])
    const leaky = oneNode({ operator: 'LeakyRelu', inputs: ['x'], attributes: { alpha: { float: 0.5 } } }, {})
    const negative = new Tensor('float32', Float32Array.of(-2, 4), [1, 2])
    expect([...((await run(leaky, { x: negative })).data as Float32Array)]).toEqual([-1, 4])
    const turned = await run(oneNode({ operator: 'Transpose', inputs: ['x'], attributes: { perm: [1, 0] } }, {}), { x })
    expect(turned.dims).toEqual([2, 3])
    const fused = oneNode(
      {
        operator: 'FusedMatMul',
        domain: 'com.microsoft',
        inputs: ['x', 'x'],
        attributes: { transA: 1, alpha: { float: 2 } },
      },
      {},
    )
    expect([...((await run(fused, { x })).data as Float32Array)]).toEqual([70, 88, 88, 112])
    const reduced = oneNode(
      { operator: 'ScatterElements', inputs: ['x', 'i', 'x'], attributes: { axis: -2, reduction: 'add' } },
      { initializers: [{ name: 'i', type: 'int32', shape: [3, 2], data: Int32Array.of(0, 0, 0, 0, 0, 0) }] },
    )
    expect([...((await run(reduced, { x })).data as Float32Array)]).toEqual([10, 14, 3, 4, 5, 6])
  })

  it('writes lengths and whole numbers of any size', async () => {
    // Lengths of one to four bytes.
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40_000 }), async (length) => {
        const data = Float32Array.from({ length }, (_, i) => i)
        const graph = oneNode(
          { operator: 'ReduceMax', inputs: ['long'], attributes: { keepdims: 0 } },
          { inputs: [], initializers: [{ name: 'long', type: 'float32', shape: [length], data }] },
        )
        expect([...((await run(graph, {})).data as Float32Array)]).toEqual([length - 1])
      }),
      { numRuns: 20 },
    )
  })
})
