import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergePatch } from './merge-patch.ts'
import type { JsonObject } from './store/store.ts'

test('a patch replaces, merges and takes away, as the examples of RFC 7396 do', () => {
  expect(mergePatch({ a: 'b', c: 'd' }, { a: 'z', c: null })).toEqual({ a: 'z' })
  expect(mergePatch({ a: { b: 'c', f: 'g' } }, { a: { b: 'd', c: null } })).toEqual({ a: { b: 'd', f: 'g' } })
  expect(mergePatch({ a: [{ b: 'c' }] }, { a: [1] })).toEqual({ a: [1] })
  expect(mergePatch({ a: 'foo' }, { a: { bb: { ccc: null } } })).toEqual({ a: { bb: {} } })
})

test('a patch twice is the patch once, and leaves what it was given as it was', () => {
  const json = fc.dictionary(
    fc.constantFrom('a', 'b', '__proto__', 'constructor'),
    fc.jsonValue(),
  ) as fc.Arbitrary<JsonObject>
  fc.assert(
    fc.property(json, json, (standing, patch) => {
      const before = JSON.stringify(standing)
      const once = mergePatch(standing, patch)
      expect(JSON.stringify(mergePatch(once, patch))).toBe(JSON.stringify(once))
      expect(JSON.stringify(standing)).toBe(before)
      expect(Object.getPrototypeOf(once)).toBe(Object.prototype)
    }),
  )
})
