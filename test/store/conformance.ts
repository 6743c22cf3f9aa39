import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Decision } from '../../src/serving/decision.ts'
import { openStore } from '../../src/serving/store/open.ts'
import type { NewEvent, Page, Store, StoredItem } from '../../src/serving/store/store.ts'
import { PlainStore } from './plain-store.ts'

/** How a kind of store is met by its tests. */
export interface StoreUnderTest {
  readonly name: string
  /** Of a store that nobody has opened yet. */
  readonly freshUrl: () => Promise<string>
  /** SQL past the store, as somebody else would run it. */
  readonly execute: (url: string, sql: string) => Promise<void>
  /** How many worlds the law is tried in. */
  readonly worlds: number
}

/** What every store owes whoever serves from it. */
export function holdStore({ name, freshUrl, execute, worlds }: StoreUnderTest): void {
  describe(`the store ${name}`, () => {
    let url: string
    let store: Store
    let number = 0
    let user = ''
    beforeAll(async () => {
      url = await freshUrl()
      store = await openStore(url)
    })
    afterAll(() => store.close())
    // Each test has users and ids of its own, so that all can share one store.
    beforeEach(() => {
      number++
      user = `user-${number}`
    })
    const event = (id: string, rest: Partial<NewEvent> = {}): NewEvent => ({
      source: `test-${number}`,
      id,
      type: 'view',
      user,
      item: `item-${id}`,
      timestamp: 1_000,
      ...rest,
    })
    const item = (id: string, rest: Partial<StoredItem> = {}): StoredItem => ({
      item: `${user}-${id}`,
      domain: 'books',
      hidden: false,
      categories: ['fantasy'],
      properties: { price: 12.5 },
      ...rest,
    })
    const decision = (id: string, at: number, rest: Partial<Decision> = {}): Decision =>
      ({
        id: `r_${number}_${id}`,
        at,
        user,
        domain: 'books',
        model: 'sasrec',
        weights: 'abc',
        policy: { kind: 'greedy' },
        candidatesHash: 'def',
        items: [{ item: 'a', score: 0.1 + 0.2, rank: 1, propensity: 1, source: 'model' }],
        ...rest,
      }) as Decision
    const idsOf = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id)

    describe('events', () => {
      test('told twice count once, and another body under the same id does not replace the first', async () => {
        const events = [event('a'), event('b'), event('a'), event('b', { value: 2 })]
        expect((await store.appendEvents(events)).outcomes).toEqual(['accepted', 'accepted', 'duplicate', 'conflict'])
        expect((await store.appendEvents(events)).outcomes).toEqual(['duplicate', 'duplicate', 'duplicate', 'conflict'])
        const { rows } = await store.events({ user, limit: 10 })
        expect(rows.map(({ id, value }) => [id, value])).toEqual([
          ['a', undefined],
          ['b', undefined],
        ])
      })

      test('come back as they were told', async () => {
        const told = event('a', {
          domain: 'bücher',
          value: -1.5e-300,
          timestamp: -1,
          session: "'; DROP TABLE events; --",
          recommendation: 'r_1',
          rank: 3,
          shown: ['x', '', '😀'],
          properties: { price: 12.5, nested: { list: [null, true, 'ä'] }, huge: 1e300 },
        })
        const { sequence } = await store.appendEvents([told])
        const [back] = (await store.events({ user, limit: 1 })).rows
        expect(back).toEqual({ ...told, sequence, received: back.received })
        expect(Math.abs(back.received - Date.now())).toBeLessThan(600_000)
      })

      test('are the same whatever the order of their properties', async () => {
        await store.appendEvents([event('a', { properties: { one: 1, two: 2 } })])
        const again = [event('a', { properties: { two: 2, one: 1 } }), event('a', { properties: { one: 1, two: 3 } })]
        expect((await store.appendEvents(again)).outcomes).toEqual(['duplicate', 'conflict'])
      })

      test('without a time get that of their receipt, and are the same when told again', async () => {
        const told = event('a', { timestamp: undefined })
        await store.appendEvents([told])
        const [back] = (await store.events({ user, limit: 1 })).rows
        expect(back.timestamp).toBe(back.received)
        expect((await store.appendEvents([told, event('a', { timestamp: 5 })])).outcomes).toEqual([
          'duplicate',
          'conflict',
        ])
      })

      test('that are asked together get each their own outcomes', async () => {
        const [first, second, third] = await Promise.all([
          store.appendEvents([event('a'), event('b')]),
          store.appendEvents([event('b'), event('c')]),
          store.appendEvents([event('a', { type: 'purchase' })]),
        ])
        expect([first.outcomes, second.outcomes, third.outcomes]).toEqual([
          ['accepted', 'accepted'],
          ['duplicate', 'accepted'],
          ['conflict'],
        ])
        expect(await store.lastSequence()).toBe(third.sequence)
      })

      test('of every size of batch are all there, in their order, page by page', async () => {
        const before = await store.lastSequence()
        const events = Array.from({ length: 5_001 }, (_, i) => event(`${i}`, { timestamp: i }))
        await store.appendEvents(events)
        await store.appendEvents([])
        expect(await store.countEvents(before)).toBe(5_001)
        const seen: string[] = []
        let after: string | undefined
        do {
          const page = await store.events({ user, limit: 2_000, ...(after === undefined ? {} : { after }) })
          seen.push(...idsOf(page.rows))
          after = page.next
        } while (after !== undefined)
        expect(seen).toEqual(events.map(({ id }) => id))
        const span = await store.events({ user, since: 10, until: 13, limit: 10 })
        expect(idsOf(span.rows)).toEqual(['10', '11', '12'])
        expect(span.next).toBeUndefined()
      })

      test('with text that no database keeps are refused, and with them nothing else', async () => {
        for (const bad of ['a\0b', 'half \ud83d'])
          await expect(store.appendEvents([event('fine'), event('bad', { item: bad })])).rejects.toMatchObject({
            code: 'bad-argument',
          })
        await expect(store.appendEvents([event('bad', { value: Number.NaN })])).rejects.toMatchObject({
          code: 'bad-argument',
        })
        expect((await store.events({ user, limit: 10 })).rows).toEqual([])
      })

      test('have cursors of their own alone', async () => {
        await expect(store.events({ limit: 1, after: 'x' })).rejects.toMatchObject({ code: 'bad-argument' })
        await expect(store.decisions({ limit: 1, after: '12' })).rejects.toMatchObject({ code: 'bad-argument' })
      })
    })

    describe('histories', () => {
      test('are in the order of time, without impressions and what has no item', async () => {
        await store.appendEvents([
          event('late', { timestamp: 30 }),
          event('early', { timestamp: 10 }),
          event('seen', { type: 'impression', timestamp: 40 }),
          event('search', { item: undefined, timestamp: 50 }),
          event('same time', { timestamp: 10 }),
        ])
        const { events, sequence } = await store.history(user, 10)
        expect(idsOf(events)).toEqual(['early', 'same time', 'late'])
        expect(sequence).toBe(events[1].sequence)
        expect(idsOf((await store.history(user, 2)).events)).toEqual(['same time', 'late'])
        expect(idsOf((await store.history(user, 10, sequence - 1)).events)).toEqual(['early', 'late'])
      })

      test('of nobody are empty, and an impression alone is seen in the sequence', async () => {
        expect(await store.history(user, 10)).toEqual({ events: [], sequence: 0 })
        const { sequence } = await store.appendEvents([event('a', { type: 'impression' })])
        expect(await store.history(user, 10)).toEqual({ events: [], sequence })
        expect(await store.historySequence(user)).toBe(sequence)
        expect(await store.historySequence(`${user}-nobody`)).toBe(0)
      })

      test('change with a merge, and so does their sequence', async () => {
        const other = `${user}-other`
        await store.appendEvents([event('a', { user: other, timestamp: 1 })])
        await store.appendEvents([event('b', { timestamp: 2 })])
        const before = await store.history(user, 10)
        await store.mergeUsers(other, user)
        const merged = await store.history(user, 10)
        expect(idsOf(merged.events)).toEqual(['a', 'b'])
        expect(merged.sequence).toBeGreaterThan(before.sequence)
        expect(await store.history(other, 10)).toEqual(merged)
        expect(await store.historySequence(other)).toBe(merged.sequence)
      })
    })

    describe('users', () => {
      test('are there once they have properties or an event', async () => {
        expect(await store.user(user)).toBeUndefined()
        await store.appendEvents([event('a')])
        expect(await store.user(user)).toEqual({ user, properties: {} })
        await store.putUser({ user, properties: { city: 'Köln' } })
        await store.putUser({ user, properties: { city: 'Bonn' } })
        expect(await store.user(user)).toEqual({ user, properties: { city: 'Bonn' } })
      })

      test('that are merged are one from then on', async () => {
        const [guest, third] = [`${user}-guest`, `${user}-third`]
        await store.putUser({ user: guest, properties: { city: 'Bonn', age: 30 } })
        await store.putUser({ user, properties: { city: 'Köln' } })
        await store.appendEvents([event('a', { user: guest })])
        store.putDecision(decision('d', 1, { user: guest }))
        await store.flush()
        await store.mergeUsers(guest, user)
        await store.mergeUsers(guest, user)
        expect(await store.user(guest)).toEqual({ user, properties: { city: 'Köln', age: 30 } })
        const told = await store.appendEvents([event('a', { user: guest }), event('b', { user: guest })])
        expect(told.outcomes).toEqual(['duplicate', 'accepted'])
        expect((await store.events({ user: guest, limit: 10 })).rows.map((row) => row.user)).toEqual([user, user])
        expect((await store.decision(`r_${number}_d`))?.user).toBe(user)
        await store.mergeUsers(user, third)
        expect((await store.history(guest, 10)).events.map((row) => row.user)).toEqual([third, third])
        await store.mergeUsers(third, guest)
        expect((await store.history(guest, 10)).events).toHaveLength(2)
      })

      test('that are erased leave nothing', async () => {
        const guest = `${user}-guest`
        await store.mergeUsers(guest, user)
        await store.putUser({ user, properties: { a: 1 } })
        await store.appendEvents([event('a'), event('b', { type: 'impression' })])
        store.putDecision(decision('d', 1))
        await store.flush()
        const last = await store.lastSequence()
        expect(await store.eraseUser(guest)).toBe(true)
        expect(await store.eraseUser(user)).toBe(false)
        expect(await store.user(user)).toBeUndefined()
        expect(await store.history(user, 10)).toEqual({ events: [], sequence: 0 })
        expect((await store.events({ user, limit: 10 })).rows).toEqual([])
        expect(await store.decision(`r_${number}_d`)).toBeUndefined()
        // Numbers are never given out twice, and names that were merged are two again.
        const { sequence } = await store.appendEvents([event('c', { user: guest })])
        expect(sequence).toBeGreaterThan(last)
        expect((await store.history(user, 10)).events).toEqual([])
      })
    })

    describe('items', () => {
      test('come and go by revisions', async () => {
        const { items: before } = await store.revisions()
        const full = item('a', {
          hidden: true,
          availableFrom: 5,
          availableUntil: 2 ** 52,
          title: 'Ä',
          categories: [],
          properties: {},
        })
        await store.putItems([item('a'), item('b', { title: 'B' }), full])
        await store.putItems([])
        expect(await store.item(`${user}-a`)).toEqual(full)
        expect(await store.deleteItem(`${user}-b`)).toBe(true)
        expect(await store.deleteItem(`${user}-b`)).toBe(false)
        expect(await store.item(`${user}-b`)).toBeUndefined()
        const changes = await store.itemChanges(before, 10)
        expect(changes.map((change) => [change.removed, change.item.item])).toEqual([
          [false, `${user}-a`],
          [true, `${user}-b`],
        ])
        await store.putItems([item('b')])
        const { items: after } = await store.revisions()
        expect(await store.itemChanges(changes[1].revision, 10)).toEqual([
          { revision: after, removed: false, item: item('b') },
        ])
      })

      test('keep all changes that are asked together, as users do', async () => {
        const told = item('a')
        expect(await store.patchItem(told.item, { hidden: true })).toBeUndefined()
        const names = ['p', 'q', 'r']
        await Promise.all([
          ...names.map((name) => store.patchItem(told.item, { properties: { [name]: 1 } }, told)),
          ...names.map((name) => store.patchUser({ user, properties: { [name]: 1 } })),
        ])
        const all = { p: 1, q: 1, r: 1 }
        expect(await store.item(told.item)).toEqual({ ...told, properties: { price: 12.5, ...all } })
        expect(await store.user(user)).toEqual({ user, properties: all })
        const changed = { ...told, categories: [], properties: all }
        expect(await store.patchItem(told.item, { categories: [], properties: { price: null } })).toEqual(changed)
        await store.deleteItem(told.item)
        expect(await store.patchItem(told.item, { hidden: true }, told)).toBeUndefined()
      })

      test('are listed by the bytes of their names', async () => {
        const domain = `domain-${number}`
        const names = ['b', 'B', 'a-b', 'a b', 'ä', 'a', 'ab', '~']
        await store.putItems(names.map((id) => item(id, { domain })))
        await store.deleteItem(`${user}-ab`)
        const seen: string[] = []
        let after: string | undefined
        do {
          const page = await store.items({ domain, limit: 3, ...(after === undefined ? {} : { after }) })
          seen.push(...page.rows.map((row) => row.item.slice(user.length + 1)))
          after = page.next
        } while (after !== undefined)
        expect(seen).toEqual(['B', 'a', 'a b', 'a-b', 'b', '~', 'ä'])
      })
    })

    test('users are listed by the bytes of their names, of those with events or properties', async () => {
      const names = ['b', 'B', 'a b', 'ä', 'a', '~'].map((name) => `${user}-${name}`)
      const told = names.slice(0, 4).flatMap((name) => [1, 2].map((i) => event(`${name}-${i}`, { user: name })))
      await store.appendEvents(told)
      for (const name of names.slice(3)) await store.putUser({ user: name, properties: {} })
      await store.mergeUsers(`${user}-gone`, `${user}-a`)
      await store.putUser({ user: `${user}-erased`, properties: {} })
      await store.eraseUser(`${user}-erased`)
      const seen: string[] = []
      let after: string | undefined = user
      do {
        const page: Page<string> = await store.users({ after, limit: 2 })
        seen.push(...page.rows.filter((name) => name.startsWith(`${user}-`)))
        after = page.rows.every((name) => name.startsWith(`${user}-`)) ? page.next : undefined
      } while (after !== undefined)
      expect(seen).toEqual(['B', 'a', 'a b', 'b', '~', 'ä'].map((name) => `${user}-${name}`))
    })

    test('decisions are written soon, and found by id, user and time', async () => {
      const decisions = [
        decision('c', 10),
        decision('a', 20),
        decision('b', 20),
        decision('d', 30, { user: undefined, history: ['x'] }),
      ]
      store.putDecision(decision('c', 10, { model: 'before' }))
      await store.flush()
      for (const one of [decision('a', 20, { model: 'before' }), ...decisions]) store.putDecision(one)
      await store.flush()
      // A later one takes the place of an earlier one, whether they are written together or not.
      for (const one of decisions.slice(0, 2)) expect(await store.decision(one.id)).toEqual(one)
      expect(await store.decision('r_none')).toBeUndefined()
      const { user: _, ...stranger } = decisions[3]
      expect(await store.decision(decisions[3].id)).toEqual(stranger)
      const first = await store.decisions({ user, limit: 2 })
      expect(idsOf(first.rows)).toEqual(idsOf(decisions.slice(0, 2)))
      const { next } = first
      expect(idsOf((await store.decisions({ user, limit: 2, ...(next && { after: next }) })).rows)).toEqual([
        decisions[2].id,
      ])
      expect((await store.decisions({ user, since: 11, until: 30, limit: 9 })).rows).toHaveLength(2)
    })

    describe('assignments', () => {
      const taking = (id: string, arm: string, rest: Partial<Decision> = {}) =>
        decision(id, 10 + Number(id), { experiment: { name: `x-${number}`, arm }, ...rest })
      const put = async (...decisions: Decision[]) => {
        for (const one of decisions) store.putDecision(one)
        await store.flush()
      }
      const assigned = async (limit = 10, after?: string) =>
        (await store.assignments({ experiment: `x-${number}`, limit, after })).rows
      const armOf = async (unit: string) => (await store.assignment(`x-${number}`, unit))?.arm
      const movedSince = async (revision: number) => {
        const page = await store.movedAssignments({ after: `${revision}.`, limit: 10 })
        return page.rows.filter((row) => row.revision > revision).map(({ name, arm, several }) => [name, arm, several])
      }

      test('are those of the first list, and testers, interleaved lists and shadows make none', async () => {
        const name = `x-${number}`
        await put(
          taking('0', 'a', { user: `${user}-tester`, experiment: { name, arm: 'a', override: true } }),
          taking('1', 'a', { user: `${user}-mixed`, experiment: { name, arm: 'a', mode: 'interleave' } }),
          taking('2', 'a', { user: undefined }),
          taking('3', 'b'),
          taking('4', 'b'),
        )
        const first = { experiment: name, unit: user, arm: 'b', at: 13, user, several: false }
        expect(await assigned()).toEqual([first])
        const { assignments: before } = await store.revisions()
        await put(taking('5', 'b'))
        expect((await store.revisions()).assignments).toBe(before)
        // Another arm, by a server that knew of other weights, takes nothing away, and all are told.
        await put(taking('6', 'a'), taking('7', 'c'))
        expect(await assigned()).toEqual([{ ...first, several: true }])
        expect(await movedSince(before)).toEqual([[user, 'b', true]])
        await put(taking('8', 'a', { user: `${user}-z` }))
        expect((await assigned(1)).map(({ unit }) => unit)).toEqual([user])
        expect((await assigned(1, user)).map(({ unit }) => unit)).toEqual([`${user}-z`])
      })

      test('of users who are merged are the one that was first, by whatever name', async () => {
        const [guest, other] = [`${user}-guest`, `${user}-other`]
        await put(taking('1', 'a', { user: guest }), taking('2', 'b'), taking('3', 'b', { user: other }))
        const { assignments: before } = await store.revisions()
        await store.mergeUsers(guest, user)
        expect([await armOf(guest), await armOf(user)]).toEqual(['a', 'a'])
        expect(await movedSince(before)).toEqual([
          [user, 'a', true],
          [guest, 'a', true],
        ])
        await store.mergeUsers(user, other)
        expect(await assigned()).toEqual([
          { experiment: `x-${number}`, unit: other, arm: 'a', at: 11, user: other, several: true },
        ])
        expect((await movedSince(before + 1)).map(([name]) => name)).toEqual([user, guest, other].sort())
        await put(taking('4', 'a', { user: guest }))
        expect(await assigned()).toHaveLength(1)
      })

      test('of sessions follow their users, and keep their names', async () => {
        const session = { name: `x-${number}`, arm: 'a', unit: 'session' } as const
        await put(taking('1', 'a', { session: 's1', experiment: session, user: undefined }))
        await put(taking('2', 'a', { session: user, experiment: session }))
        await store.mergeUsers(user, `${user}-in`)
        const rows = await assigned()
        expect(rows.map(({ unit, user: of }) => [unit, of])).toEqual([
          ['s1', undefined],
          [user, `${user}-in`],
        ])
        expect(await armOf(user)).toBe('a')
      })

      test('go with the user, and with the experiment', async () => {
        await store.putDocument('experiment', `x-${number}`, {})
        await put(taking('1', 'a'), taking('2', 'b', { user: `${user}-other` }))
        expect(await store.eraseUser(user)).toBe(true)
        expect((await assigned()).map(({ unit }) => unit)).toEqual([`${user}-other`])
        await store.deleteDocument('experiment', `x-${number}`)
        expect(await assigned()).toEqual([])
      })
    })

    test('documents change only where the one stands that was seen', async () => {
      const { documents: before } = await store.revisions()
      const first = await store.putDocument('alias', user, { model: 'a' }, 0)
      expect(first).toBeGreaterThan(before)
      expect(await store.putDocument('alias', user, { model: 'b' }, 0)).toBeUndefined()
      const raced = await Promise.all([1, 2, 3].map((n) => store.putDocument('alias', user, { n }, first)))
      expect(raced.filter((revision) => revision !== undefined)).toHaveLength(1)
      const free = await store.putDocument('alias', user, { model: 'ü' })
      expect(await store.document('alias', user)).toEqual({ name: user, revision: free, body: { model: 'ü' } })
      expect(await store.document('model', user)).toBeUndefined()
      expect(await store.documents('alias')).toEqual([{ name: user, revision: free, body: { model: 'ü' } }])
      expect(await store.deleteDocument('alias', user)).toBe(true)
      expect(await store.deleteDocument('alias', user)).toBe(false)
      expect((await store.revisions()).documents).toBeGreaterThan(free as number)
    })

    test('two processes write side by side, and each sees at once what the other was told is done', async () => {
      const other = await openStore(url)
      try {
        const { sequence } = await store.appendEvents([event('a')])
        expect(await other.history(user, 10)).toEqual(await store.history(user, 10))
        const rounds = Array.from({ length: 20 }, async (_, i) => {
          await store.appendEvents([event(`s${i}`)])
          await other.appendEvents([event(`o${i}`), event(`s${i}`)])
        })
        // Whoever reads up to a sequence has seen all that will ever be up to it.
        const seen = await other.lastSequence()
        const then = await other.events({ user, limit: 1_000 })
        await Promise.all(rounds)
        const now = await store.events({ user, limit: 1_000 })
        const upTo = (events: typeof now) => events.rows.filter((row) => row.sequence <= seen)
        expect(upTo(now)).toEqual(upTo(then))
        expect(now.rows).toHaveLength(41)
        expect(now.rows[0].sequence).toBe(sequence)
        expect(new Set(now.rows.map((row) => row.sequence)).size).toBe(41)
      } finally {
        await other.close()
      }
    })

    test('whatever is appended, merged and erased, it tells what a plain list would', async () => {
      const names = fc.constantFrom('ann', 'bob', 'cem')
      const told = fc.record(
        {
          id: fc.constantFrom('1', '2', '3', '4', '5', '6'),
          type: fc.constantFrom('view', 'buy', 'impression'),
          user: names,
          item: fc.constantFrom('x', 'y'),
          timestamp: fc.integer({ min: 0, max: 3 }),
        },
        { requiredKeys: ['id', 'type', 'user', 'timestamp'] },
      )
      const act = fc.oneof(
        { weight: 6, arbitrary: fc.record({ append: fc.array(told, { maxLength: 5 }) }) },
        { weight: 2, arbitrary: fc.record({ merge: names, into: names }) },
        { weight: 1, arbitrary: fc.record({ erase: names }) },
      )
      let world = 0
      await fc.assert(
        fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (acts) => {
          world++
          const own = (plain: string) => `${user}-${world}-${plain}`
          const plain = new PlainStore()
          for (const one of acts) {
            if ('append' in one) {
              const events = one.append.map((rest) => ({
                ...rest,
                source: own('source'),
                user: own(rest.user),
              }))
              expect((await store.appendEvents(events)).outcomes).toEqual(plain.append(events))
            } else if ('merge' in one) {
              await store.mergeUsers(own(one.merge), own(one.into))
              plain.merge(own(one.merge), own(one.into))
            } else {
              expect(await store.eraseUser(own(one.erase))).toBe(plain.erase(own(one.erase)))
            }
            for (const somebody of ['ann', 'bob', 'cem'].map(own))
              expect(idsOf((await store.history(somebody, 3)).events)).toEqual(idsOf(plain.history(somebody, 3)))
          }
        }),
        { numRuns: worlds, seed: 7 },
      )
    })

    test('one of a newer Tributary is refused, and so is a database of something else', async () => {
      const newer = await freshUrl()
      await (await openStore(newer)).close()
      await execute(newer, 'INSERT INTO migrations (version, applied) VALUES (99, 0)')
      await expect(openStore(newer)).rejects.toMatchObject({
        code: 'store-failed',
        message: expect.stringMatching(/newer Tributary \(its tables have version 99.*update Tributary$/),
      })
      const foreign = await freshUrl()
      await execute(foreign, 'CREATE TABLE orders (id BIGINT)')
      await expect(openStore(foreign)).rejects.toMatchObject({
        code: 'store-failed',
        message: expect.stringMatching(/holds tables of something else; give it a database of its own$/),
      })
    })

    test('it opens twice at once, and closed it says so', async () => {
      const fresh = await freshUrl()
      const both = await Promise.all([openStore(fresh), openStore(fresh)])
      await Promise.all(both.map((one) => one.close()))
      await expect(both[0].appendEvents([event('a')])).rejects.toMatchObject({ code: 'store-failed' })
      await expect(both[0].history(user, 1)).rejects.toMatchObject({ code: 'store-failed' })
    })
  })
}
