import { join } from 'node:path'
import { buildDataset, openDataset, writeDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'
import { trainRun } from '../../src/runs/train.ts'
import { createServer, listen } from '../../src/server/index.ts'
import { Lineup } from '../../src/serving/lineup.ts'
import { Models } from '../../src/serving/models.ts'
import { openModel, servedModel } from '../../src/serving/open-model.ts'
import { loadDataset } from '../../src/serving/store/load.ts'
import { openStore } from '../../src/serving/store/open.ts'

export const DAY = 86_400_000
const HOUR = DAY / 24
/** Mondays. */
export const LOGGED_FROM = Date.UTC(2026, 2, 2)
export const TESTED_FROM = LOGGED_FROM + 7 * DAY

export const SERVICES = ['books', 'games', 'music'] as const
const KINDS = 4
const OF_A_KIND = 3
const ITEMS = KINDS * OF_A_KIND
/** How long the list is that somebody gets. */
export const PLACES = 2

/** How probable it is that an item is bought that is shown, by whether it is of the kind that the user had in the log. */
const BUYS: Record<string, { readonly own: number; readonly other: number }> = {
  // Tastes in books have changed since the log.
  books: { own: 0.04, other: 0.12 },
  games: { own: 0.2, other: 0.05 },
  music: { own: 0.16, other: 0.06 },
}

/** Lists are drawn of all items of a service; temperatures are in units of each model's scores. */
export const DRAWN = {
  /** Nearly anything, so that a log of it tells much. */
  champion: { model: 'popular', explore: { kind: 'plackett-luce', temperature: 60, candidates: ITEMS } },
  challenger: { model: 'personal', explore: { kind: 'plackett-luce', temperature: 1.5, candidates: ITEMS } },
} as const

const named = (user: number) => `u${String(user).padStart(4, '0')}`
const kindOf = (item: string) => Math.floor(Number(item.slice(item.indexOf('-') + 1)) / OF_A_KIND)

/**
 * A shop whose users like one of four kinds in each service, two models trained on its log (`popular`, `personal`) and a store that has
 * the log as histories: in a folder, as the command line would make them.
 */
export async function makeShop(folder: string, { users = 600, seed = 1 } = {}) {
  const columns: Record<'user' | 'item' | 'domain', string[]> = { user: [], item: [], domain: [] }
  const timestamp: number[] = []
  for (let user = 0; user < users; user++) {
    const rng = createRng(seed).split('shop', user)
    for (let row = 0; row < 15; row++) {
      const domain = SERVICES[rng.below(SERVICES.length)]
      const kind = rng.float() < 0.8 ? user % KINDS : rng.below(KINDS)
      columns.user.push(named(user))
      columns.item.push(`${domain}-${kind * OF_A_KIND + rng.below(OF_A_KIND)}`)
      columns.domain.push(domain)
      timestamp.push(LOGGED_FROM - (20 - row) * DAY + user * 1000)
    }
  }
  const datasetFolder = join(folder, 'shop')
  await writeDataset(buildDataset('shop', { ...columns, timestamp }), datasetFolder)
  const runs = { popular: 'popularity', personal: 'item-knn' }
  for (const [name, model] of Object.entries(runs)) {
    const training = trainRun({ model, datasetFolder, out: join(folder, 'runs', name) })
    while (!(await training.next()).done);
  }
  const store = await openStore(storeOf(folder))
  await loadDataset(store, await openDataset(datasetFolder), { type: 'view' })
  await store.close()
}

export const storeOf = (folder: string) => `sqlite:${join(folder, 'shop.db')}`

/** A clock that its owner moves. */
export interface Clock {
  now: number
}

/** A server over HTTP with both models, by a clock that is given. */
export async function openShop(folder: string, clock: Clock) {
  const errors: unknown[] = []
  const onError = (error: unknown) => errors.push(error)
  const store = await openStore(storeOf(folder))
  const served = await Promise.all(
    Object.values(DRAWN).map(async ({ model }) =>
      servedModel(
        model,
        await openModel(join(folder, 'runs', model), { threads: 1, fallback: 'none', newUsers: 'none', blend: 0 }),
      ),
    ),
  )
  const models = new Models(served)
  const lineup = new Lineup({
    models,
    store,
    runs: join(folder, 'runs'),
    open: () => Promise.reject(new Error('none is added')),
    onError,
  })
  await lineup.follow()
  const app = createServer({ models, store, lineup, onError, now: () => clock.now })
  const listening = await listen(app, { port: 0, closeOnSignal: false })
  const send = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${listening.url}/v1${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer}`)
    return answer === '' ? (undefined as T) : (JSON.parse(answer) as T)
  }
  return {
    store,
    errors,
    send,
    async close() {
      await listening.close()
      await lineup.close()
      await models.close()
      await store.close()
    },
  }
}
export type OpenShop = Awaited<ReturnType<typeof openShop>>

interface Answer {
  readonly id: string
  readonly experiment?: { readonly name: string; readonly arm: string }
  readonly items: readonly { readonly item: string; readonly rank: number }[]
}

/** Of an arm and a service. */
export interface Takings {
  lists: number
  purchases: number
}

/**
 * Days of the shop: every user comes on half of them, looks at a list or two, and buys of what he sees. The events of a day are told when it
 * ends. What was sold by arm (`-` where there is no experiment) and service comes back.
 */
export async function liveThrough(
  shop: OpenShop,
  clock: Clock,
  { from = LOGGED_FROM, days = 7, users = 600, seed = 1, placement = 'home' } = {},
): Promise<ReadonlyMap<string, Takings>> {
  const takings = new Map<string, Takings>()
  for (let day = 0; day < days; day++) {
    const visits: { at: number; user: number; domain: string; buys: () => number }[] = []
    for (let user = 0; user < users; user++) {
      const rng = createRng(seed).split('visit', from + day * DAY, user)
      if (rng.float() < 0.5) continue
      const at = from + day * DAY + 6 * HOUR + Math.floor(rng.float() * 16 * HOUR)
      const first = rng.below(SERVICES.length)
      const buys = () => rng.float()
      visits.push({ at, user, domain: SERVICES[first], buys })
      if (rng.float() < 0.6)
        visits.push({ at: at + 60_000, user, domain: SERVICES[(first + 1) % SERVICES.length], buys })
    }
    visits.sort((a, b) => a.at - b.at || a.user - b.user)
    const events: object[] = []
    for (const { at, user, domain, buys } of visits) {
      clock.now = at
      const list = await shop.send<Answer>('POST', '/recommendations', {
        placement,
        user: named(user),
        domain,
        k: PLACES,
        maskSeen: false,
      })
      const key = `${list.experiment?.arm ?? '-'} ${domain}`
      const sold = takings.get(key) ?? { lists: 0, purchases: 0 }
      takings.set(key, sold)
      sold.lists++
      const about = { source: 'shop', user: named(user), recommendation: list.id }
      events.push({
        ...about,
        id: `${list.id}-seen`,
        type: 'impression',
        timestamp: at + 2000,
        shown: list.items.map(({ item }) => item),
      })
      for (const { item, rank } of list.items) {
        if (buys() >= BUYS[domain][kindOf(item) === user % KINDS ? 'own' : 'other']) continue
        sold.purchases++
        events.push({ ...about, id: `${list.id}-${rank}`, type: 'purchase', timestamp: at + rank * 30_000, item, rank })
      }
    }
    clock.now = from + (day + 1) * DAY - 1
    for (let first = 0; first < events.length; first += 1000)
      await shop.send('POST', '/events', { events: events.slice(first, first + 1000) })
  }
  return takings
}
