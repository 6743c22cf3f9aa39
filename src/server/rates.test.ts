import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Rates } from './rates.ts'

test('over any time no more is let through than a second at the rate and that time at the rate', () => {
  const rate = fc.double({ min: 0.1, max: 50, noNaN: true })
  const pauses = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 })
  fc.assert(
    fc.property(rate, pauses, (rate, pauses) => {
      const rates = new Rates()
      let now = 0
      let passed = 0
      for (const pause of pauses) {
        now += pause
        if (rates.take('a', rate, now) === 0) passed++
        expect(passed).toBeLessThanOrEqual(Math.max(1, rate) + (now / 1000) * rate + 1e-6)
      }
    }),
  )
})

test('who waits as long as was said is let through, and not a moment sooner', () => {
  const rates = new Rates()
  for (let request = 0; request < 5; request++) expect(rates.take('a', 5, 1000)).toBe(0)
  const wait = rates.take('a', 5, 1000)
  expect(wait).toBeCloseTo(200)
  expect(rates.take('a', 5, 1000 + wait - 1)).toBeGreaterThan(0)
  expect(rates.take('a', 5, 1000 + wait + 1e-6)).toBe(0)
})

test('keys do not take from each other', () => {
  const rates = new Rates()
  expect(rates.take('a', 1, 0)).toBe(0)
  expect(rates.take('a', 1, 0)).toBeGreaterThan(0)
  expect(rates.take('b', 1, 0)).toBe(0)
})
