import { expect, it } from 'vitest'
import { coverageIn } from './logged-coverage.ts'

/** By the delta method, which is fast; docs/results/ope.md has more logs, more worlds and users that are drawn. */
const few = { seeds: 40, drawnBelow: 0 }

it('intervals hold the truth in about nineteen of twenty logs, and all too seldom where rows are taken for users', () => {
  const { value, difference, rows, refused } = coverageIn(
    { users: 450, unitsPerUser: 25, spread: 0.15, distance: 0.3 },
    { ...few, rows: true },
  )
  expect(refused).toBe(0)
  for (const [name, { held, given }] of [...value, ...difference]) expect(held / given, name).toBeGreaterThan(0.85)
  for (const name of ['snipw', 'dr', 'sn-mips']) {
    const [users, alone] = [value, rows].map((of) => of.get(name) ?? { held: 0, given: 1 })
    expect(alone.held / alone.given, name).toBeLessThan(users.held / users.given - 0.1)
  }
})
