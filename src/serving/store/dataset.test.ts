import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Dataset, domainOfItem } from '../../core/index.ts'
import { buildDataset, importDataset, openDataset } from '../../data/index.ts'
import { archiveEvents } from './archive.ts'
import { datasetOfStore } from './dataset.ts'
import { loadDataset } from './load.ts'
import { backupStore, openStore } from './open.ts'
import type { NewEvent, Store } from './store.ts'

const DAY = 86_400_000

describe('a dataset and a store', () => {
  let folder: string
  let file: string
  let store: Store
  let files = 0
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-dataset-'))
  })
  beforeEach(async () => {
    await store?.close()
    files++
    file = join(folder, `${files}.db`)
    store = await openStore(`sqlite:${file}`)
  })
  afterAll(async () => {
    await store.close()
    await rm(folder, { recursive: true })
  })

  const event = (id: string, rest: Partial<NewEvent> = {}): NewEvent => ({
    source: 'shop',
    id,
    type: 'view',
    user: 'ann',
    item: 'book',
    domain: 'books',
    timestamp: Number(id) * DAY,
    ...rest,
  })

  test('what is loaded comes back as the same dataset, and loading it again changes nothing', async () => {
    const name = fc.string({ minLength: 1, maxLength: 3, unit: 'grapheme' }).filter((text) => !text.includes('\0'))
    const row = fc.record({
      user: name,
      item: fc.nat({ max: 5 }),
      timestamp: fc.integer({ min: 1_600_000_000, max: 1_600_000_003 }),
      value: fc.float({ noNaN: true, noDefaultInfinity: true }),
    })
    let world = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        fc.boolean(),
        async (rows, timed, valued) => {
          world++
          const fresh = await openStore(`sqlite:${join(folder, `law-${world}.db`)}`)
          const dataset = buildDataset('shop', {
            user: rows.map(({ user }) => user),
            item: rows.map(({ item }) => `item ${item}`),
            domain: rows.map(({ item }) => (item < 3 ? 'books' : 'games')),
            timestamp: timed ? rows.map(({ timestamp }) => timestamp) : rows.map(() => 0),
            ...(valued && { value: rows.map(({ value }) => value) }),
          })
          await loadDataset(fresh, dataset)
          const again = await loadDataset(fresh, dataset)
          expect(again).toMatchObject({ duplicates: rows.length, knownItems: dataset.items.size - 1 })
          const back = await datasetOfStore(fresh, { name: 'shop' })
          await fresh.close()
          expect(back.dataset.hash).toBe(dataset.hash)
        },
      ),
      { numRuns: 4, seed: 11 },
    )
  })

  test('what is known of items goes into the store and comes back', async () => {
    const dataset = buildDataset(
      'shop',
      { user: ['ann', 'bob'], item: ['book', 'game'], domain: ['books', 'games'], category: ['fantasy', ''] },
      {
        itemFeatures: [
          { name: 'title', kind: 'labels', of: new Map([['book', ['The Book']]]) },
          { name: 'price', kind: 'number', of: new Map([['game', 12.5]]) },
          { name: 'tags', kind: 'labels', of: new Map([['book', ['old', 'red']]]) },
        ],
        userFeatures: [{ name: 'city', kind: 'labels', of: new Map([['ann', ['Köln']]]) }],
      },
    )
    await store.putItems([
      { item: 'game', domain: 'games', hidden: true, categories: [], title: 'Mine', properties: { price: 9 } },
    ])
    expect(await loadDataset(store, dataset, { type: 'purchase' })).toMatchObject({ rows: 2, items: 2, knownItems: 1 })
    expect(await store.item('book')).toEqual({
      item: 'book',
      domain: 'books',
      hidden: false,
      categories: ['fantasy'],
      title: 'The Book',
      properties: { tags: ['old', 'red'] },
    })
    expect((await store.item('game'))?.title).toBe('Mine')
    expect(await store.user('ann')).toEqual({ user: 'ann', properties: { city: 'Köln' } })
    const { dataset: back } = await datasetOfStore(store, { name: 'shop' })
    const features = back.itemFeatures?.map(({ name, kind }) => `${name}: ${kind}`).sort()
    expect(features).toEqual(['category: labels', 'price: number', 'tags: labels', 'title: labels'])
  })

  test('a period and types choose events, types have weights, and what is left out is counted', async () => {
    await store.putItems([{ item: 'known', domain: 'games', hidden: false, categories: [], properties: {} }])
    await store.appendEvents([
      event('1'),
      event('2', { type: 'purchase', user: 'bob' }),
      event('3', { type: 'impression', item: undefined, shown: ['book'] }),
      event('4', { item: undefined }),
      event('5', { item: 'known', domain: undefined, type: 'purchase' }),
      event('6', { item: 'homeless', domain: undefined }),
      event('9', { type: 'return' }),
    ])
    const types = [
      { type: 'view', weight: 1 },
      { type: 'purchase', weight: 5 },
    ]
    const { dataset, left } = await datasetOfStore(store, { name: 'shop', until: 9 * DAY, types })
    expect(rowsOf(dataset)).toEqual(['ann book books 86400 1', 'ann known games 432000 5', 'bob book books 172800 5'])
    expect(left).toEqual({ itemless: 1, types: [{ type: 'impression', rows: 1 }], homeless: 1, values: false })
    const later = await datasetOfStore(store, { name: 'shop', since: 2 * DAY, upTo: 5 })
    expect(rowsOf(later.dataset)).toEqual(['ann known games 432000', 'bob book books 172800'])
    await expect(datasetOfStore(store, { name: 'shop', since: 99 * DAY })).rejects.toMatchObject({ code: 'file-empty' })
  })

  test('whole days are moved to files that an import reads, and histories are others then', async () => {
    const archive = join(folder, 'archive')
    await store.appendEvents([
      event('1', { value: 2, properties: { a: 'ä' } }),
      event('2', { user: 'bob', value: 3 }),
      event('3', { value: 4 }),
      event('1.5', { id: 'noon', value: 5 }),
    ])
    const before = await store.history('ann', 10)
    const options = { before: 2.9 * DAY, folder: archive }
    const { events, files } = await archiveEvents(store, options)
    expect([events, files]).toEqual([2, ['events-1970-01-02-1.parquet']])
    expect(await readdir(archive)).toEqual(files)
    const after = await store.history('ann', 10)
    expect(after.events.map(({ id }) => id)).toEqual(['3'])
    expect(after.sequence).toBeGreaterThan(before.sequence)
    expect(await archiveEvents(store, options)).toEqual({ events: 0, files: [] })
    // One that comes late for a day that was moved has a file of its own.
    await store.appendEvents([event('1', { id: 'late' })])
    const { files: more } = await archiveEvents(store, options)
    expect(more).toEqual(['events-1970-01-02-6.parquet'])
    const out = join(folder, 'imported')
    await importDataset({ reader: 'parquet', files: [join(archive, files[0])], out, timestampUnit: 'milliseconds' })
    expect(rowsOf(await openDataset(out))).toEqual(['ann book books 86400 2', 'ann book books 129600 5'])
  })

  test('a backup is whole while events come, and a server can go on from it', async () => {
    const out = join(folder, 'backup.db')
    const writing = Array.from({ length: 50 }, (_, i) => store.appendEvents([event(`${i}`)]))
    await writing[0]
    await backupStore(`sqlite:${file}`, out)
    await Promise.all(writing)
    await expect(backupStore(`sqlite:${file}`, out)).rejects.toMatchObject({ code: 'file-exists' })
    await expect(backupStore(`sqlite:${join(folder, 'none.db')}`, `${out}2`)).rejects.toMatchObject({
      code: 'file-missing',
    })
    await expect(backupStore('postgres://a@b/c', out)).rejects.toMatchObject({ code: 'bad-argument' })
    const restored = await openStore(`sqlite:${out}`)
    const events = (await restored.events({ limit: 100 })).rows
    expect(events.length).toBeGreaterThan(0)
    expect(events).toEqual((await store.events({ limit: events.length })).rows)
    expect((await restored.appendEvents([event('0'), event('new', { timestamp: 0 })])).outcomes).toEqual([
      'duplicate',
      'accepted',
    ])
    await restored.close()
  })
})

function rowsOf(dataset: Dataset): string[] {
  const { users, items, domains, log } = dataset
  return Array.from(log.user, (user, row) => {
    const item = log.item[row]
    const words = [users.name(user), items.name(item), domains[domainOfItem(dataset, item)], log.timestamp?.[row]]
    return [...words, ...(log.value === undefined ? [] : [log.value[row]])].join(' ')
  })
}
