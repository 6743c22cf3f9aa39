import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cellsOf } from './cells.ts'

it.each([
  ['a,b,c', ['a', 'b', 'c']],
  ['"Paris, Texas",b', ['Paris, Texas', 'b']],
  ['"say ""hi""",', ['say "hi"', '']],
  ['', ['']],
  ['  spaced ,5" pipe', ['  spaced ', '5" pipe']],
  ['"two\nlines",x', ['two\nlines', 'x']],
])('reads %s', (record, cells) => {
  expect(cellsOf(record, ',')).toEqual(cells)
})

it.each(['a,"open', '"closed" too late,b'])('gives nothing for %s', (record) => {
  expect(cellsOf(record, ',')).toBeUndefined()
})

it('reads back whatever was quoted', () => {
  const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }),
      fc.constantFrom(',', '\t'),
      (cells, delimiter) => {
        expect(cellsOf(cells.map(quote).join(delimiter), delimiter)).toEqual(cells)
      },
    ),
  )
})
