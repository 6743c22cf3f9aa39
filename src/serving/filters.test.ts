import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Filter, filterSchema, matches, valuesOfItem } from './filters.ts'
import { ItemIndex } from './item-index.ts'
import type { StoredItem } from './store/store.ts'

function item(given: Partial<StoredItem>): StoredItem {
  return { item: 'a', domain: 'books', hidden: false, categories: [], properties: {}, ...given }
}

describe('a filter', () => {
  const book = item({
    categories: ['fantasy', 'young'],
    title: 'Dune',
    properties: {
      price: 12.5,
      brand: 'x',
      size: { width: 4 },
      'size.height': 9,
      prices: [1, 30],
      parts: [{ name: 'lid' }],
      gone: null,
    },
  })
  const holds = (filter: Filter) => matches(filter, (field) => valuesOfItem(book, field))

  it.each<[Filter, boolean]>([
    [{ field: 'categories', has: 'fantasy' }, true],
    [{ field: 'categories', equals: 'crime' }, false],
    [{ field: 'categories', in: ['crime', 'young'] }, true],
    [{ field: 'price', lte: 12.5 }, true],
    [{ field: 'price', lt: 12.5 }, false],
    [{ field: 'price', gt: 12, lt: 13 }, true],
    [{ field: 'price', lte: '20' }, false],
    [{ field: 'price', equals: '12.5' }, false],
    [{ field: 'prices', gte: 5, lte: 20 }, false],
    [{ field: 'brand', gte: 'w', lt: 'y' }, true],
    [{ field: 'size.width', equals: 4 }, true],
    [{ field: 'size.height', equals: 9 }, true],
    [{ field: 'parts.name', equals: 'lid' }, true],
    [{ field: 'constructor', exists: true }, false],
    [{ field: 'gone', exists: false }, true],
    [{ field: 'price', exists: false }, false],
    [{ field: 'hidden', equals: false }, true],
    [{ not: { field: 'brand', in: ['x'] } }, false],
    [{ not: { field: 'color', in: ['red'] } }, true],
    [{ all: [] }, true],
    [{ any: [] }, false],
    [
      {
        any: [
          { field: 'title', equals: 'Dune' },
          { field: 'price', gt: 100 },
        ],
      },
      true,
    ],
  ])('%j is %s', (filter, expected) => {
    expect(holds(filter)).toBe(expected)
    expect(filterSchema.parse(filter)).toEqual(filter)
  })

  it.each([
    [{}, 'exactly one of all, any, not, field; it has none'],
    [{ all: [], any: [] }, 'it has all, any'],
    [{ field: 'price' }, "asks nothing of the field 'price'"],
    [{ all: [], lte: 3 }, "has 'lte' beside 'all'"],
    [{ all: [{ field: 'price', let: 3 }] }, "unknown field 'let'; did you mean 'lt'?"],
    [{ field: 'price', lte: null }, 'must be a number or text'],
    [{ all: ['price'] }, 'must be an object such as'],
    [{ all: Array.from({ length: 200 }, () => ({ field: 'a', has: 1 })) }, 'has 201 conditions'],
    [Array.from({ length: 10 }).reduce<Filter>((not) => ({ not }), { field: 'a', has: 1 }), 'nests 11 deep'],
  ])('%j is refused', (filter, message) => {
    expect(filterSchema.safeParse(filter).error?.message).toContain(message)
  })
})

describe('an index of items', () => {
  const word = fc.constantFrom('a', 'b', 'c')
  const value = fc.oneof(word, fc.integer({ min: 0, max: 3 }), fc.boolean())
  const field = fc.constantFrom('categories', 'price', 'size.width', 'nothing')
  const stored = fc
    .record(
      {
        categories: fc.array(word, { maxLength: 3 }),
        price: fc.oneof(value, fc.array(value, { maxLength: 3 })),
        size: fc.record({ width: value }),
      },
      { requiredKeys: ['categories'] },
    )
    .map(({ categories, ...properties }) => item({ categories, properties }))
  const bound = fc.oneof(word, fc.integer({ min: 0, max: 3 }))
  const condition = fc
    .record(
      {
        field,
        equals: value,
        has: value,
        in: fc.array(value, { maxLength: 2 }),
        lt: bound,
        gte: bound,
        exists: fc.boolean(),
      },
      { requiredKeys: ['field'] },
    )
    .filter((made) => Object.keys(made).length > 1)
  const filter = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      condition,
      fc.record({ all: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ not: tie('filter') }),
    ),
  })).filter

  it('selects what a filter lets through, whatever changed before', () => {
    fc.assert(
      fc.property(
        fc.array(stored, { maxLength: 40 }),
        fc.array(filter, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(45), stored), { maxLength: 10 }),
        (items, filters, changes) => {
          const now = [...items]
          const index = new ItemIndex(now.length, (id, name) => valuesOfItem(now[id], name))
          const selected = () => filters.map((one) => [...index.select(one).within(0, now.length)])
          const expected = () =>
            filters.map((one) => [...now.keys()].filter((id) => matches(one, (name) => valuesOfItem(now[id], name))))
          expect(selected()).toEqual(expected())
          for (const [id, changed] of changes) {
            const at = id % (now.length + 1)
            now[at] = changed
            index.changed(at)
          }
          expect(selected()).toEqual(expected())
        },
      ),
    )
  })
})
