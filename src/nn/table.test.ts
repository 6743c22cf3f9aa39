import { describe, expect, it } from 'vitest'
import { createRng } from '../math/index.ts'
import { adam, sgd } from './optimizer.ts'
import { normal } from './parameters.ts'
import { createTable } from './table.ts'

function table() {
  return createTable('items', 5, 2, normal(1), createRng(1))
}

describe('embedding table', () => {
  it('has a zero row for padding that never learns, even under dense updates', () => {
    const t = table()
    const optimizer = adam({ learningRate: 0.1, weightDecay: 0.1 })
    optimizer.register('items', [5, 2])
    t.addRows(Int32Array.of(0, 1), Float32Array.of(5, 5, 1, 1))
    optimizer.begin()
    t.apply(optimizer, { dense: true })
    expect([...t.tensor.data.subarray(0, 2)]).toEqual([0, 0])
  })

  it('adds repeated rows and blocks, then forgets them', () => {
    const t = table()
    const before = t.tensor.data.slice()
    const optimizer = sgd({ learningRate: 1 })
    optimizer.register('items', [5, 2])
    t.addRows(Int32Array.of(3, 3), Float32Array.of(1, 2, 10, 20))
    t.addRange(3, Float32Array.of(100, 200, 7, 8))
    optimizer.begin()
    t.apply(optimizer)
    const change = Array.from(before, (w, i) => w - t.tensor.data[i])
    for (const [i, expected] of [0, 0, 0, 0, 0, 0, 111, 222, 7, 8].entries()) expect(change[i]).toBeCloseTo(expected, 3)
    const once = t.tensor.data.slice()
    optimizer.begin()
    t.apply(optimizer)
    expect(t.tensor.data).toEqual(once)
  })

  it('shares its memory with ranges', () => {
    const t = table()
    t.tensor.data[4] = 42
    expect(t.range(2, 4)).toEqual({ shape: [2, 2], data: t.tensor.data.subarray(4, 8) })
    expect(t.range(2, 4).data[0]).toBe(42)
  })
})
