import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Scorer } from '../../core/index.ts'
import { scoringPairs } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { Catalogue } from '../../serving/catalogue.ts'
import { decideAgain } from '../../serving/decisions.ts'
import { storeHistories } from '../../serving/histories.ts'
import { openStore } from '../../serving/store/open.ts'
import type { Event, Store, StoredItem } from '../../serving/store/store.ts'
import { createServer } from '../app.ts'
import type { ServerApp } from '../context.ts'
import type { recommendationAnswer } from '../schema.ts'

type Answer = (typeof recommendationAnswer)['_output']

const folder = mkdtempSync(join(tmpdir(), 'tributary-placements-'))
const books = Array.from({ length: 12 }, (_, i) => `book${i}`)
const dataset = buildDataset(
  'shop',
  {
    user: [...books, 'ann'],
    item: [...books, 'game'],
    domain: [...books.map(() => 'books'), 'games'],
  },
  {
    itemFeatures: [
      {
        name: 'genre',
        kind: 'labels',
        of: new Map(books.map((name, i) => [name, [['crime', 'fantasy', 'home'][i % 3]]])),
      },
    ],
  },
)
const id = (name: string) => dataset.items.id(name)!
/** Later books are better; whoever has book0 likes book1 most. */
const scorer: Scorer = scoringPairs(({ history }, item) =>
  item === id('book1') && history.includes(id('book0')) ? 100 : Number(dataset.items.name(item).slice(4)),
)
/** Has nothing to say of who likes book9. */
const failing: Scorer = {
  score: async (queries, range) => {
    if (queries.some(({ history }) => history.includes(id('book9')))) throw new Error('broken')
    return scorer.score(queries, range)
  },
}

let store: Store
let app: ServerApp
let replica: ServerApp
const errors: unknown[] = []
const onError = (error: unknown) => errors.push(error)

beforeAll(async () => {
  const url = `sqlite:${join(folder, 'shop.db')}`
  store = await openStore(url)
  const models = [
    { name: 'plain', model: scorer, dataset, weights: 'f00d' },
    { name: 'failing', model: failing, dataset },
    { name: 'fallback', model: scoringPairs((_, item) => -item), dataset },
  ]
  app = createServer({ models, store, onError })
  replica = createServer({ models, store, onError })
  await store.putItems([
    item('book11', { hidden: true }),
    item('new', { categories: ['fantasy'], properties: { price: 5 } }),
    item('console', { domain: 'consoles' }),
  ])
  await store.appendEvents([event('ann', 'book0'), event('ann', 'book9', 'purchase'), event('bob', 'new')])
  await put('home', { domain: 'books' })
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

function item(name: string, given: Partial<StoredItem> = {}): StoredItem {
  return { item: name, domain: 'books', hidden: false, categories: [], properties: {}, ...given }
}

function event(user: string, item: string, type = 'view'): Event {
  return { source: 'test', id: `${user} ${item} ${type}`, type, user, item, timestamp: Date.now() }
}

async function ask<T>(method: string, path: string, body?: object, { status = 200, to = app } = {}): Promise<T> {
  const response = await to.request(`/v1${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  expect(response.status, text).toBe(status)
  return (text === '' ? undefined : JSON.parse(text)) as T
}
const put = (name: string, body: object, status = 200) => ask<object>('PUT', `/placements/${name}`, body, { status })
const recommend = (body: object, to = app) => ask<Answer>('POST', '/recommendations', { k: 3, ...body }, { to })
const itemsOf = ({ items }: { items: Answer['items'] }) => items.map(({ item, source }) => `${item} ${source}`)
const refused = (body: object, status: number) =>
  ask<{ error: { message: string; field: string } }>('POST', '/recommendations', body, { status })

/** Replicas look at the store now and then. */
async function eventually(check: () => Promise<void>): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    try {
      return await check()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
  await check()
}

describe('placements', () => {
  it('are put, read, listed and taken away, and every replica knows it', async () => {
    const body = { domain: 'books', pin: ['book2'], explore: { kind: 'epsilon', share: 0.1, slots: [3] } }
    const full = { name: 'side', ...body, candidates: ['model', 'fresh'], fill: ['fallback', 'popular'] }
    expect(await put('side', body)).toEqual(full)
    expect(await ask('GET', '/placements/side')).toEqual(full)
    const { placements } = await ask<{ placements: { name: string }[] }>('GET', '/placements')
    expect(placements.map(({ name }) => name)).toContain('side')
    await eventually(async () => void (await ask('GET', '/placements/side', undefined, { to: replica })))
    await ask('DELETE', '/placements/side', undefined, { status: 204 })
    await ask('GET', '/placements/side', undefined, { status: 404 })
    await eventually(async () => void (await ask('GET', '/placements/side', undefined, { to: replica, status: 404 })))
    expect((await refused({ placement: 'hom' }, 422)).error.message).toBe(
      "unknown placement 'hom'; did you mean 'home'?",
    )
  })

  it.each([
    [{ explore: { kind: 'epsilon', share: 2 } }, 'explore.share'],
    [{ explore: { kind: 'gready' } }, 'explore.kind'],
    [{ filter: { field: 'price', let: 3 } }, 'filter.let'],
    [{ repeat: { within: '7 days', types: ['purchase'] } }, 'repeat.within'],
    [{ candidates: ['fresh'] }, 'candidates'],
    [{ pins: [] }, 'pins'],
  ])('%j is refused', async (body, field) => {
    expect(await put('bad', body, 400)).toMatchObject({ error: { field } })
    await put('bad', { use: { model: 'plian' } }, 422)
  })

  it('list what is in stock and new, for a user that nobody knows, too', async () => {
    await eventually(async () => {
      const answer = await recommend({ placement: 'home', user: 'nobody', k: 8 })
      expect(itemsOf(answer).slice(0, 2)).toEqual(['book10 model', 'book9 model'])
      expect(itemsOf(answer)).toContain('new fresh')
      expect(answer).toMatchObject({ placement: 'home', domain: 'books', ignored: ['user'] })
    })
  })

  it('filter by what a request asks and by what they say themselves', async () => {
    await put('cheap', { domain: 'books', filter: { field: 'price', lte: 10 } })
    expect(itemsOf(await recommend({ placement: 'cheap' }))).toEqual(['new fresh'])
    const filter = { field: 'categories', has: 'crime' }
    expect(itemsOf(await recommend({ placement: 'home', filter }))).toEqual([
      'book9 model',
      'book6 model',
      'book3 model',
    ])
    expect(itemsOf(await recommend({ domain: 'books', filter }))).toEqual(['book9 model', 'book6 model', 'book3 model'])
    const answer = await ask<Answer>('POST', '/rankings', {
      domain: 'books',
      candidates: ['book1', 'book3', 'book11'],
      filter,
    })
    expect(itemsOf(answer)).toEqual(['book3 model'])
  })

  it('keep away what was bought, and what is new and was seen', async () => {
    await put('after', { domain: 'books', repeat: { within: '7d', types: ['purchase'] } })
    expect(itemsOf(await recommend({ placement: 'after', user: 'ann' }))).toEqual([
      'book1 model',
      // It is like book1, among others.
      'new fresh',
      'book10 model',
    ])
    expect(itemsOf(await recommend({ placement: 'home', user: 'bob', k: 20 }))).not.toContain('new fresh')
    expect(itemsOf(await recommend({ placement: 'home', history: ['new'], k: 20 }))).not.toContain('new fresh')
    expect(itemsOf(await recommend({ placement: 'home', exclude: ['new'], k: 20 }))).not.toContain('new fresh')
  })

  it('are filled up where the model fails, and say so to the log', async () => {
    await put('safe', { domain: 'books', use: { model: 'failing' } })
    const answer = await recommend({ placement: 'safe', user: 'ann' })
    expect(itemsOf(answer)).toEqual(['book1 fallback', 'book10 fallback', 'book2 fallback'])
    expect(answer.items.every(({ filled, propensity }) => filled && propensity === 1)).toBe(true)
    expect(String(errors.at(-1))).toContain('broken')
    await put('popular', { domain: 'books', use: { model: 'failing' }, fill: ['popular'] })
    expect(itemsOf(await recommend({ placement: 'popular', user: 'ann' }))).toEqual([
      'book1 popular',
      'book10 popular',
      'book2 popular',
    ])
  })

  it('list items of a domain that no model knows', async () => {
    await put('consoles', { domain: 'consoles' })
    expect(itemsOf(await recommend({ placement: 'consoles', user: 'ann' }))).toEqual(['console popular'])
  })

  it('list an item as soon as it is put, and not once it is hidden', async () => {
    const listed = async () => itemsOf(await recommend({ placement: 'home', k: 20 }))
    await ask('PUT', '/items/dune', { domain: 'books', categories: ['fantasy'] })
    expect(await listed()).toContain('dune fresh')
    await ask('PATCH', '/items/dune', { hidden: true })
    expect(await listed()).not.toContain('dune fresh')
  })

  it('need a domain, and one alone', async () => {
    expect((await refused({ placement: 'home', domain: 'games' }, 400)).error.message).toContain(
      "the placement 'home' is of 'books'",
    )
    expect((await refused({}, 400)).error.field).toBe('domain')
  })

  it('say why, by item and by domain', async () => {
    const answer = await recommend({ domain: 'books', history: ['book0', 'game'], explain: true })
    expect(answer.items.map(({ item, because, owedTo }) => ({ item, because, owedTo }))).toEqual([
      { item: 'book1', because: [{ item: 'book0', domain: 'books', share: 1 }], owedTo: { books: 1 } },
      // What is new owes it to what it is like.
      { item: 'new', because: [{ item: 'book0', domain: 'books', share: 1 }], owedTo: { books: 1 } },
      { item: 'book10', because: [], owedTo: {} },
    ])
    expect(answer.owedTo).toEqual({ books: 1 })
  })

  it.each([
    ['greedy', null],
    ['plackett-luce', { kind: 'plackett-luce', temperature: 2, candidates: 8 }],
    ['epsilon', { kind: 'epsilon', share: 0.5, candidates: 8, slots: [2, 3, 5] }],
  ])('a list drawn %s goes on with its next page, and its record comes out the same again', async (_, explore) => {
    await put('drawn', { domain: 'books', pin: ['book4'], filter: { not: { field: 'item', in: ['book5'] } }, explore })
    const page = await recommend({ placement: 'drawn', user: 'ann', k: 4 })
    expect(page.items[0]).toMatchObject({ item: 'book4', source: 'pinned' })
    const next = await ask<Answer>('POST', `/recommendations/${page.id}/next`, { k: 20 })
    const all = [...page.items, ...next.items]
    expect(all.map(({ rank }) => rank)).toEqual(all.map((_, i) => i + 1))
    expect(all.map(({ item }) => item).sort()).toEqual(
      ['new', ...books.filter((name) => !['book0', 'book5', 'book9', 'book11'].includes(name))].sort(),
    )
    const record = await store.flush().then(() => store.decision(page.id))
    const again = () => decideAgain(record!, { model: scorer, dataset, weights: 'f00d' }, storeHistories(store))
    expect(await again()).toEqual({ kind: 'same' })
    const other = {
      ...record!,
      items: record!.items.map((one, i) => (i === 1 ? { ...one, score: one.score + 1 } : one)),
    }
    expect(await decideAgain(other, { model: scorer, dataset, weights: 'f00d' }, storeHistories(store))).toMatchObject({
      kind: 'different',
    })
  })
})

describe('a catalogue', () => {
  it('follows the store, for models that come later, too', async () => {
    const catalogue = new Catalogue(store)
    const before = catalogue.of(dataset).assortment
    expect(before.isAvailable(id('book11'), 0)).toBe(true)
    await Promise.all([catalogue.refresh(), catalogue.refresh()])
    expect(before.isAvailable(id('book11'), 0)).toBe(false)
    await store.putItems([item('book10')])
    await store.deleteItem('book10')
    await catalogue.refresh()
    for (const of of [dataset, { ...dataset }])
      expect(catalogue.of(of).assortment.isAvailable(id('book10'), 0)).toBe(false)
  })
})
