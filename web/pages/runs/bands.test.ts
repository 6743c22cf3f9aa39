import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bandOf } from './bands.ts'

describe('a band', () => {
  test('is the mean, least and greatest of those that got so far', () => {
    const band = bandOf([
      { at: [1, 2, 3], values: [1, 2, 3] },
      { at: [1, 2], values: [3, 6] },
    ])
    expect(band).toEqual([
      { at: 1, mean: 2, low: 1, high: 3, n: 2 },
      { at: 2, mean: 4, low: 2, high: 6, n: 2 },
      { at: 3, mean: 3, low: 3, high: 3, n: 1 },
    ])
  })

  test('goes straight between the points of a line that was thinned out, or has none there', () => {
    const band = bandOf([
      { at: [1, 5], values: [0, 4] },
      { at: [1, 2, 3, 5], values: [0, 9, Number.NaN, 0] },
    ])
    expect(band.map(({ at, low, high }) => [at, low, high])).toEqual([
      [1, 0, 0],
      [2, 1, 9],
      [5, 0, 4],
    ])
  })

  test('is nothing of nothing', () => expect(bandOf([{ at: [1], values: [Number.NaN] }])).toEqual([]))

  test('lies within what its lines span, however many places they have', () => {
    const line = fc
      .array(fc.tuple(fc.double({ min: 0.1, max: 9, noNaN: true }), fc.double({ min: -5, max: 5, noNaN: true })), {
        minLength: 1,
      })
      .map((steps) => {
        let sum = 0
        return { at: steps.map(([step]) => (sum += step)), values: steps.map(([, value]) => value) }
      })
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
        const values = lines.flatMap(({ values }) => values)
        const band = bandOf(lines, 20)
        expect(band.at(-1)!.at).toBe(Math.max(...lines.flatMap(({ at }) => at)))
        for (const { mean, low, high, n } of band) {
          expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9)
          expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9)
          expect(mean >= low - 1e-9 && mean <= high + 1e-9).toBe(true)
          expect(n).toBeLessThanOrEqual(lines.length)
        }
      }),
    )
  })
})
