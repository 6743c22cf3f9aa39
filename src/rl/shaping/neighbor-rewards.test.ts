import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RewardMatrix } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { denseRewards, factorizedRewards } from '../../math/index.ts'
import { nearestRows } from '../../math/nearest-rows.ts'
import { neighborRewards } from './neighbor-rewards.ts'

const matrix = (rows: readonly (readonly number[])[]) =>
  denseRewards({ users: rows.map((_, u) => u), items: rows[0].map((_, i) => i + 1), values: rows.flat() })
const rowsOf = ({ users, row }: RewardMatrix) => Array.from(users, (_, r) => [...row(r)])

// Cosines: of 0 and 1 24/25, of 0 and 2 0, of 1 and 2 7/25; row 3 is opposite to row 0.
const four = matrix([
  [3, 4, 0],
  [4, 3, 0],
  [0, 0, 2],
  [-3, -4, 0],
])

test('the nearest are found by cosine, oneself first', () => {
  const { rows, similarities } = nearestRows(four, 3)
  expect([...rows]).toEqual([0, 1, 2, 1, 0, 2, 2, 0, 1, 3, 2, 1]) // equal ones: the smaller row first
  expect([...similarities]).toEqual([1, 0.96, 0, 1, 0.96, 0, 1, 0, 0, 1, 0, -0.96].map(Math.fround))
})

test('even weights give the plain mean, oneself included and counted', () => {
  const averaged = neighborRewards(four, { neighbors: 2, weighting: 'even' })
  expect(rowsOf(averaged)).toEqual([
    [3.5, 3.5, 0],
    [3.5, 3.5, 0],
    [1.5, 2, 1],
    [-1.5, -2, 1],
  ])
  expect([averaged.users, averaged.items]).toEqual([four.users, four.items])
})

test('by similarity, each neighbor counts its cosine, none below 0', () => {
  const averaged = rowsOf(neighborRewards(four, { neighbors: 4, weighting: 'similarity' }))
  const [zero, , two, three] = averaged as [number[], number[], number[], number[]]
  zero.forEach((value, i) => {
    expect(value).toBeCloseTo([(3 + 0.96 * 4) / 1.96, (4 + 0.96 * 3) / 1.96, 0][i], 6)
  })
  expect(two).toEqual([0, 0, 2])
  expect(three).toEqual([-3, -4, 0])
})

test('one neighbor leaves everything as it is, and rows of zeros have no neighbors but themselves', () => {
  expect(rowsOf(neighborRewards(four, { neighbors: 1, weighting: 'similarity' }))).toEqual(rowsOf(four))
  const zero = matrix([
    [0, 0],
    [1, 2],
  ])
  expect(rowsOf(neighborRewards(zero, { neighbors: 2, weighting: 'similarity' }))).toEqual(rowsOf(zero))
})

const numbers = (length: number) => fc.array(fc.integer({ min: -8, max: 8 }), { minLength: length, maxLength: length })

test('factors give what their products give, and stay factors', () => {
  fc.assert(
    fc.property(numbers(6 * 3), numbers(5 * 3), fc.integer({ min: 1, max: 6 }), (userFactors, itemFactors, count) => {
      const users = [0, 1, 2, 3, 4, 5]
      const items = [1, 2, 3, 4, 5]
      const factorized = factorizedRewards({ users, items, width: 3, userFactors, itemFactors })
      const dense = denseRewards({ users, items, values: users.flatMap((_, r) => [...factorized.row(r)]) })
      const [a, b] = [nearestRows(factorized, count), nearestRows(dense, count)]
      a.similarities.forEach((cosine, n) => {
        expect(cosine).toBeCloseTo(b.similarities[n], 5)
      })
      const averaged = neighborRewards(factorized, { neighbors: 6, weighting: 'similarity' })
      expect(averaged.factors?.width).toBe(3)
      const expected = rowsOf(neighborRewards(dense, { neighbors: 6, weighting: 'similarity' }))
      rowsOf(averaged).forEach((row, r) => {
        row.forEach((value, c) => {
          expect(value).toBeCloseTo(expected[r][c], 3)
        })
      })
    }),
  )
})

test('the blocks in which pairs are compared leave none out', () => {
  const size = 150
  const rows = Array.from({ length: size }, (_, r) => [Math.cos(r), Math.sin(r)])
  const { rows: found } = nearestRows(matrix(rows), 4)
  for (const r of [0, 63, 64, 127, 128, 149]) {
    const byAngle = rows.map((_, other) => other).sort((a, b) => Math.cos(b - r) - Math.cos(a - r))
    expect([...found.subarray(r * 4, r * 4 + 4)]).toEqual(byAngle.slice(0, 4))
  }
})

test.each([0, 5, 1.5])('refuses %s neighbors among 4 users', (neighbors) => {
  expect(() => neighborRewards(four, { neighbors, weighting: 'even' })).toThrow(
    expect.objectContaining({ code: 'bad-argument' }),
  )
})

// u0 and u1 have rows in the matrix, v0 … v2 do not; x and y have no column.
const log = [
  ['u0', 'x', 1],
  ['u0', 'a', 5],
  ['u1', 'x', 1],
  ['u1', 'y', 1],
  ['v0', 'x', 2],
  ['v0', 'a', 4],
  ['v1', 'y', 3],
  ['v1', 'a', 2],
  ['v1', 'b', 1],
  ['v2', 'x', 3],
  ['v2', 'y', 1],
  ['v2', 'b', 3],
] as const
const dataset = buildDataset('observed', {
  user: log.map(([user]) => user),
  item: log.map(([, item]) => item),
  domain: log.map(() => 'shop'),
  value: log.map(([, , value]) => value),
})
const inMatrix = (() => {
  const users = ['u0', 'u1'].map((name) => dataset.users.id(name)!)
  const items = ['a', 'b'].map((name) => dataset.items.id(name)!)
  return denseRewards({ users, items, values: [9, 9, 9, 9] })
})()

test('observed: other users by their values of other items; values that they do not have are 0', () => {
  // Cosines of u0 with v0, v1, v2: 1, 0, 3/√10; of u1: 1/√2, 1/√2, 4/√20.
  const averaged = neighborRewards(inMatrix, { neighbors: 2, weighting: 'even', observed: dataset })
  expect(rowsOf(averaged)).toEqual([
    [2, 1.5], // v0 and v2
    [2, 1.5], // v2 and v0, which comes before v1
  ])
  const [weighted] = rowsOf(neighborRewards(inMatrix, { neighbors: 2, weighting: 'similarity', observed: dataset }))
  const cosine = 3 / Math.sqrt(10)
  expect(weighted[0]).toBeCloseTo(4 / (1 + cosine), 6)
  expect(weighted[1]).toBeCloseTo((3 * cosine) / (1 + cosine), 6)
})

test('observed: refuses a log without other users or without values', () => {
  const users = Array.from({ length: dataset.users.size }, (_, u) => u)
  const all = denseRewards({ users, items: [1], values: users.map(() => 1) })
  const valueless = { ...dataset, log: { ...dataset.log, value: undefined } }
  for (const [rewards, observed] of [
    [all, dataset],
    [inMatrix, valueless],
  ] as const)
    expect(() => neighborRewards(rewards, { neighbors: 1, weighting: 'even', observed })).toThrow(
      expect.objectContaining({ code: 'bad-dataset' }),
    )
})
