import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { domainOfItem } from '../../core/dataset.ts'
import { TributaryError } from '../../core/errors.ts'
import { domainView } from '../split/domain-view.ts'
import { buildDataset } from './build.ts'
import { filterDataset } from './filter.ts'
import { compareNames } from './vocabulary.ts'

/** Rows in which every item name carries its domain, with many equal times. */
const rowsOf = fc.array(
  fc.record({
    user: fc.integer({ min: 0, max: 12 }).map((u) => `u${u}`),
    item: fc.integer({ min: 0, max: 30 }).map((i) => `i${i}`),
    timestamp: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 80 },
)
type Row = { user: string; item: string; timestamp: number }
const domainOf = (item: string) => `d${Number(item.slice(1)) % 3}`
const columnsOf = (rows: readonly Row[]) => ({
  user: rows.map((r) => r.user),
  item: rows.map((r) => r.item),
  domain: rows.map((r) => domainOf(r.item)),
  timestamp: rows.map((r) => r.timestamp),
})

describe('buildDataset', () => {
  it('gives every user the rows in time order, ties in file order', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const { log, users, items } = buildDataset('d', columnsOf(rows))
        for (let u = 0; u < users.size; u++) {
          const expected = rows
            .filter((r) => r.user === users.name(u))
            .sort((a, b) => a.timestamp - b.timestamp)
            .map((r) => r.item)
          const actual = [...log.item.subarray(log.userStart[u], log.userStart[u + 1])].map((i) => items.name(i))
          expect(actual).toEqual(expected)
        }
        expect(log.userStart[users.size]).toBe(rows.length)
      }),
    )
  })

  it('numbers items by domain, then frequency, then name, from 1', () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const dataset = buildDataset('d', columnsOf(rows))
        const count = (item: string) => rows.filter((r) => r.item === item).length
        const expected = [...new Set(rows.map((r) => r.item))].sort(
          (a, b) => compareNames(domainOf(a), domainOf(b)) || count(b) - count(a) || compareNames(a, b),
        )
        expect(dataset.items.size).toBe(expected.length + 1)
        for (const [i, name] of expected.entries()) {
          expect(dataset.items.name(i + 1)).toBe(name)
          expect(dataset.items.id(name)).toBe(i + 1)
          expect(dataset.domains[domainOfItem(dataset, i + 1)]).toBe(domainOf(name))
        }
        expect(dataset.domainStart[0]).toBe(1)
        expect(dataset.domainStart.at(-1)).toBe(dataset.items.size)
        expect(dataset.items.id('never seen')).toBeUndefined()
        expect(() => dataset.items.name(0)).toThrow(RangeError)
      }),
    )
  })

  it('hashes the same log alike however the users are interleaved in the file, and other logs otherwise', () => {
    const rows = [
      { user: 'b', item: 'i0', timestamp: 1 },
      { user: 'a', item: 'i1', timestamp: 1 },
      { user: 'a', item: 'i3', timestamp: 1 },
    ]
    const hash = (r: Row[]) => buildDataset('d', columnsOf(r)).hash
    expect(hash([rows[1], rows[0], rows[2]])).toBe(hash(rows))
    expect(hash([rows[0], rows[2], rows[1]])).not.toBe(hash(rows))
    expect(hash(rows.map((r) => ({ ...r, timestamp: 2 })))).not.toBe(hash(rows))
    expect(buildDataset('d', { ...columnsOf(rows), value: [1, 1, 1] }).hash).not.toBe(hash(rows))
  })

  it('refuses an item in two domains and names item, domains and rows', () => {
    const build = () =>
      buildDataset('d', { user: ['a', 'a', 'b'], item: ['x', 'y', 'x'], domain: ['Shop', 'Shop', 'Music'] })
    expect(build).toThrow(TributaryError)
    expect(build).toThrow(/item 'x' stands in two domains, 'Shop' \(row 1\) and 'Music' \(row 3\)/)
  })

  it('refuses columns of different length, no rows, and values that are no numbers', () => {
    const one = { user: ['a'], item: ['x'], domain: ['d'] }
    expect(() => buildDataset('d', { ...one, item: ['x', 'y'] })).toThrow(/column 'item' has 2 rows/)
    expect(() => buildDataset('d', { user: [], item: [], domain: [] })).toThrow(/no rows/)
    expect(() => buildDataset('d', { ...one, timestamp: [Number.NaN] })).toThrow(/row 1, column 'timestamp'/)
    expect(() => buildDataset('d', { ...one, part: ['tset' as 'test'] })).toThrow(/'tset' is no part/)
  })
})

describe('categories', () => {
  const columns = {
    user: ['a', 'a', 'b', 'b', 'c'],
    item: ['s1', 'm1', 's1', 's2', 'm2'],
    domain: ['Shop', 'Music', 'Shop', 'Shop', 'Music'],
  }
  const category = ['', 'rock', 'games', '', 'folk']

  it('are of items: the first that is not empty, numbered by domain, then name', () => {
    const { categories, items } = buildDataset('d', { ...columns, category })
    expect(categories!.names).toEqual(['', 'folk', 'rock', 'games'])
    const of = (item: string) => categories!.names[categories!.ofItem[items.id(item)!]]
    expect(['s1', 's2', 'm1', 'm2'].map(of)).toEqual(['games', '', 'rock', 'folk'])
    expect(categories!.ofItem[0]).toBe(0)
    const disagreeing = buildDataset('d', { ...columns, category: ['toys', '', 'games', '', ''] })
    expect(disagreeing.categories!.names).toEqual(['', 'toys'])
  })

  it('are part of the hash only where there are any', () => {
    const hash = (c?: string[]) => buildDataset('d', { ...columns, ...(c && { category: c }) }).hash
    const none = buildDataset('d', { ...columns, category: ['', '', '', '', ''] })
    expect(none.categories).toBeUndefined()
    expect(none.hash).toBe(hash())
    expect(hash(category)).not.toBe(hash())
    expect(hash(category.map((name) => name.toUpperCase()))).not.toBe(hash(category))
    // Kept from before there were categories: runs name their dataset by it.
    expect(hash()).toBe('ba53867e4391fc0963902f2ed76b7103345b70ee0ba3331a33be769e47a8d004')
  })

  it('stay with their items when rows are filtered and in the view of one domain', () => {
    const dataset = buildDataset('d', { ...columns, category })
    const { dataset: filtered } = filterDataset(dataset, { minItem: 2 })
    expect(filtered.categories).toEqual({ names: ['', 'games'], ofItem: Int32Array.of(0, 1) })
    const split = { name: 'column', part: new Uint8Array(5) }
    const shop = domainView(dataset, split, 1).dataset
    expect(shop.categories!.names[shop.categories!.ofItem[shop.items.id('s1')!]]).toBe('games')
    expect(shop.categories!.ofItem[shop.items.id('s2')!]).toBe(0)
  })
})

describe('filterDataset', () => {
  it('gives what a file of the rows that are left gives, of any log and bounds', () => {
    const bound = fc.integer({ min: 1, max: 4 })
    let checked = 0
    fc.assert(
      fc.property(rowsOf, bound, bound, (rows, minItem, minUser) => {
        const all = (some: readonly Row[]) => ({
          ...columnsOf(some),
          value: some.map((r) => Number(r.item.slice(1)) / 2),
          category: some.map((r) => ['', 'odd'][Number(r.item.slice(1)) % 2]),
        })
        const often = (some: readonly Row[], key: 'user' | 'item', least: number) =>
          some.filter((r) => some.filter((other) => other[key] === r[key]).length >= least)
        let left: readonly Row[] = rows
        for (let before = -1; before !== left.length; ) {
          before = left.length
          left = often(often(left, 'item', minItem), 'user', minUser)
        }
        const attempt = () => filterDataset(buildDataset('d', all(rows)), { minItem, minUser })
        if (left.length === 0) {
          expect(attempt).toThrow('no interaction')
          return
        }
        const [{ dataset, report }, expected] = [attempt(), buildDataset('d', all(left))]
        expect(dataset).toEqual(expected)
        expect(report.removed.interactions).toBe(rows.length - left.length)
        expect(dataset.items.id(expected.items.name(1))).toBe(1)
        if (left.length < rows.length) checked++
      }),
      { numRuns: 300, seed: 1 },
    )
    expect(checked).toBeGreaterThan(30)
  })
})

describe('names', () => {
  it('are found by any text, in byte order', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(fc.uniqueArray(text, { minLength: 1, maxLength: 20 }), (names) => {
        const dataset = buildDataset('d', { user: names, item: names, domain: names.map(() => 'one') })
        const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        expect(sorted.map((name) => dataset.users.id(name))).toEqual(sorted.map((_, i) => i))
        expect(sorted.map((_, i) => dataset.items.name(i + 1))).toEqual(sorted)
      }),
    )
  })
})
