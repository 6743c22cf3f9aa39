import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adamStep, createArena, createRowSums, floatsBeside, plainRowSums, rowSumsScratch } from './kernels.ts'
import { KERNELS_SOURCE_HASH } from './kernels.wasm.ts'
import { createRng } from './rng.ts'

function normals(seed: number, count: number): Float32Array {
  const rng = createRng(seed)
  return Float32Array.from({ length: count }, () => rng.normal())
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

describe('kernels', () => {
  it('were compiled from the source that stands beside them', () => {
    const source = readFileSync(join(import.meta.dirname, '../../wasm/kernels.ts'))
    expect(createHash('sha256').update(source).digest('hex')).toBe(KERNELS_SOURCE_HASH)
  })

  it('add rows and blocks exactly as plain loops do, across chunks', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(3000),
        (seed, rows, quarter, n) => {
          const width = 4 * quarter
          const rng = createRng(seed)
          const ids = Int32Array.from({ length: n }, () => rng.below(rows))
          const added = normals(seed, n * width)
          const arena = createArena([rows * width, rowSumsScratch(width)])
          const fast = createRowSums(rows, width, arena)
          const plain = plainRowSums(new Float32Array(rows * width), width)
          const first = rng.below(rows)
          const block = normals(seed + 1, (rows - first) * width)
          for (const sums of [fast, plain]) {
            sums.addRows(ids, added)
            sums.addRange(first, block)
          }
          expect(Buffer.compare(bytesOf(fast.values), bytesOf(plain.values))).toBe(0)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('take any width', () => {
    const sums = createRowSums(3, 3, createArena([9, rowSumsScratch(3)]))
    sums.addRows(Int32Array.of(2, 0, 2), Float32Array.of(1, 2, 3, 9, 9, 9, 10, 20, 30))
    expect([...sums.values]).toEqual([0, 0, 0, 0, 0, 0, 11, 22, 33])
  })

  it.each([1, 5, 16_384, 40_001])('make %d steps of Adam as double precision does', (count) => {
    const [weights, gradient, mean] = [normals(1, count), normals(2, count), normals(3, count)]
    const square = normals(4, count).map((x) => x * x)
    const step = { rate: 0.1, squareScale: 1.5, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.01 }
    const [w0, m0, v0] = [weights.slice(), mean.slice(), square.slice()]
    adamStep(weights, gradient, mean, square, step)
    for (let i = 0; i < count; i++) {
      const g = gradient[i] + 0.01 * w0[i]
      const m = 0.9 * m0[i] + 0.1 * g
      const v = 0.99 * v0[i] + 0.01 * g * g
      const w = w0[i] - (0.1 * m) / (Math.sqrt(v) * 1.5 + 1e-6)
      // One comparison of the whole row: 40,001 expectations would take longer than the arithmetic.
      const far = Math.abs(mean[i] - m) + Math.abs(square[i] - v) + Math.abs(weights[i] - w) / (1 + Math.abs(w))
      if (!(far < 1e-5)) expect.fail(`weight ${i}: ${weights[i]} against ${w}`)
    }
    expect(gradient).toEqual(normals(2, count))
  })

  it('work in place, to the same bits, where all arrays lie in one arena', () => {
    const count = 20_000
    const arena = createArena([count, count, count, count])
    const plain = [1, 2, 3, 4].map((seed) => normals(seed, count).map(Math.abs))
    const inArena = plain.map((array) => {
      const copy = arena.floats(count)
      copy.set(array)
      return copy
    })
    expect(new Set(inArena.map(({ buffer }) => buffer)).size).toBe(1)
    const step = { rate: 0.1, squareScale: 1.5, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.01 }
    for (const [w, g, m, v] of [plain, inArena] as [Float32Array, Float32Array, Float32Array, Float32Array][]) {
      adamStep(w, g, m, v, step)
      // A part of it, as a lazy update of neighboring rows has it.
      adamStep(w.subarray(8, 72), g.subarray(8, 72), m.subarray(8, 72), v.subarray(8, 72), step)
    }
    for (const [i, array] of plain.entries()) expect(bytesOf(inArena[i]).equals(bytesOf(array))).toBe(true)
    expect(arena.floats(1).buffer).not.toBe(inArena[0].buffer)
  })

  it('work in place, to the same bits, where only the gradient stands elsewhere', () => {
    const count = 40_000
    const arena = createArena([count, count, count])
    const [w, g, m, v] = [1, 2, 3, 4].map((seed) => normals(seed, count).map(Math.abs)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ]
    const weights = arena.floats(count)
    const beside = [weights, floatsBeside(weights)(count), floatsBeside(weights)(count)]
    for (const [i, array] of [w, m, v].entries()) beside[i].set(array)
    expect(new Set(beside.map(({ buffer }) => buffer)).size).toBe(1)
    const step = { rate: 0.1, squareScale: 1.5, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.01 }
    adamStep(w, g, m, v, step)
    adamStep(beside[0], g, beside[1], beside[2], step)
    for (const [i, array] of [w, m, v].entries()) expect(bytesOf(beside[i]).equals(bytesOf(array))).toBe(true)
    expect(floatsBeside(g)(4)).toEqual(new Float32Array(4))
  })

  it('do without an arena where there is too little memory for one', () => {
    expect(createArena([2 ** 31]).floats(4)).toEqual(new Float32Array(4))
  })

  it('forget means too small to matter, which would soon be denormal', () => {
    const mean = Float32Array.of(1e-31, 1, -1e-31, -1)
    adamStep(new Float32Array(4), new Float32Array(4), mean, new Float32Array(4).fill(1), {
      rate: 0.1,
      squareScale: 1,
      beta1: 0.5,
      beta2: 0.5,
      epsilon: 1e-8,
      weightDecay: 0,
    })
    expect([...mean]).toEqual([0, 0.5, 0, -0.5])
  })
})
