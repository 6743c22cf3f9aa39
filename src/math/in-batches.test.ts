import { expect, it } from 'vitest'
import { inBatches } from './in-batches.ts'

it('orders are cut where batches are full, and the last takes what is left', () => {
  const cut = (length: number, size: number) =>
    inBatches(
      Int32Array.from({ length }, (_, i) => i),
      size,
    ).map((batch) => [...batch])
  expect(cut(5, 2)).toEqual([[0, 1], [2, 3], [4]])
  expect(cut(4, 2)).toEqual([
    [0, 1],
    [2, 3],
  ])
  expect(cut(1, 8)).toEqual([[0]])
  expect(cut(0, 8)).toEqual([])
})
