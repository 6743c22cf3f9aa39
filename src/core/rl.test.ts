import { expect, test } from 'vitest'
import { denseRewards, factorizedRewards } from './rl.ts'

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
