import { expect, test } from 'vitest'
import { denseRewards, factorizedRewards, keptRewards } from './reward-matrices.ts'

test('a dense matrix answers by cell, row and column, and knows its extremes', () => {
  const rewards = denseRewards({ users: [4, 2], items: [1, 3, 5], values: [1, 2, 3, 4, 5, -6] })
  expect(rewards.at(1, 0)).toBe(4)
  expect([...rewards.row(0)]).toEqual([1, 2, 3])
  expect([...rewards.column(2)]).toEqual([3, -6])
  expect([rewards.min, rewards.max]).toEqual([-6, 5])
})

test('a factorized matrix says the same as the dense one of its products', () => {
  const userFactors = [1, 2, -1, 0.5]
  const itemFactors = [3, 0, 1, 1, 0, -2]
  const given = { users: [0, 1], items: [1, 2, 3] }
  const factorized = factorizedRewards({ ...given, width: 2, userFactors, itemFactors })
  const dense = denseRewards({ ...given, values: [3, 3, -4, -3, -0.5, -1] })
  for (const row of [0, 1]) expect([...factorized.row(row)]).toEqual([...dense.row(row)])
  for (const column of [0, 1, 2]) expect([...factorized.column(column)]).toEqual([...dense.column(column)])
  expect([factorized.min, factorized.max]).toEqual([dense.min, dense.max])
  expect(factorized.factors).toMatchObject({ width: 2 })
})

test('an array that is given away is kept, not copied, and checked alike', () => {
  const values = Float32Array.of(1, 2, 3, 4)
  const kept = keptRewards({ users: [0, 1], items: [1, 2], values })
  expect(kept.row(1).buffer).toBe(values.buffer)
  expect([kept.min, kept.max]).toEqual([1, 4])
  expect(() => keptRewards({ users: [0], items: [1], values: Float32Array.of(Number.NaN) })).toThrow('is NaN')
})

test('rows of factors have the bits of their cells, for any number of items', () => {
  for (const n of [1, 3, 4, 5, 11]) {
    const numbers = (count: number, seed: number) => Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i))
    const items = Array.from({ length: n }, (_, i) => i + 1)
    const given = { users: [0, 1, 2], items, width: 6 }
    const matrix = factorizedRewards({ ...given, userFactors: numbers(18, 1), itemFactors: numbers(6 * n, 2) })
    for (const row of [0, 1, 2]) expect([...matrix.row(row)]).toEqual(items.map((_, column) => matrix.at(row, column)))
    const cells = [0, 1, 2].flatMap((row) => [...matrix.row(row)])
    expect([matrix.min, matrix.max]).toEqual([Math.min(...cells), Math.max(...cells)])
  }
})

test('NaN, a wrong size, an empty matrix and a user who stands twice are refused by name', () => {
  expect(() => denseRewards({ users: [4], items: [1, 3], values: [1, Number.NaN] })).toThrow(
    'the reward of user 4 and item 3 is NaN; it must be a finite number',
  )
  expect(() => denseRewards({ users: [4], items: [1, 3], values: [1] })).toThrow('1 users and 2 items has 1 values')
  expect(() => denseRewards({ users: [], items: [1], values: [] })).toThrow('a reward matrix has no users')
  expect(() => denseRewards({ users: [4, 4], items: [1], values: [1, 2] })).toThrow('user 4 stands twice')
  const factors = { users: [7], items: [9], width: 2 }
  expect(() =>
    factorizedRewards({ ...factors, userFactors: [1, 2], itemFactors: [1, Number.POSITIVE_INFINITY] }),
  ).toThrow('factor 1 of item 9 in the reward matrix is Infinity')
  expect(() => factorizedRewards({ ...factors, userFactors: [1], itemFactors: [1, 2] })).toThrow('need 2')
})
