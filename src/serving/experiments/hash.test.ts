import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bucketOf, inNamespace, placeOf, type Range, rangesOf } from './hash.ts'

// What GrowthBook publishes for whoever writes an SDK (packages/sdk-js/test/cases.json, specVersion 0.5.0).
it.each([
  ['seed', 'a', 0.0505],
  ['seed', 'b', 0.2696],
  ['foo', 'ab', 0.2575],
  ['foo', 'def', 0.2019],
  ['89123klj', '8952klfjas09ujkasdf', 0.124],
  ['90850943850283058242805', '123', 0.7516],
  ['()**(%$##$%#$#', '___)((*":&', 0.0128],
])('hashes %s and %s as GrowthBook publishes', (salt, unit, bucket) => {
  expect(bucketOf(salt, unit)).toBe(bucket)
})

it.each<[string, string, number, number, boolean]>(
  ['1', '2', '3', '4'].flatMap((user) =>
    ['namespace1', 'namespace2'].flatMap((name): [string, string, number, number, boolean][] => {
      const low = name === 'namespace2' && Number(user) >= 3
      return [
        [user, name, 0, 0.4, low],
        [user, name, 0.4, 1, !low],
      ]
    }),
  ),
)('has user %s in %s from %d to %d as GrowthBook publishes: %s', (user, name, from, to, is) => {
  expect(inNamespace({ name, from, to }, user)).toBe(is)
})

// biome-ignore format: a case a row
it.each<[string, readonly number[], number, readonly Range[]]>([
  ['normal 50/50', [1, 1], 1, [[0, 0.5], [0.5, 1]]],
  ['reduced coverage', [1, 1], 0.5, [[0, 0.25], [0.5, 0.75]]],
  ['zero coverage', [1, 1], 0, [[0, 0], [0.5, 0.5]]],
  ['4 variations', [1, 1, 1, 1], 1, [[0, 0.25], [0.25, 0.5], [0.5, 0.75], [0.75, 1]]],
  ['uneven weights', [0.4, 0.6], 1, [[0, 0.4], [0.4, 1]]],
  ['three arms', [0.2, 0.3, 0.5], 1, [[0, 0.2], [0.2, 0.5], [0.5, 1]]],
  ['three arms, reduced coverage', [0.2, 0.3, 0.5], 0.2, [[0, 0.04], [0.2, 0.26], [0.5, 0.6]]],
])('gives arms the ranges that GrowthBook publishes: %s', (_, weights, coverage, ranges) => {
  const found = rangesOf(weights, coverage)
  for (const [i, [from, to]] of ranges.entries()) {
    expect(found[i][0]).toBeCloseTo(from, 12)
    expect(found[i][1]).toBeCloseTo(to, 12)
  }
})

// biome-ignore format: a case a row
it.each<[number, readonly Range[], number | undefined]>([
  [0.2, [[0, 0.5], [0.5, 1]], 0],
  [0.5, [[0, 0.5], [0.5, 1]], 1],
  [0.4, [[0, 0.25], [0.5, 0.75]], undefined],
  [0.8, [[0, 0.25], [0.5, 0.75]], undefined],
  [0.25, [[0, 0.25], [0.5, 0.75]], undefined],
  [0.5, [[0, 0.5], [0.5, 0.5], [0.5, 1]], 2],
])('finds the range of %d as GrowthBook publishes', (bucket, ranges, place) => {
  expect(placeOf(bucket, ranges)).toBe(place)
})

it('takes nobody out of an arm where more take part', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (salt, unit, weights, one, other) => {
        const at = (coverage: number) => placeOf(bucketOf(salt, unit), rangesOf(weights, coverage))
        const less = at(Math.min(one, other))
        if (less !== undefined) expect(at(Math.max(one, other))).toBe(less)
      },
    ),
  )
})
