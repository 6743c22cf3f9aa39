import { describe, expect, it } from 'vitest'
import { createRng } from './index.ts'
import { spectralTable } from './spectral.ts'

/** Users 0 … 9 consume items 1 … 5, users 10 … 19 items 6 … 10, each all but one; nobody consumes item 11. */
function twoGroups() {
  const rows = Array.from({ length: 20 }, (_, u) => {
    const first = u < 10 ? 1 : 6
    return [0, 1, 2, 3, 4].filter((i) => i !== u % 5).map((i) => first + i)
  })
  const offsets = Int32Array.from([0, ...rows.map((_, r) => 4 * (r + 1))])
  return { items: Int32Array.from(rows.flat()), offsets }
}

function cosine(table: Float32Array, width: number, a: number, b: number): number {
  let [dot, aa, bb] = [0, 0, 0]
  for (let j = 0; j < width; j++) {
    const [x, y] = [table[a * width + j], table[b * width + j]]
    dot += x * y
    aa += x * x
    bb += y * y
  }
  return dot / Math.sqrt(aa * bb)
}

describe('spectral initialization', () => {
  it('puts items of the same users close and others far, and keeps padding at zero', async () => {
    const table = new Float32Array(12 * 2)
    await spectralTable(table, 2, twoGroups(), 0.02, createRng(1))
    expect(cosine(table, 2, 1, 5)).toBeGreaterThan(0.9)
    expect(cosine(table, 2, 6, 10)).toBeGreaterThan(0.9)
    expect(Math.abs(cosine(table, 2, 1, 10))).toBeLessThan(0.4)
    expect([...table.subarray(0, 2)]).toEqual([0, 0])
    const deviation = Math.sqrt(table.reduce((sum, x) => sum + x * x, 0) / (11 * 2))
    expect(deviation).toBeCloseTo(0.02, 2)
  })

  it('finds the singular values of a matrix whose spectrum is known', async () => {
    // Each group is a 10 × 5 matrix of ones but for one in each row, normalized: entries 1/√(4 · 8). Its Gram matrix has 8/32 on
    // the diagonal and 6/32 elsewhere, so the singular values are √(8/32 + 4 · 6/32) = 1, once a group, and √(2/32) = 1/4.
    const table = new Float32Array(12 * 10)
    await spectralTable(table, 10, twoGroups(), 1, createRng(1))
    const norms = Array.from({ length: 10 }, (_, j) => {
      let square = 0
      for (let v = 1; v < 11; v++) square += table[v * 10 + j] ** 2
      return square
    })
    // Column j has length √σ_j, up to one factor and the noise: squares are 1 : 1 : ¼ … ¼.
    const leading = (norms[0] + norms[1]) / 2
    for (const [j, square] of norms.entries()) expect(square / leading).toBeCloseTo(j < 2 ? 1 : 0.25, 1)
  })

  it('hears that it is stopped', async () => {
    const stop = AbortSignal.abort()
    const start = spectralTable(new Float32Array(20), 2, twoGroups(), 0.02, createRng(1), stop)
    await expect(start).rejects.toMatchObject({ code: 'interrupted' })
  })

  it('is the same for the same seed and survives more directions than items', async () => {
    const [a, b] = [new Float32Array(12 * 20), new Float32Array(12 * 20)]
    for (const table of [a, b]) await spectralTable(table, 20, twoGroups(), 0.02, createRng(9))
    expect(a).toEqual(b)
    expect(a.every(Number.isFinite)).toBe(true)
  })
})
