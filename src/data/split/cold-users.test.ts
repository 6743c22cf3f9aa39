import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dataset, domainOfItem, Part } from '../../core/dataset.ts'
import { buildDataset } from '../build/build.ts'
import { accountOfSplit } from './account.ts'
import { evaluationCases } from './cases.ts'
import { coldUserRoles } from './cold-users.ts'
import { splitDataset } from './split.ts'

/** Rows as `user item`; the item's first letter is its domain. */
function world(rows: readonly string[]): Dataset {
  const cells = rows.map((row) => row.split(' '))
  return buildDataset('world', {
    user: cells.map(([user]) => user),
    item: cells.map(([, item]) => item),
    domain: cells.map(([, item]) => item[0]),
    value: cells.map((_, row) => (row % 5) + 1),
  })
}

/** Who knows the target alone, a source alone, and, of `shared`, both or all three. */
function shop(shared: number): string[] {
  return [
    'only-t t1',
    'only-s s1',
    ...Array.from({ length: shared }, (_, u) => [
      `u${u} s${u % 3}`,
      `u${u} t${u % 4}`,
      ...(u % 2 ? [`u${u} m1`, `u${u} t9`] : []),
    ]).flat(),
  ]
}

/** Names of the users with a row of `part`. */
function usersOf(dataset: Dataset, split: string, part: Part): string[] {
  const { part: codes } = splitDataset(dataset, split)
  const ids = [...codes].flatMap((code, row) => (code === part ? [dataset.log.user[row]] : []))
  return [...new Set(ids)].map((id) => dataset.users.name(id)).sort()
}

const shares = fc.constantFrom('0.2', '20%', '.5', '80%')
const sizes = fc.integer({ min: 12, max: 60 })
const cases = { numRuns: 40 }

describe('cold-users', () => {
  it('keeps every row of a cold user in the target for the test, and every other row for training', () => {
    fc.assert(
      fc.property(sizes, shares, fc.nat(9), fc.boolean(), (shared, share, seed, named) => {
        const dataset = world(shop(shared))
        const { log, domains } = dataset
        const { part } = splitDataset(dataset, `cold-users,seed=${seed}:${share}${named ? ':t' : ''}`)
        for (let user = 0; user < dataset.users.size; user++) {
          const held = new Set<number>()
          const codes = new Set<number>()
          for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++) {
            if (part[row] === Part.train) continue
            held.add(domainOfItem(dataset, log.item[row]))
            codes.add(part[row])
          }
          expect(held.size).toBeLessThanOrEqual(1)
          expect(codes.size).toBe(held.size)
          for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++)
            expect(part[row] === Part.train).toBe(!held.has(domainOfItem(dataset, log.item[row])))
          if (held.size === 1) {
            expect(dataset.users.name(user)).not.toMatch(/^only/)
            if (named) expect(domains[[...held][0]]).toBe('t')
          }
        }
      }),
      cases,
    )
  })

  it('draws the share to one user, and a tenth of the others to validate', () => {
    fc.assert(
      fc.property(sizes, shares, fc.boolean(), (shared, share, named) => {
        const dataset = world(shop(shared))
        const split = `cold-users:${share}${named ? ':t' : ''}`
        const cold = usersOf(dataset, split, Part.test).length
        const asked = share.endsWith('%') ? Number.parseFloat(share) / 100 : Number(share)
        expect(Math.abs(cold - asked * shared)).toBeLessThan(1)
        const valid = usersOf(dataset, split, Part.valid).length
        expect(valid).toBe(Math.max(1, Math.round((shared - cold) / 10)))
      }),
      cases,
    )
  })

  it('goes by the seed and by names, not by the order of rows; a larger share has the users of a smaller one', () => {
    const dataset = world(shop(40))
    const cold = (split: string, of = dataset) => usersOf(of, split, Part.test)
    expect(cold('cold-users:0.5:t')).toEqual(cold('cold-users,seed=1:50%:t'))
    expect(cold('cold-users,seed=2:0.5:t')).not.toEqual(cold('cold-users:0.5:t'))
    expect(cold('cold-users:80%:t')).toEqual(expect.arrayContaining(cold('cold-users:20%:t')))
    fc.assert(
      fc.property(fc.shuffledSubarray(shop(40), { minLength: shop(40).length }), (rows) => {
        for (const split of ['cold-users:0.5:t', 'cold-users:0.5'])
          expect(cold(split, world(rows))).toEqual(cold(split))
      }),
      { numRuns: 15 },
    )
  })

  it('has every domain for a target where none is named', () => {
    const dataset = world(shop(40))
    const roles = (name: string) => coldUserRoles(dataset, { name }).targets.map((d) => dataset.domains[d])
    expect(roles('cold-users:0.5')).toEqual(['m', 's', 't'])
    expect(roles('cold-users,seed=3:0.5:t')).toEqual(['t'])
    const { queries } = evaluationCases(dataset, splitDataset(dataset, 'cold-users:0.5'), Part.test)
    expect(new Set(queries.map(({ domain }) => domain)).size).toBe(3)
    expect(() => roles('leave-two-out')).toThrow(/in the split 'leave-two-out' nobody is new in a domain; .*m, s, t/)
  })

  it('asks with the training rows of the user alone', () => {
    const dataset = world(shop(20))
    const split = splitDataset(dataset, 'cold-users:0.5:t')
    for (const part of [Part.valid, Part.test]) {
      const { queries, rows } = evaluationCases(dataset, split, part)
      expect(queries.length).toBeGreaterThan(0)
      for (const [k, { user, history, values, domain }] of queries.entries()) {
        const own = [...dataset.log.user.keys()].filter((row) => dataset.log.user[row] === user)
        const trained = own.filter((row) => split.part[row] === Part.train)
        expect([...history]).toEqual(trained.map((row) => dataset.log.item[row]))
        expect([...values!]).toEqual(trained.map((row) => dataset.log.value![row]))
        expect([...history].some((item) => domainOfItem(dataset, item) === domain)).toBe(false)
        expect(dataset.log.user[rows[k]]).toBe(user)
      }
    }
  })

  it('says how many users are new, what is known of them and where they are absent', () => {
    const notes = (split: string) => accountOfSplit(world(shop(20)), splitDataset(world(shop(20)), split)).notes
    expect(notes('cold-users:0.5:t')).toEqual([
      "10 users are new in 't', and 1 other validates there; each new user has 1 to 2 rows elsewhere, half of them 2 or more; absent are 4 from 'm'",
    ])
    expect(notes('cold-users:0.05')).toEqual([
      "nobody is new in 'm', and 1 other validates there",
      "1 user is new in 's', and 1 other validates there; each new user has 1 to 1 rows elsewhere, half of them 1 or more; absent are 1 from 'm'",
      "nobody is new in 't'",
    ])
  })

  it.each([
    ['cold-users', /must say more: cold-users:SHARE or cold-users:SHARE:TARGET/],
    ['cold-users:1:t', /the share '1' .* must be a number between 0 and 1, as 0\.2, or a percentage, as 20%/],
    ['cold-users:0', /the share '0'/],
    ['cold-users:120%', /the share '120%'/],
    ['cold-users:t', /the share 't'/],
    ['cold-users:0.2:tt', /'tt'.*did you mean 't'/],
    ['cold-users:0.001:t', /makes nobody new: its share of the 20 users who know several domains is less than one/],
    ['cold-users:0.99:t', /leaves nobody to learn from: of the 20 users .*, 20 would be new and 1 would validate/],
    ['cold-users,ties=train:0.2', /cuts at no time/],
    ['cold-users,seed=x:0.2', /has ',seed=x' after its rule; what may stand there is ',ties=train' or ',seed=N'/],
    ['cross-domain,seed=2:s:t', /draws nothing, so ',seed=2' says nothing; cold-users takes it/],
  ])('refuses %s', (split, message) => expect(() => splitDataset(world(shop(20)), split)).toThrow(message))

  it('refuses logs in which nobody can be new in one domain and known in another', () => {
    expect(() => splitDataset(world(['a t1', 'b t1']), 'cold-users:0.2')).toThrow(/has only the domain 't'/)
    const apart = world(['a t1', 'b s1', 'c s1', 'c m1'])
    expect(() => splitDataset(apart, 'cold-users:0.2:t')).toThrow(/no user of 'world' has rows in 't' and in another/)
    expect(() => splitDataset(world(['a t1', 'b s1']), 'cold-users:0.2')).toThrow(/has rows in two domains/)
    // All who know m know s, and nearly all of them are new in one of the two.
    const few = world(
      Array.from({ length: 10 }, (_, u) => [`u${u} s1`, `u${u} t1`, ...(u === 3 ? ['u3 m1'] : [])]).flat(),
    )
    const refused = Array.from({ length: 20 }, (_, seed) => () => splitDataset(few, `cold-users,seed=${seed}:0.8`))
    expect(
      refused.some((draw) => {
        try {
          draw()
          return false
        } catch (e) {
          return /no row of 'm' is left/.test(String(e))
        }
      }),
    ).toBe(true)
  })
})
