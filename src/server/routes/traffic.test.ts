import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createServer } from '../../../test/server/described.ts'
import { byName, scoringPairs } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { Models } from '../../serving/models.ts'
import { openStore } from '../../serving/store/open.ts'
import type { Store } from '../../serving/store/store.ts'
import type { ServerApp } from '../context.ts'

const START = Date.UTC(2026, 2, 2)
const folder = mkdtempSync(join(tmpdir(), 'tributary-traffic-'))
const dataset = buildDataset('shop', {
  user: ['ann', 'ann', 'bob', 'bob', 'bob'],
  item: ['book1', 'book2', 'game1', 'game2', 'game3'],
  domain: ['books', 'books', 'games', 'games', 'games'],
})
const model = scoringPairs((_, item) => -item)
let now = START
let store: Store
let app: ServerApp
let models: Models
beforeAll(async () => {
  store = await openStore(`sqlite:${join(folder, 'shop.db')}`)
})
beforeEach(() => {
  now = START
  models = new Models([
    { name: 'mixed', model, dataset, weights: 'a', fallbacks: byName([['games', 'twin']]) },
    { name: 'other', model, dataset, weights: 'b' },
  ])
  app = createServer({ models, store, now: () => now, onError: () => {} })
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

async function ask<T = Record<string, never>>(method: string, path: string, body?: object, status = 200): Promise<T> {
  const response = await app.request(`/v1${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  expect(response.status, text).toBe(status)
  return JSON.parse(text) as T
}

interface Rate {
  readonly count: number
  readonly of: number
  readonly share: number | null
}
interface Answer {
  readonly seconds: number
  readonly step: number
  readonly series: {
    readonly times: readonly number[]
    readonly requests: readonly number[]
    readonly lists: Readonly<Record<string, readonly number[]>>
    readonly latency: readonly { readonly n: number; readonly p50: number | null }[]
  }
  readonly requests: number
  readonly refused: Rate
  readonly failed: Rate
  readonly latency: { readonly n: number; readonly p50: number | null; readonly p99: number | null }
  readonly lag: { readonly n: number; readonly p50: number | null }
  readonly services: Readonly<
    Record<
      string,
      Record<'short' | 'fallback' | 'strangers', Rate> & {
        readonly lists: number
        readonly listsPerSecond: number
        readonly events: number
        readonly coverage: Readonly<Record<string, Rate>>
      }
    >
  >
  readonly offers: readonly string[]
  readonly models: Readonly<Record<string, { readonly lists: number }>>
  readonly changes: readonly { readonly what: string; readonly model: string; readonly before?: string }[]
}

const list = (asked: object, status = 200) => ask('POST', '/recommendations', asked, status)

it('counts what was asked and answered, by service, with what each rate is of', async () => {
  await list({ domain: 'books', user: 'ann', k: 1, maskSeen: false })
  await list({ domain: 'books', k: 5 })
  now += 60_000
  await list({ domain: 'games', user: 'bob', k: 1, maskSeen: false })
  await list({ domain: 'games', user: 'bob', k: 1, maskSeen: false, model: 'other' })
  await list({ domain: 'musik' }, 422)
  const told = { type: 'view', user: 'ann' }
  await ask('POST', '/events', {
    events: [
      { ...told, id: '1', item: 'book1', timestamp: now - 10_000 },
      { ...told, id: '1', item: 'book1', timestamp: now - 10_000 },
      { ...told, id: '2' },
    ],
  })
  now += 30_000
  const read = await ask<Answer>('GET', '/traffic?minutes=10')
  expect(read.requests).toBe(6)
  expect(read.refused).toEqual({ count: 1, of: 6, share: 1 / 6 })
  expect(read.failed.count).toBe(0)
  expect(read.step).toBe(60_000)
  expect(read.seconds).toBe(90)
  expect(read.series.times).toEqual([START, START + 60_000])
  expect(read.series.requests).toEqual([2, 4])
  expect(read.series.lists).toEqual({ books: [2, 0], games: [0, 2], '(none)': [0, 0] })
  const { books, games } = read.services
  expect(books.lists).toBe(2)
  expect(books.listsPerSecond).toBeCloseTo(2 / 90)
  // A book more was asked for than there is.
  expect(books.short).toEqual({ count: 1, of: 2, share: 0.5 })
  // The store has heard of nobody yet.
  expect(books.strangers.count).toBe(2)
  expect(books.events).toBe(1)
  expect(games.fallback).toEqual({ count: 1, of: 2, share: 0.5 })
  expect(read.latency.n).toBe(4)
  expect(read.latency.p50).toBeGreaterThan(0)
  // Of two books both were shown, of three games one.
  expect(books.coverage.mixed).toEqual({ count: 2, of: 2, share: 1 })
  expect(games.coverage.mixed).toEqual({ count: 1, of: 3, share: 1 / 3 })
  expect(read.offers).toEqual(['store'])
  expect(read.models).toEqual({ mixed: { lists: 3 }, other: { lists: 1 } })
  // Nobody said when the second event happened.
  expect(read.lag.n).toBe(1)
  expect(Math.abs(Math.log((read.lag.p50 ?? 0) / 10_000))).toBeLessThan(Math.log(1.25) / 2)
  expect(read.services['(none)'].events).toBe(1)
})

it('forgets what is older than the window, tells the last minutes by the second, and gaps as nothing', async () => {
  await list({ domain: 'books', k: 1 })
  now += 3 * 60_000
  await list({ domain: 'books', k: 1 })
  const short = await ask<Answer>('GET', '/traffic?minutes=1')
  expect(short.step).toBe(1000)
  expect(short.seconds).toBe(60)
  expect(short.series.times).toHaveLength(61)
  expect(short.services.books.lists).toBe(1)
  expect(short.services.books.coverage.mixed.count).toBe(1)
  expect((await ask<Answer>('GET', '/traffic')).step).toBe(1000)
  const hour = await ask<Answer>('GET', '/traffic?minutes=60')
  expect(hour.series.lists.books).toEqual([1, 0, 0, 1])
  expect(hour.series.latency.map(({ n }) => n)).toEqual([1, 0, 0, 1])
  expect(hour.series.latency[1].p50).toBeNull()
  // A day later the same row of the ring is of another time.
  now += 1441 * 60_000
  const later = await ask<Answer>('GET', '/traffic?minutes=1440')
  expect(later.services.books.lists).toBe(0)
  expect(later.services.books.short).toEqual({ count: 0, of: 0, share: null })
  expect(later.series.times).toHaveLength(1441)
})

it('says which models came, went and took the place of others', async () => {
  models.setAliases(new Map([['champion', 'mixed']]))
  models.setAliases(new Map([['champion', 'other']]))
  models.remove('mixed')
  const { changes } = await ask<Answer>('GET', '/traffic')
  expect(changes).toMatchObject([
    { what: 'removed', model: 'mixed' },
    { what: 'switched', model: 'other', before: 'mixed' },
    { what: 'switched', model: 'mixed' },
  ])
})

it('refuses a window that is none', async () => {
  for (const minutes of ['0', '1441', 'x', '-1', '1.5']) await ask('GET', `/traffic?minutes=${minutes}`, undefined, 400)
})

it('tells who listens of the last second, every second', async () => {
  const response = await app.request('/v1/stream?of=traffic')
  const reader = response.body!.getReader()
  const read = async () => new TextDecoder().decode((await reader.read()).value)
  expect(await read()).toBe(': listening\n\n')
  await list({ domain: 'books', k: 1 })
  now += 1000
  const [, data] = /^event: traffic\ndata: (.*)\n\n$/.exec(await read()) ?? []
  expect(JSON.parse(data)).toMatchObject({
    ...{ at: START, requests: 1, failed: 0, latency: { n: 1 } },
    services: { books: { lists: 1, events: 0 } },
  })
  await reader.cancel()
})
