import { mkdtempSync } from 'node:fs'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Scorer } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { createServer, listen } from '../server/index.ts'
import { createKey } from '../serving/keys.ts'
import { openStore } from '../serving/store/open.ts'
import type { Store } from '../serving/store/store.ts'
import { createClient, RefusedError } from './index.ts'

const closing: (() => unknown)[] = []
afterAll(async () => {
  for (const close of closing) await close()
})

async function shop(store?: Store): Promise<string> {
  const dataset = buildDataset('shop', { user: ['ann', 'bob'], item: ['a', 'b'], domain: ['books', 'books'] })
  const model: Scorer = { score: async (queries, { start, end }) => new Float32Array(queries.length * (end - start)) }
  const server = await listen(createServer({ models: [{ name: 'm', model, dataset }], ...(store && { store }) }), {
    port: 0,
    closeOnSignal: false,
  })
  closing.push(() => server.close())
  return server.url
}

/** A server that answers as it is told, for what Tributary's own does only when it is busy. */
async function answering(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createHttpServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('asks and answers with the types of the server', async () => {
  const client = createClient({ url: `${await shop()}/` })
  const { items } = await client.recommend({ body: { domain: 'books', user: 'ann', maskSeen: false } })
  expect(items.map(({ item }) => item)).toEqual(['a', 'b'])
  expect((await client.listDomains()).domains).toEqual([{ name: 'books', items: 2 }])
  expect((await client.listDomains({ query: { model: 'm' } })).model).toBe('m')
  const metrics = await client.readMetrics()
  expect(await metrics.text()).toContain('tributary_http_requests_total')
  // @ts-expect-error a request needs a body
  await expect(client.rank({})).rejects.toBeInstanceOf(RefusedError)
})

test('asks a server with a store by a key: events, items and users', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-client-'))
  const store = await openStore(`sqlite:${join(folder, 'shop.db')}`)
  const key = await createKey(store, { name: 'all', scopes: ['admin'] })
  const url = await shop(store)
  closing.push(() => store.close())
  const client = createClient({ url, key })
  await client.putItem({ path: { item: 'c/1' }, body: { domain: 'books', title: 'New', categories: ['fantasy'] } })
  expect(await client.readItem({ path: { item: 'c/1' } })).toMatchObject({ item: 'c/1', title: 'New' })
  expect((await client.listItems({ query: { domain: 'books', limit: 1 } })).items).toHaveLength(1)
  const events = [{ source: 'web', id: '1', type: 'view', user: 'ann lee', item: 'c/1' }]
  expect(await client.sendEvents({ body: { events } })).toMatchObject({ accepted: 1, duplicates: 0 })
  expect(await client.sendEvents({ body: { events } })).toMatchObject({ accepted: 0, duplicates: 1 })
  async function* stream() {
    for (let id = 1; id <= 2500; id++) yield { source: 'web', id: String(id), type: 'view', user: 'bob', item: 'a' }
  }
  expect(await client.sendEvents({ lines: stream() })).toMatchObject({ accepted: 2499, conflicts: 1 })
  const read = await client.readEvents({ query: { user: 'ann lee' } })
  expect(read.items.map(({ item }) => item)).toEqual(['c/1'])
  const exported = await client.readExport({ path: { what: 'events' } })
  expect((await exported.text()).trim().split('\n')).toHaveLength(2500)
  await client.eraseUser({ path: { user: 'ann lee' } })
  expect((await client.readEvents({ query: { user: 'ann lee' } })).items).toEqual([])
  await expect(createClient({ url }).listDomains()).rejects.toMatchObject({ status: 401, code: 'no-access' })
})

test('a refusal is an error with what the server said', async () => {
  const client = createClient({ url: await shop() })
  const refused = await client.recommend({ body: { domain: 'bokos' } }).catch((error) => error)
  expect(refused).toBeInstanceOf(RefusedError)
  expect(refused).toMatchObject({ status: 422, code: 'unknown-name', field: 'domain', suggestion: 'books' })
  expect(refused.message).toContain("'bokos'")
  expect(refused.requestId).toMatch(/./)
})

test('a busy server is asked again, as often as was said, with the same key and body', async () => {
  const seen: string[] = []
  const url = await answering(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`)
    const busy = seen.length < 3
    response.writeHead(busy ? 503 : 200, { 'Content-Type': 'application/json', ...(busy && { 'Retry-After': '0' }) })
    response.end(busy ? '{"error":{"code":"overloaded","message":"later"}}' : '{"items":[]}')
  })
  const client = createClient({ url, key: 'tributary_x' })
  expect(await client.recommend({ body: { domain: 'b' } })).toEqual({ items: [] })
  expect(seen).toEqual(Array(3).fill('POST /v1/recommendations Bearer tributary_x {"domain":"b"}'))
  seen.splice(0)
  const impatient = createClient({ url, retries: 1 })
  await expect(impatient.recommend({ body: { domain: 'b' } })).rejects.toMatchObject({
    code: 'overloaded',
    status: 503,
  })
  expect(seen).toHaveLength(2)
})

test('a gateway that answers a page of its own is a refusal, too', async () => {
  const url = await answering((_, response) => response.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>'))
  await expect(createClient({ url }).checkHealth()).rejects.toMatchObject({ status: 502, code: 'unknown' })
})

test('a signal ends the wait for a busy server', async () => {
  let asked = () => {}
  const url = await answering((_, response) => {
    response.writeHead(503, { 'Retry-After': '3600' }).end()
    asked()
  })
  const stop = new AbortController()
  asked = () => stop.abort(new Error('enough'))
  await expect(createClient({ url }).checkHealth({ signal: stop.signal })).rejects.toThrow('enough')
})

test('a parameter that has several values is sent once for each', async () => {
  const asked: (string | undefined)[] = []
  const url = await answering((request, response) => {
    asked.push(request.url)
    response.setHeader('Content-Type', 'application/json').end('{"items": []}')
  })
  const several = ['a b', 'c,d'] as never
  await createClient({ url }).listItems({ query: { domain: several, limit: 1 } })
  expect(asked).toEqual(['/v1/items?domain=a+b&domain=c%2Cd&limit=1'])
})
