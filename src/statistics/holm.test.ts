import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holm } from './holm.ts'

describe('holm', () => {
  it('by hand: three times the least, twice the next, once the last', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06])
    expect(holm([0.5, Number.NaN, 0.01])).toEqual([0.5, Number.NaN, 0.02])
  })

  it('is a p value no smaller than its own, in the order of them, and depends on no other order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), (values) => {
        const adjusted = holm(values)
        for (const [i, p] of adjusted.entries()) {
          expect(p).toBeGreaterThanOrEqual(values[i])
          expect(p).toBeLessThanOrEqual(Math.min(1, values.length * values[i]))
          for (const [j, other] of adjusted.entries()) if (values[i] < values[j]) expect(p).toBeLessThanOrEqual(other)
        }
        expect(holm([...values].reverse())).toEqual([...adjusted].reverse())
      }),
    )
  })
})
