import { describe, expect, it } from 'vitest'
import { createRng, denseRewards } from '../../math/index.ts'
import { createEstimates } from './estimates.ts'
import { type DarlrConfig, POOLS } from './options.ts'
import { createPoolSearch, poolSizes } from './pools.ts'
import { createPreferences } from './preferences.ts'

/** Users in three groups of equal size, user u in group u mod 3, whose rewards lie in different directions. */
async function groups(users: number) {
  const rng = createRng(4)
  const items = 12
  const values = Array.from({ length: users }, (_, u) =>
    Array.from({ length: items }, (_, i) => (i % 3 === u % 3 ? 5 : 1) + 0.3 * rng.normal()),
  )
  const ids = (count: number) => Array.from({ length: count }, (_, i) => i)
  const rewards = denseRewards({ users: ids(users), items: ids(items), values: values.flat() })
  const estimates = createEstimates(rewards, { writeBack: 1, reads: 'current' })
  const preferences = await createPreferences(estimates, { similarity: 'cosine', projection: 4 }, createRng(1))
  preferences.refresh()
  return { estimates, preferences, values }
}

async function find(kind: DarlrConfig['candidates'], users: number, counts: { near: number; drawn: number }, seed = 1) {
  const { estimates, preferences } = await groups(users)
  const search = await createPoolSearch(kind, users, 1)
  const found = await search.find(estimates, preferences, counts, createRng(seed))
  await search.dispose()
  const width = counts.near + counts.drawn
  return Array.from({ length: users }, (_, u) => [...found.subarray(u * width, (u + 1) * width)])
}

describe('candidates for reference users', () => {
  it('are max(64, 4 K) near users and a quarter as many drawn, or all others', () => {
    expect(poolSizes(290, 20, 'neighbors')).toEqual({ near: 80, drawn: 20 })
    expect(poolSizes(290, 10, 'clusters')).toEqual({ near: 64, drawn: 16 })
    expect(poolSizes(70, 10, 'neighbors')).toEqual({ near: 64, drawn: 5 })
    expect(poolSizes(8, 3, 'neighbors')).toEqual({ near: 7, drawn: 0 })
    expect(poolSizes(290, 20, 'all')).toEqual({ near: 289, drawn: 0 })
  })

  it.each(['neighbors', 'clusters'] as const)(
    '%s: are of the same group, never the user itself nor one twice',
    async (kind) => {
      const found = await find(kind, 60, { near: 15, drawn: 4 })
      for (const [user, candidates] of found.entries()) {
        expect(new Set(candidates).size).toBe(19)
        expect(candidates).not.toContain(user)
        const own = candidates.slice(0, 15).filter((other) => other % 3 === user % 3)
        expect(own.length, `of user ${user}`).toBe(15)
      }
    },
  )

  it('are the users with the greatest cosine', async () => {
    const { values } = await groups(30)
    const cosine = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, x, i) => sum + x * b[i], 0) / Math.hypot(...a) / Math.hypot(...b)
    for (const [user, candidates] of (await find('neighbors', 30, { near: 5, drawn: 0 })).entries()) {
      const order = values
        .map((row, other) => ({ other, similarity: cosine(values[user], row) }))
        .filter(({ other }) => other !== user)
        .sort((a, b) => b.similarity - a.similarity)
      expect(candidates).toEqual(order.slice(0, 5).map(({ other }) => other))
    }
  })

  it('are drawn from all that are not near, each with the same chance', async () => {
    const counts = new Int32Array(60)
    for (let seed = 0; seed < 200; seed++)
      for (const other of (await find('neighbors', 60, { near: 15, drawn: 4 }, seed))[0].slice(15)) counts[other]++
    const rest = [...counts].filter((count) => count > 0)
    expect(rest.length).toBe(44)
    const expected = (200 * 4) / 44
    // χ² with 43 degrees of freedom is below 77 in 999 of 1,000 cases; drawing without repeats makes it smaller still.
    expect(rest.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(77)
  })

  it('are all other users where these are few, whatever the kind', async () => {
    for (const kind of POOLS) {
      const found = await find(kind, 6, poolSizes(6, 2, kind))
      for (const [user, candidates] of found.entries())
        expect([...candidates].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5].filter((other) => other !== user))
    }
  })
})
