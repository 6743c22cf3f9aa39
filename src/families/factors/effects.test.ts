import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitEffects } from './index.ts'

const sizes = { domains: 2, users: 4, items: 5 }
const row = fc.record({
  value: fc.double({ min: 1, max: 5, noNaN: true }),
  user: fc.nat(sizes.users - 2),
  item: fc.nat(sizes.items - 2),
})
/** Items 0 and 1 are of domain 0, the others of domain 1; the last user and the last item have no rows. */
const columns = (rows: readonly { value: number; user: number; item: number }[]) => ({
  values: Float64Array.from(rows, ({ value }) => value),
  domains: Int32Array.from(rows, ({ item }) => Number(item > 1)),
  users: Int32Array.from(rows, ({ user }) => user),
  items: Int32Array.from(rows, ({ item }) => item),
})

describe('effects', () => {
  it('are where the squared error together with what shrinks them is least', () => {
    const shrinkage = fc.record({ userShrinkage: fc.constantFrom(0.5, 3), itemShrinkage: fc.constantFrom(1, 10) })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), shrinkage, (rows, shrunk) => {
        const pairs = columns(rows)
        const { domains, users, items } = fitEffects(pairs, sizes, shrunk, 500)
        const left = rows.map(
          ({ value, user, item }, i) => value - domains[pairs.domains[i]] - users[user] - items[item],
        )
        const sum = (of: Int32Array, id: number) =>
          left.reduce((total, rest, i) => total + (of[i] === id ? rest : 0), 0)
        // The derivative by each effect is 0.
        for (const d of domains.keys()) expect(sum(pairs.domains, d)).toBeCloseTo(0, 5)
        for (const [u, effect] of users.entries())
          expect(sum(pairs.users, u)).toBeCloseTo(shrunk.userShrinkage * effect, 5)
        for (const [v, effect] of items.entries())
          expect(sum(pairs.items, v)).toBeCloseTo(shrunk.itemShrinkage * effect, 5)
      }),
    )
  })

  it('give a domain without rows the mean of all, and users and items without rows nothing', () => {
    const pairs = columns([
      { value: 5, user: 0, item: 0 },
      { value: 2, user: 1, item: 1 },
    ])
    const { domains, users, items } = fitEffects(pairs, sizes, { userShrinkage: 1, itemShrinkage: 1 }, 1)
    expect([...domains]).toEqual([3.5, 3.5])
    expect([...users]).toEqual([0.75, -0.75, 0, 0])
    expect([...items]).toEqual([0.375, -0.375, 0, 0, 0])
  })

  it('are of those sides alone that have any', () => {
    const pairs = columns([
      { value: 5, user: 0, item: 0 },
      { value: 2, user: 1, item: 2 },
    ])
    const none = fitEffects(pairs, { ...sizes, users: 0, items: 0 }, {}, 3)
    expect(none.users.length + none.items.length).toBe(0)
    expect([...none.domains]).toEqual([5, 2])
    const bare = fitEffects(pairs, { ...sizes, items: 0 }, { userShrinkage: 0 }, 1)
    expect([...bare.users]).toEqual([0, 0, 0, 0])
  })
})
