import { expect, test } from 'vitest'
import { rowProducts } from './row-products.ts'
import { takeRows } from './take-rows.ts'

test('products of rows have the bits of one sum each, for any number of rows', () => {
  const width = 5
  for (const rows of [1, 2, 3, 4])
    for (const columns of [1, 3, 4, 6, 9]) {
      const a = Float64Array.from({ length: rows * width }, (_, i) => Math.sin(1 + i))
      const b = Float64Array.from({ length: columns * width }, (_, i) => Math.cos(2 + 3 * i))
      const out = new Float64Array(rows * columns)
      rowProducts(a, b, width, out)
      const sum = (i: number, j: number) => {
        let total = 0
        for (let f = 0; f < width; f++) total += a[i * width + f] * b[j * width + f]
        return total
      }
      expect([...out]).toEqual(Array.from(out, (_, at) => sum(Math.floor(at / columns), at % columns)))
    }
})

test('rows are taken in the order asked for, again if asked for twice, in an array of their kind', () => {
  expect(takeRows(Int32Array.of(1, 2, 3, 4, 5, 6), 2, Int32Array.of(2, 0, 2))).toEqual(Int32Array.of(5, 6, 1, 2, 5, 6))
  expect(takeRows(Float32Array.of(0.5, 1.5), 1, Int32Array.of(1))).toEqual(Float32Array.of(1.5))
})
