import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRng } from '../../math/index.ts'
import { fitFactors, fittedValue, solveUser } from './least-squares.ts'

const ridges = { users: 2, items: 1, factors: 0.5 }
const rowsOf = (triples: readonly (readonly [number, number, number])[]) => ({
  users: Int32Array.from(triples, ([user]) => user),
  items: Int32Array.from(triples, ([, item]) => item),
  values: Float32Array.from(triples, ([, , value]) => value),
})

it('finds offsets of a table of sums, and leaves who has no rows at 0', () => {
  const [ofUsers, ofItems] = [
    [1, -1, 0.5, -0.5],
    [-0.5, 0.5, 0],
  ]
  const triples = ofUsers.flatMap((b, user) => ofItems.map((c, item) => [user, item, 3 + b + c] as const))
  const shape = { factors: 1, offsets: true }
  const options = { ridges: { users: 1e-9, items: 1e-9, factors: 1e9 }, sweeps: 30 }
  const fitted = fitFactors(rowsOf(triples), { users: 5, items: 4 }, shape, options, createRng(1))
  for (const [user, item, value] of triples) expect(fittedValue(fitted, shape, user, item)).toBeCloseTo(value, 6)
  expect(fitted.mean).toBe(3)
  expect([...fitted.users.subarray(8)]).toEqual([0, 0])
})

it('learns the level in the product where there are no offsets', () => {
  const triples = [0, 1, 2, 3].flatMap((user) =>
    [0, 1, 2].map((item) => [user, item, (1 + user) * (1 + item)] as const),
  )
  const shape = { factors: 1, offsets: false }
  const options = { ridges: { ...ridges, factors: 1e-6 }, sweeps: 40 }
  const fitted = fitFactors(rowsOf(triples), { users: 4, items: 3 }, shape, options, createRng(1))
  expect(fitted.mean).toBe(0)
  for (const [user, item, value] of triples) expect(fittedValue(fitted, shape, user, item)).toBeCloseTo(value, 3)
})

it('ends where no user can be told better: the vector solved for anew is the one that was found', () => {
  const table = fc.array(fc.tuple(fc.nat(5), fc.nat(4), fc.float({ min: 1, max: 5, noNaN: true })), {
    minLength: 12,
    maxLength: 30,
  })
  fc.assert(
    fc.property(table, fc.boolean(), (triples, offsets) => {
      const rows = rowsOf(triples)
      const shape = { factors: 2, offsets }
      const fitted = fitFactors(rows, { users: 6, items: 5 }, shape, { ridges, sweeps: 400 }, createRng(2))
      const n = offsets ? 3 : 2
      // In the mean of users nothing is left that belongs to items, so a vector is found up to what was moved there.
      const solved = Array.from({ length: 6 }, (_, user) => {
        const rated = triples.flatMap(([u, item], row) =>
          u === user ? [[item, rows.values[row] - fitted.mean] as const] : [],
        )
        return rated.length === 0 ? undefined : solveUser(shape, fitted.items, rated, fitted.ridge)
      })
      for (const [user, vector] of solved.entries())
        for (let f = 0; vector !== undefined && f < n && !offsets; f++)
          expect(vector[f]).toBeCloseTo(fitted.users[user * n + f], 2)
      const known = [0, 1, 2, 3, 4, 5].filter((user) => solved[user] !== undefined)
      for (let f = 0; offsets && f < n; f++)
        expect(known.reduce((sum, user) => sum + fitted.users[user * n + f], 0)).toBeCloseTo(0, 6)
    }),
    { numRuns: 30 },
  )
})
