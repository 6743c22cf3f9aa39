import { join } from 'node:path'
import { openTrainedRun } from '../../src/runs/open.ts'
import { createServer } from '../../src/server/index.ts'
import { hasSqlite, openStore } from '../../src/serving/store/open.ts'
import { type Running, start } from '../e2e/tributary.ts'
import { HOSTILE } from './generated-runs.ts'
import { SHOP, shopRows } from './shop-folder.ts'

/** Why no store can be kept here; undefined where one can. */
export const noStore = hasSqlite() ? undefined : 'the store of a file needs Node 22.13'

export const MODELS = ['mixed', 'twin', 'item-knn'] as const
export const EXPERIMENT = 'mixed-or-twin'
/** A user with as much of it as a name may have. */
export const HOSTILE_USER = '<b>u"7\'&'
const TITLES: readonly string[] = [HOSTILE.markup, HOSTILE.rightToLeft, 'y'.repeat(900)]

const HOUR = 3_600_000
const DAYS = 9
const USERS = 240

/** Sends JSON, or asks where there is no body. @throws Error when it is refused */
export type Ask = <T = unknown>(method: string, path: string, body?: unknown) => Promise<T>

function asker(fetched: (path: string, init: RequestInit) => Response | Promise<Response>): Ask {
  return async <T>(method: string, path: string, body?: unknown) => {
    const sent = body !== undefined && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
    const response = await fetched(path, { method, ...sent })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text || 'null') as T
  }
}

const runsOf = (root: string) => MODELS.map((label) => [label, join(root, SHOP.comparison, label, 'seed1')] as const)
const storeOf = (root: string) => `sqlite:${join(root, 'shop.db')}`

/**
 * Fills the store of a shop of `makeShop` with what nine days leave behind: items with titles, the log of the dataset, a placement, an
 * experiment that runs, lists that were asked for, seen, and bought from.
 */
export async function fillStore(root: string): Promise<void> {
  const store = await openStore(storeOf(root))
  const opened = []
  for (const [name, folder] of runsOf(root)) opened.push({ name, ...(await openTrainedRun(folder, { threads: 1 })) })
  let now = Date.now() - DAYS * 24 * HOUR
  const app = createServer({ models: opened, store, now: () => now })
  const ask = asker((path, init) => app.request(path, init))
  const rows = shopRows()
  const domains = new Map(rows.map(({ item, domain }) => [item, domain]))
  const items = [...domains].map(([item, domain], place) => {
    const title = TITLES[place] ?? item.replace('-', ' no. ')
    const categories = [place % 2 === 0 ? 'even' : 'odd']
    return { item, domain, title, categories, properties: { price: 5 + (place % 7) } }
  })
  await ask('POST', '/v1/items', { items })
  const log = rows.map(({ user, item, timestamp }, place) => {
    return { source: 'shop', id: `e${place}`, type: 'purchase', user, item, timestamp: timestamp * 1000 }
  })
  for (let from = 0; from < log.length; from += 1000)
    await ask('POST', '/v1/events', { events: log.slice(from, from + 1000) })
  await ask('PUT', '/v1/placements/home', { repeat: { within: '7d', types: ['purchase'] } })
  await ask('PUT', `/v1/experiments/${EXPERIMENT}`, {
    placement: 'home',
    arms: [
      { name: 'twin', use: { model: 'twin' } },
      { name: 'mixed', use: { model: 'mixed' } },
    ],
    metrics: [{ name: 'bought', reward: 'purchase:24h' }],
  })
  await ask('POST', `/v1/experiments/${EXPERIMENT}/start`)
  for (let place = 0; place < USERS; place++) {
    now += ((DAYS - 2) * 24 * HOUR) / USERS
    const user = place === 7 ? HOSTILE_USER : `u${place}`
    const domain = ['books', 'games', 'music'][place % 3]
    const list = { placement: 'home', user, domain, k: 5 }
    const { id, items } = await ask<{ id: string; items: { item: string }[] }>('POST', '/v1/recommendations', list)
    const follows = { user, recommendation: id, source: 'shop', timestamp: now + 1000 }
    const seen = { ...follows, id: `seen-${place}`, type: 'impression', shown: items.map(({ item }) => item) }
    const bought = { ...follows, id: `bought-${place}`, type: 'purchase', item: items[0].item, rank: 1 }
    await ask('POST', '/v1/events', { events: place % 4 === 0 ? [seen, bought] : [seen] })
  }
  for (const { model } of opened) await model.dispose()
  await store.close()
}

export interface ServedShop {
  readonly url: string
  readonly server: Running
  readonly ask: Ask
}

/** `tributary serve` over the shop and its store. */
export async function serveShop(root: string, ...options: readonly string[]): Promise<ServedShop> {
  const models = runsOf(root).map(([name, folder]) => `${name}=${folder}`)
  const store = ['--store', storeOf(root), '--runs', join(root, 'runs')]
  const server = start(['serve', ...models, ...store, '--port', '0', ...options], { cwd: root })
  const [url] = await server.seen(/http:\/\/[\d.:a-z[\]]+/)
  return { url, server, ask: asker((path, init) => fetch(`${url}${path}`, init)) }
}
