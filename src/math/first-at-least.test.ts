import fc from 'fast-check'
import { expect, it } from 'vitest'
import { firstAtLeast } from './first-at-least.ts'

it('is where a search from the left would stop, within the bounds', () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 30 })
  fc.assert(
    fc.property(numbers, fc.integer({ min: -1, max: 21 }), fc.nat(30), fc.nat(30), (values, least, a, b) => {
      const ascending = values.toSorted((x, y) => x - y)
      const [low, high] = [a, b].map((place) => Math.min(place, ascending.length)).toSorted((x, y) => x - y)
      let place = low
      while (place < high && ascending[place] < least) place++
      expect(firstAtLeast(ascending, least, low, high)).toBe(place)
    }),
  )
  expect(firstAtLeast([], 1)).toBe(0)
})
