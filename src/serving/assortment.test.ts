import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { domainItems } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { Assortment, type Selection } from './assortment.ts'
import { type Filter, matches } from './filters.ts'
import type { StoredItem } from './store/store.ts'

const books = Array.from({ length: 40 }, (_, i) => `book${i}`)
const dataset = buildDataset(
  'shop',
  { user: [...books, 'u'], item: [...books, 'game'], domain: [...books.map(() => 'books'), 'games'] },
  {
    itemFeatures: [
      { name: 'price', kind: 'number', of: new Map(books.map((name, i) => [name, i])) },
      { name: 'genre', kind: 'labels', of: new Map([['book3', ['fantasy', 'young']]]) },
    ],
  },
)

function stored(item: string, given: Partial<StoredItem> = {}): StoredItem {
  return { item, domain: 'books', hidden: false, categories: [], properties: {}, ...given }
}

function assortment(...items: readonly StoredItem[]): Assortment {
  const made = new Assortment(dataset)
  for (const [i, item] of items.entries()) made.apply({ revision: i + 1, removed: false, item })
  return made
}

/** What a selection lets be recommended, by name. */
function names(of: Assortment, domain: string, { candidates, exclude, fresh }: Selection): string[] {
  const { start, end } = domainItems(dataset, dataset.domains.indexOf(domain))
  const all = Array.from({ length: end - start }, (_, i) => start + i)
  const known = candidates ?? all.filter((id) => !exclude?.includes(id))
  return [...known, ...fresh].map((id) => of.name(id)).sort()
}

describe('an assortment', () => {
  it('knows items as the dataset does where the catalogue says nothing', () => {
    const of = assortment(stored('book5', { availableUntil: 5 }), stored('book6', { properties: { price: 0 } }))
    const select = (...filters: Filter[]) => names(of, 'books', of.select('books', filters, 0))
    expect(select({ field: 'categories', has: 'young' })).toEqual(['book3'])
    expect(select({ field: 'price', lt: 2 })).toEqual(['book0', 'book1', 'book6'])
    expect(select({ field: 'price', equals: 5 })).toEqual(['book5'])
    expect(select({ field: 'domain', equals: 'games' })).toEqual([])
  })

  it('asks a model for all items where it may, for all but few, or for few', () => {
    expect(assortment().select('books', [], 0)).toEqual({ fresh: new Int32Array() })
    const hidden = assortment(stored('book5', { hidden: true }))
    expect(hidden.select('books', [], 0)).toEqual({
      exclude: Int32Array.of(dataset.items.id('book5')!),
      fresh: new Int32Array(),
    })
    expect(hidden.select('books', [{ field: 'item', in: ['book5', 'book6'] }], 0)).toEqual({
      candidates: Int32Array.of(dataset.items.id('book6')!),
      fresh: new Int32Array(),
    })
    expect(hidden.select('nowhere', [], 0)).toEqual({ candidates: new Int32Array(), fresh: new Int32Array() })
  })

  it('gives ids of its own to items that the dataset does not have, and lists the newest first', () => {
    const of = assortment(
      stored('new1'),
      stored('new2', { domain: 'games' }),
      stored('new3', { properties: { price: 1 } }),
    )
    const { fresh } = of.select('books', [], 0)
    expect([...fresh].map((id) => of.name(id))).toEqual(['new3', 'new1'])
    expect([...fresh].every((id) => of.isNew(id) && of.id(of.name(id)) === id)).toBe(true)
    expect(names(of, 'books', of.select('books', [{ field: 'price', equals: 1 }], 0))).toEqual(['book1', 'new3'])
  })

  it('does not recommend what was taken out, until it is put in again', () => {
    const of = assortment()
    const listed = () => names(of, 'games', of.select('games', [], 0))
    const item = stored('game', { domain: 'games' })
    expect(listed()).toEqual(['game'])
    of.apply({ revision: 1, removed: true, item })
    expect(listed()).toEqual([])
    of.apply({ revision: 2, removed: false, item })
    expect(listed()).toEqual(['game'])
  })

  it('selects at every time what is there then and what filters let through', () => {
    const time = fc.nat(6)
    const item = fc
      .record(
        {
          item: fc.constantFrom(...books.slice(0, 6), 'new1', 'new2'),
          hidden: fc.boolean(),
          availableFrom: time,
          availableUntil: time,
          properties: fc.record({ price: fc.nat(40) }),
        },
        { requiredKeys: ['item'] },
      )
      .map(({ item, ...rest }) => stored(item, rest as Partial<StoredItem>))
    const filter: fc.Arbitrary<Filter> = fc.constantFrom(
      { field: 'price', gte: 3 },
      { not: { field: 'categories', has: 'young' } },
      { field: 'availableFrom', exists: false },
    )
    fc.assert(
      fc.property(
        fc.array(fc.record({ item, removed: fc.boolean(), now: time, filters: fc.array(filter, { maxLength: 2 }) })),
        (steps) => {
          const of = assortment()
          const latest = new Map<string, { item: StoredItem; removed: boolean }>()
          for (const [revision, { item, removed, now, filters }] of steps.entries()) {
            of.apply({ revision, removed, item })
            if (!removed || latest.has(item.item) || dataset.items.id(item.item) !== undefined)
              latest.set(item.item, { item, removed })
            // Twice, so that the second comes from memory, at a time before and after.
            for (const moment of [now, (now + 3) % 7, now]) {
              const expected = [...new Set([...books, ...latest.keys()])].filter((name) => {
                const change = latest.get(name)
                const { hidden = false, availableFrom = 0, availableUntil = 9 } = change?.item ?? {}
                const there = !change?.removed && !hidden && availableFrom <= moment && moment < availableUntil
                return there && filters.every((one) => matches(one, (field) => of.valuesOf(of.id(name)!, field)))
              })
              expect(names(of, 'books', of.select('books', filters, moment))).toEqual(expected.sort())
            }
          }
        },
      ),
    )
  })
})
