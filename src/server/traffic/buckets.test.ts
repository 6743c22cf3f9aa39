import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Buckets } from './buckets.ts'

it('finds every quantile to half of a bucket', () => {
  const buckets = new Buckets(0.1, 100_000, 1.1)
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.11, max: 99_000, noNaN: true }), { minLength: 1, maxLength: 60 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (values, share) => {
        const counts = new Float64Array(buckets.size)
        for (const value of values) counts[buckets.of(value)]++
        const sorted = values.toSorted((a, b) => a - b)
        const exact = sorted[Math.max(0, Math.ceil(share * values.length) - 1)]
        const found = buckets.quantile(counts, share) ?? 0
        expect(Math.abs(Math.log(found / exact))).toBeLessThanOrEqual(Math.log(1.1) / 2 + 1e-9)
      },
    ),
  )
})

it('counts what is too small or too large at the ends, and knows no quantile of nothing', () => {
  const buckets = new Buckets(1, 1000, 2)
  const counts = new Float64Array(buckets.size)
  expect(buckets.quantile(counts, 0.5)).toBeUndefined()
  for (const value of [-5, 0, Number.NaN]) expect(buckets.of(value)).toBe(0)
  expect(buckets.of(1e9)).toBe(buckets.size - 1)
})
