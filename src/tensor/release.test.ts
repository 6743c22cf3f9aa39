import { expect, test } from 'vitest'
import { compile } from './compile.ts'
import * as t from './ops.ts'
import { release } from './release.ts'
import { input } from './sym.ts'

test.each(['onnx', 'wasm', 'reference'] as const)(
  '%s: frees outputs alone, and later runs are as before',
  async (executor) => {
    const x = input('x', ['N'])
    const program = await compile({ same: x, twice: t.multiply(x, 2), sum: t.sum(x) }, { executor })
    const feeds = { x: { shape: [8000], data: Float32Array.from({ length: 8000 }, (_, i) => i) } }
    const first = await program.run(feeds)
    release(first.same.data, first.twice.data, first.sum.data)
    expect([first.same.data.length, first.twice.data.length]).toEqual([0, 0])
    // Too small to be worth it.
    expect(first.sum.data).toHaveLength(1)
    expect(feeds.x.data).toHaveLength(8000)
    const second = await program.run(feeds)
    expect(second.same.data).toEqual(feeds.x.data)
    expect(second.twice.data[7999]).toBe(15_998)
    await program.dispose()
  },
)

test('frees at once, not when the garbage collector comes', () => {
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 50; i++) release(new Float32Array(2 ** 20))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 22)
})
