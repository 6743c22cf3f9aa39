import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { createServer } from '../../test/server/described.ts'
import type { Scorer } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { createKey, SCOPES, type Scope } from '../serving/keys.ts'
import { openStore } from '../serving/store/open.ts'
import type { Store } from '../serving/store/store.ts'
import { scopeOf } from './access.ts'
import type { ServerApp } from './context.ts'
import type { RequestRecord } from './request-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'tributary-access-'))
const dataset = buildDataset('shop', { user: ['ann'], item: ['a'], domain: ['books'] })
const model: Scorer = { score: async (queries) => new Float32Array(queries.length) }
const models = [{ name: 'm', model, dataset }]

let store: Store
let app: ServerApp
const records: RequestRecord[] = []
const errors: unknown[] = []
const keys = new Map<Scope, string>()

beforeAll(async () => {
  store = await openStore(`sqlite:${join(folder, 'shop.db')}`)
  for (const scope of SCOPES) keys.set(scope, await createKey(store, { name: `of-${scope}`, scopes: [scope] }))
  app = createServer({
    models,
    store,
    onRequest: (record) => records.push(record),
    onError: (error) => errors.push(error),
  })
})
afterAll(() => store.close())

/** An address that is a name of a route's path, as a request has it. */
function addressOf(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, 'some-$1')
}

async function ask(path: string, key?: string, method = 'GET') {
  const response = await app.request(path, {
    method,
    headers: { ...(key !== undefined && { Authorization: `Bearer ${key}` }), 'Content-Type': 'application/json' },
    ...(method !== 'GET' && { body: '{}' }),
  })
  const { status, headers } = response
  // Who listens would do so for ever.
  if (headers.get('content-type') === 'text/event-stream') {
    await response.body?.cancel()
    return { status, headers, text: '' }
  }
  return { status, headers, text: await response.text() }
}

interface Operation {
  readonly security?: readonly Readonly<Record<string, readonly Scope[]>>[]
}

async function operations(): Promise<{ method: string; path: string; scope: Scope | undefined }[]> {
  const { paths } = JSON.parse((await ask('/openapi.json')).text) as {
    paths: Record<string, Record<string, Operation>>
  }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path: addressOf(path),
      scope: security?.[0].key[0],
    })),
  )
}

describe('a store that has had a key', () => {
  it('is closed to every operation under /v1 without one that counts, and open beside it', async () => {
    for (const { method, path, scope } of await operations()) {
      const { status, headers, text } = await ask(path, undefined, method)
      expect(status === 401, `${method} ${path} ${status}`).toBe(path.startsWith('/v1/'))
      expect(scope !== undefined, path).toBe(path.startsWith('/v1/'))
      if (status === 401) {
        expect(headers.get('www-authenticate')).toBe('Bearer')
        expect(JSON.parse(text).error.code).toBe('no-access')
      }
    }
    expect((await ask('/v1/nothing')).status).toBe(401)
  })

  it('lets a key do what its scope is for and nothing else, as the description says', async () => {
    for (const { method, path, scope } of await operations()) {
      if (scope === undefined) continue
      for (const [other, key] of keys) {
        const { status, text } = await ask(path, key, method)
        const may = other === scope || other === 'admin'
        expect(status === 403, `${other}: ${method} ${path} ${status} ${text}`).toBe(!may)
        expect(status, path).not.toBe(401)
      }
    }
  })

  it.each(['', 'Basic YTpi', 'Bearer', 'Bearer x', 'Bearer tributary_', `Bearer ${'x'.repeat(10_000)}`])(
    'answers 401 to %j',
    async (authorization) => {
      const response = await app.request('/v1/domains', { headers: { Authorization: authorization } })
      expect(response.status).toBe(401)
    },
  )

  it('says of what is not there that it is not, to whom has any key', async () => {
    expect((await ask('/v1/nothing', keys.get('events'))).status).toBe(404)
  })

  it('refuses a key that asks faster than it may, and says when to come again', async () => {
    const slow = await createKey(store, { name: 'slow', scopes: ['recommend'], rate: 0.01 })
    const fresh = createServer({ models, store })
    const asked = () => fresh.request('/v1/domains', { headers: { Authorization: `Bearer ${slow}` } })
    expect((await asked()).status).toBe(200)
    const refused = await asked()
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(90)
    expect(((await refused.json()) as { error: object }).error).toMatchObject({ code: 'overloaded' })
  })

  it('tells of each request with the names of keys and never their text, and without users', async () => {
    records.splice(0)
    const key = keys.get('recommend')!
    await ask('/v1/domains', key)
    await ask('/v1/domains')
    await ask('/v1/domains', keys.get('events'))
    const [answered, without, forbidden] = records
    expect(answered).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      request: expect.any(String),
      method: 'GET',
      route: '/v1/domains',
      status: 200,
      milliseconds: expect.any(Number),
      key: 'of-recommend',
    })
    expect(without).toMatchObject({ status: 401, route: '/v1/domains' })
    expect(without.key).toBeUndefined()
    expect(forbidden).toMatchObject({ status: 403, key: 'of-events' })
    for (const text of keys.values()) expect(JSON.stringify(records)).not.toContain(text)
  })

  it('tells who changed which item, and not of which user', async () => {
    records.splice(0)
    const headers = { Authorization: `Bearer ${keys.get('catalogue')}`, 'Content-Type': 'application/json' }
    const send = async (method: string, path: string, body?: object) =>
      (await app.request(path, { method, headers, ...(body && { body: JSON.stringify(body) }) })).status
    expect(await send('PUT', '/v1/items/a%2F1', { domain: 'books' })).toBeLessThan(300)
    expect(await send('PUT', '/v1/users/ann', { properties: {} })).toBeLessThan(300)
    expect(await send('POST', '/v1/users/ann/merge', { into: 'bob' })).toBeLessThan(300)
    expect(await send('DELETE', '/v1/users/bob')).toBeLessThan(300)
    expect(await send('PUT', '/v1/items/a', { hidden: 'perhaps' })).toBe(400)
    expect(await send('GET', '/v1/items/a%2F1')).toBe(200)
    expect(records.map(({ changed }) => changed)).toEqual([
      '/v1/items/a%2F1',
      '/v1/users/:user',
      '/v1/users/:user/merge',
      '/v1/users/:user',
      undefined,
      undefined,
    ])
    expect(JSON.stringify(records)).not.toMatch(/ann|bob/)
  })

  it('tells which list was answered', async () => {
    records.splice(0)
    const headers = { Authorization: `Bearer ${keys.get('recommend')}`, 'Content-Type': 'application/json' }
    const post = (path: string, body: object) =>
      app.request(path, { method: 'POST', headers, body: JSON.stringify(body) })
    const { id } = (await (await post('/v1/recommendations', { domain: 'books' })).json()) as { id: string }
    expect((await post(`/v1/recommendations/${id}/next`, {})).status).toBe(200)
    expect(records.map(({ route, recommendation }) => [route, recommendation])).toEqual([
      ['/v1/recommendations', id],
      ['/v1/recommendations/:id/next', id],
    ])
  })
})

describe('a server without keys', () => {
  const open = createServer({ models })
  const rollBack = async (headers: Record<string, string>) =>
    (await open.request('http://127.0.0.1:8080/v1/aliases/champion/rollback', { method: 'POST', headers })).status
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }

  it.each(['https://evil.example', 'http://127.0.0.1:9000', 'null'])('is changed by no form of %s', async (origin) => {
    expect(await rollBack({ Origin: origin, ...form })).toBe(403)
    expect(await rollBack({ Origin: origin })).toBe(403)
  })

  it.each([
    {},
    { Origin: 'http://127.0.0.1:8080' },
    { Origin: 'https://shop.example', 'Content-Type': 'application/json' },
  ])('answers what browsers ask first for, and what no browser sends: %j', async (headers) => {
    expect(await rollBack(headers as Record<string, string>)).not.toBe(403)
  })
})

test('a server that cannot read the keys of its store lets nobody in, and tells no path', async () => {
  const gone = await openStore(`sqlite:${join(folder, 'gone.db')}`)
  await gone.close()
  const failures: unknown[] = []
  const closed = createServer({ models, store: gone, onError: (error) => failures.push(error) })
  const response = await closed.request('/v1/domains')
  expect(response.status).toBe(503)
  const text = await response.text()
  expect(JSON.parse(text).error.code).toBe('store-failed')
  expect(text).not.toContain(folder)
  expect(failures).toContainEqual(expect.objectContaining({ code: 'store-failed' }))
})

test.each([
  ['POST', '/v1/events', 'events'],
  ['GET', '/v1/events', 'admin'],
  ['PUT', '/v1/users/:user', 'catalogue'],
  ['POST', '/v1/users/:user/merge', 'catalogue'],
  ['POST', '/v1/items', 'catalogue'],
  ['HEAD', '/v1/domains', 'recommend'],
  ['POST', '/rec/v1/recommendations', 'recommend'],
  ['POST', '/v1/recommendations/:id/next', 'recommend'],
  ['GET', '/v1/recommendations/:id', 'admin'],
  ['POST', '/v1/rankings', 'recommend'],
  ['GET', '/v1/placements/:name', 'admin'],
  ['PUT', '/v1/aliases/:alias', 'admin'],
  ['GET', '/v1/exports/:kind', 'admin'],
  ['GET', '/v1/itemsets', 'admin'],
  ['POST', '/v1/whatever/comes', 'admin'],
] as const)('%s %s is for %s', (method, pattern, scope) => {
  expect(scopeOf(method, pattern)).toBe(scope)
})
