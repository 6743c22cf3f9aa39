import fc from 'fast-check'
import { expect, it } from 'vitest'
import { byName, mapValues, nameOfAll } from './by-name.ts'

const names = fc.uniqueArray(
  fc.oneof(fc.constantFrom('10', '2', '__proto__', 'constructor', 'toJSON', 'toString', 'all', ''), fc.string()),
)

it('values by name keep their order and know no name they were not given', () => {
  fc.assert(
    fc.property(names, (list) => {
      const values = byName(list.map((name, place) => [name, place]))
      expect([...values]).toEqual(list.map((name, place) => [name, place]))
      for (const name of ['constructor', '__proto__', 'hasOwnProperty'])
        expect(values.has(name)).toBe(list.includes(name))
      expect([...mapValues(values, (place, name) => `${name}${place}`)]).toEqual(
        list.map((name, place) => [name, `${name}${place}`]),
      )
    }),
  )
})

it('values by name are an object as JSON, in which every name is found', () => {
  fc.assert(
    fc.property(names, (list) => {
      const read = JSON.parse(JSON.stringify({ values: byName(list.map((name, place) => [name, place])) })).values
      expect(Object.keys(read).sort()).toEqual([...list].sort())
      for (const [place, name] of list.entries()) expect(Object.getOwnPropertyDescriptor(read, name)!.value).toBe(place)
    }),
  )
})

it('the row for all has a name that no other row has', () => {
  expect(nameOfAll(['books'])).toBe('overall')
  expect(nameOfAll(['overall', 'books'])).toBe('all domains')
  fc.assert(
    fc.property(names, (list) => {
      expect(list).not.toContain(nameOfAll(list))
    }),
  )
})
