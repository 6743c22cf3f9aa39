import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '../../src/serving/store/open.ts'
import type { NewEvent, Store, StoredItem } from '../../src/serving/store/store.ts'

/** What every store owes whoever serves from it. */
export function holdStore(name: string, freshUrl: () => Promise<string>): void {
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

    test('an event told twice counts once, and one with another body does not replace it', async () => {
      const events = [event('a'), event('b'), event('a'), event('b', { value: 2 })]
      expect((await store.appendEvents(events)).outcomes).toEqual(['accepted', 'accepted', 'duplicate', 'conflict'])
      expect((await store.appendEvents(events)).outcomes).toEqual(['duplicate', 'duplicate', 'duplicate', 'conflict'])
      const { rows } = await store.events({ user, limit: 10 })
      expect(rows.map(({ id, value }) => [id, value])).toEqual([
        ['a', undefined],
        ['b', undefined],
      ])
    })

    test('appends that are asked together get each their own outcomes', async () => {
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

    test('a history is in the order of time, without impressions and what has no item', async () => {
      await store.appendEvents([
        event('late', { timestamp: 30 }),
        event('early', { timestamp: 10 }),
        event('seen', { type: 'impression', timestamp: 40 }),
        event('search', { item: undefined, timestamp: 50 }),
        event('middle', { timestamp: 20 }),
      ])
      const { events, sequence } = await store.history(user, 10)
      expect(events.map(({ id }) => id)).toEqual(['early', 'middle', 'late'])
      expect(sequence).toBe(events[1].sequence)
      expect((await store.history(user, 2)).events.map(({ id }) => id)).toEqual(['middle', 'late'])
      const before = await store.history(user, 10, sequence - 1)
      expect(before.events.map(({ id }) => id)).toEqual(['early', 'late'])
    })

    test('items come and go by revisions', async () => {
      const item = (name: string, rest: Partial<StoredItem> = {}): StoredItem => ({
        item: `${user}-${name}`,
        domain: 'books',
        hidden: false,
        categories: ['fantasy'],
        properties: { price: 12.5 },
        ...rest,
      })
      const { items: before } = await store.revisions()
      await store.putItems([item('a'), item('b', { title: 'B' }), item('a', { hidden: true })])
      expect(await store.item(`${user}-a`)).toEqual(item('a', { hidden: true }))
      expect(await store.deleteItem(`${user}-b`)).toBe(true)
      expect(await store.deleteItem(`${user}-b`)).toBe(false)
      expect(await store.item(`${user}-b`)).toBeUndefined()
      const changes = await store.itemChanges(before, 10)
      expect(changes.map(({ removed, item }) => [removed, item.item])).toEqual([
        [false, `${user}-a`],
        [true, `${user}-b`],
      ])
    })
  })
}
