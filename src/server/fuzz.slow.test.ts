import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Model, type ModelSpec, type Scorer, TributaryError } from '../core/index.ts'
import { buildDataset, defaultSplit, splitDataset } from '../data/index.ts'
import { itemKnn } from '../models/controls/item-knn.ts'
import { popularity } from '../models/controls/popularity.ts'
import { createServer } from './app.ts'
import { type Listening, listen } from './listen.ts'

const REQUESTS = 1_000
const SEED = 1

/** One request, whole or cut off, as `node:http` sends it; `raw` is sent as it stands. */
interface Sent {
  readonly kind: string
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly raw?: string
  /** Bytes of the body after which the client hangs up; the length of the body: when all is sent. */
  readonly cutAt?: number
}

const users = ['ann', 'bob', 'constructor', 'Zoë', '\u001b[31mred', '👩‍🔬']
const items = ['a1', 'a2', 'b1', 'b2', '__proto__', '日本の本']
const dataset = buildDataset('odd', {
  user: users.flatMap((user) => [user, user, user]),
  item: users.flatMap((_, n) => [0, 1, 2].map((offset) => items[(n + offset) % items.length])),
  domain: users.flatMap((_, n) =>
    [0, 1, 2].map((offset) => ['a', 'b', 'toString'][((n + offset) % items.length) >> 1]),
  ),
  value: users.flatMap(() => [1, 2, 5]),
})

async function trained(spec: ModelSpec): Promise<Model> {
  const context = { seed: 1, threads: 1 }
  const split = splitDataset(dataset, defaultSplit(dataset))
  const config = spec.config.parse({})
  const model = spec.create(config, dataset, split, context)
  const events = spec.train(model, config, { ...context, dataset, split, validate: async () => ({}) })
  while (!(await events.next()).done);
  return model
}

/** A model that large values make overflow. */
const byValue: Scorer = {
  async score(queries, { start, end }) {
    const liked = queries.map(({ values }) => Math.fround((values?.[0] ?? 1) * (values?.[0] ?? 1)))
    if (liked.some((value) => !Number.isFinite(value))) throw new TributaryError('not-finite', 'scores overflow')
    return Float32Array.from({ length: queries.length * (end - start) }, (_, n) => liked[Math.floor(n / (end - start))])
  },
}

let server: Listening
const errors: unknown[] = []
beforeAll(async () => {
  const models = [
    { name: 'item-knn', model: await trained(itemKnn), dataset },
    { name: 'popularity', model: await trained(popularity), dataset, fallbacks: new Map([['toString', 'twin']]) },
    { name: 'by-value', model: byValue, dataset },
  ]
  server = await listen(createServer({ models, onError: (error) => errors.push(error) }), {
    port: 0,
    closeOnSignal: false,
  })
})
afterAll(() => server.close())

const word = fc.oneof(
  fc.constantFrom(...users, ...items, 'a', 'b', 'toString', 'item-knn', 'popularity', 'by-value'),
  fc.constantFrom(
    '',
    '__proto__',
    'valueOf',
    '\ud800',
    '\u0000',
    '../../etc/passwd',
    '{{7*7}}',
    "'; drop table",
    'x'.repeat(999),
    'x'.repeat(1001),
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
)
const number = fc.constantFrom(0, -1, 1, 5, 1.5, 1000, 1001, 1e19, 3e38, 1e39, -1e308, 5e-324, 2 ** 53)
const body = fc.record(
  {
    domain: fc.constantFrom('a', 'b', 'toString'),
    user: word,
    history: fc.array(fc.oneof(word, fc.record({ item: word, domain: word }, { requiredKeys: ['item'] })), {
      maxLength: 5,
    }),
    values: fc.array(number, { maxLength: 5 }),
    k: fc.oneof(fc.constant(3), number),
    exclude: fc.array(word, { maxLength: 5 }),
    maskSeen: fc.boolean(),
    model: fc.constantFrom('item-knn', 'popularity', 'by-value'),
    ignoreUnknown: fc.boolean(),
  },
  { requiredKeys: ['domain'] },
)
const field = fc.constantFrom(
  'domain',
  'user',
  'history',
  'values',
  'k',
  'exclude',
  'maskSeen',
  'model',
  'ignoreUnknown',
  '__proto__',
  'constructor',
  'domian',
)
const sendJson =
  (kind: string) =>
  (json: string | Uint8Array): Sent => ({ kind, body: json })
const rating = fc.constantFrom(1, 5, 1e20, -3e38, 1e39)
const rated = fc.record({
  domain: fc.constant('a'),
  model: fc.constant('by-value'),
  ignoreUnknown: fc.constant(true),
  history: fc.constant(['a1', 'a2']),
  values: fc.tuple(rating, rating),
})

const sent: fc.Arbitrary<Sent> = fc.oneof(
  body.map((value) => sendJson('a request')(JSON.stringify(value))),
  rated.map((value) => sendJson('values')(JSON.stringify(value))),
  fc
    .tuple(body, field, fc.jsonValue())
    .map(([value, name, other]) =>
      sendJson('a field of another type')(
        `${JSON.stringify(value).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(other)}}`,
      ),
    ),
  fc.tuple(body, fc.nat(), fc.string({ maxLength: 4 }), fc.nat(6)).map(([value, at, put, gone]) => {
    const json = JSON.stringify(value)
    const place = at % json.length
    return sendJson('text changed')(json.slice(0, place) + put + json.slice(place + gone))
  }),
  fc.tuple(body, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })).map(([value, changes]) => {
    const bytes = Buffer.from(JSON.stringify(value))
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte
    return sendJson('bytes changed')(bytes)
  }),
  fc.uint8Array({ maxLength: 60 }).map(sendJson('bytes')),
  fc.jsonValue().map((value) => sendJson('any JSON')(JSON.stringify(value))),
  fc
    .tuple(fc.constantFrom(['[', ']'], ['{"a":', '}'], ['[{"item":', '}]']), fc.nat(15_000), field)
    .map(([[open = '', close = ''], bytes, name]) => {
      const depth = Math.floor(bytes / (open + close).length)
      return sendJson('deep')(`{"domain":"a","${name}":${open.repeat(depth)}1${close.repeat(depth)}}`)
    }),
  fc.tuple(field, fc.nat(7_000), fc.constantFrom(1, 'a1', null, {})).map(([name, count, value]) =>
    sendJson('many entries')(
      `{"domain":"a","${name}":[${Array(Math.floor(count / 3))
        .fill(JSON.stringify(value))
        .join()}]}`,
    ),
  ),
  fc
    .nat(1_500)
    .map((count) => sendJson('many names')(`{${Array.from({ length: count }, (_, i) => `"k${i}":1`).join()}}`)),
  fc
    .tuple(body, body)
    .map(([first, second]) =>
      sendJson('names twice')(`${JSON.stringify(first).slice(0, -1)},${JSON.stringify(second).slice(1)}`),
    ),
  fc
    .constantFrom('1e400', '-1e400', '1e-400', '0x10', '1_000', 'NaN', '9'.repeat(400))
    .map((digits) => sendJson('odd numbers')(`{"domain":"a","history":["a1"],"values":[${digits}],"k":${digits}}`)),
  fc
    .tuple(
      body,
      fc.constantFrom('text/plain', 'application/json; charset=utf-16', 'multipart/form-data', '', 'application/xml'),
    )
    .map(
      ([value, type]): Sent => ({
        kind: 'another type',
        body: JSON.stringify(value),
        headers: { 'Content-Type': type },
      }),
    ),
  fc.tuple(body, fc.constantFrom('gzip', 'br', 'x')).map(
    ([value, coding]): Sent => ({
      kind: 'an encoding',
      body: JSON.stringify(value),
      headers: { 'Content-Encoding': coding },
    }),
  ),
  body.map(
    (value): Sent => ({ kind: 'chunks', body: JSON.stringify(value), headers: { 'Transfer-Encoding': 'chunked' } }),
  ),
  fc.tuple(body, fc.nat(100)).map(([value, at]): Sent => {
    const json = JSON.stringify(value)
    return { kind: 'hung up', body: json, cutAt: Math.min(at, json.length) }
  }),
  fc
    .tuple(
      fc.constantFrom('GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'),
      fc.constantFrom('/', '/v1/recommendations', '/v1/domains', '/health', '/metrics', '/openapi.json', '/ready'),
    )
    .map(([method, path]): Sent => ({ kind: 'methods', method, path })),
  fc
    .oneof(
      fc.webPath(),
      fc.constantFrom(
        '/../../etc/passwd',
        '/%2e%2e/%2e%2e/etc/passwd',
        '/%',
        '/%00',
        '/__proto__',
        '//',
        '/v1/recommendations/',
        '/v1/recommendations?k=%ff',
      ),
    )
    .map((path): Sent => ({ kind: 'paths', method: 'GET', path: path || '/' })),
  fc.tuple(fc.constantFrom('model', 'k', '__proto__'), word).map(
    ([name, value]): Sent => ({
      kind: 'queries',
      method: 'GET',
      path: `/v1/domains?${name}=${encodeURIComponent(value.replace(/\p{Surrogate}/gu, 'x'))}`,
    }),
  ),
  fc
    .constantFrom(
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: evil.example;$(id)\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'POST /v1/recommendations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'POST /v1/recommendations HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
      'nonsense\r\n\r\n',
    )
    .map((raw): Sent => ({ kind: 'not quite HTTP', raw: raw.replace(/\r\n\r\n/, '\r\nConnection: close\r\n\r\n') })),
) as fc.Arbitrary<Sent>

/** Too large to be sent by hundreds: a client is made to wait for what it sends too much of. */
const large: readonly Sent[] = [
  { kind: 'deep', body: `{"domain":${'['.repeat(20_000)}${']'.repeat(20_000)}}` },
  { kind: 'many names', body: `{${Array.from({ length: 3_000 }, (_, i) => `"k${i}":1`).join()}}` },
  { kind: 'many entries', body: `{"domain":"a","exclude":[${Array(20_000).fill(1).join()}]}` },
  { kind: 'too large', body: ' '.repeat(1_000_001) },
]

interface Answer {
  /** 0 where the client hung up or the connection was closed. */
  readonly status: number
  readonly body: string
}

function ask(
  url: string,
  { method = 'POST', path = '/v1/recommendations', headers, body: json, raw, cutAt }: Sent,
): Promise<Answer> {
  if (raw !== undefined) return askRaw(Number(new URL(url).port), raw)
  return new Promise((resolve) => {
    const lost = () => resolve({ status: 0, body: '' })
    const length: Record<string, number> =
      json === undefined || headers?.['Transfer-Encoding'] !== undefined
        ? {}
        : { 'Content-Length': Buffer.byteLength(json) }
    const options = {
      method,
      headers: { 'Content-Type': 'application/json', ...length, ...headers },
      agent: false as const,
    }
    const { hostname, port } = new URL(url)
    const asked = request({ hostname, port, path, ...options })
    asked.on('error', lost).on('close', lost)
    asked.on('response', (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode!, body: answer }), lost)
    })
    if (cutAt === undefined) asked.end(json)
    else asked.write((json as string).slice(0, cutAt), () => asked.destroy())
  })
}

function askRaw(port: number, raw: string): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(raw))
    let body = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    const done = () => resolve({ status: Number(/^HTTP\/1.1 (\d+)/.exec(body)?.[1] ?? 0), body })
    socket.on('end', done).on('error', done).on('close', done)
  })
}

test(`${REQUESTS} requests of many kinds: none is answered 500, none sees a stack or a path`, async () => {
  const all = [...fc.sample(sent, { numRuns: REQUESTS, seed: SEED }), ...large]
  const statuses = new Map<number, number>()
  const kinds = new Map<string, Set<number>>()
  let next = 0
  const client = async () => {
    while (next < all.length) {
      const one = all[next++]
      const { status, body } = await ask(server.url, one)
      const seen = JSON.stringify({ ...one, body: String(one.body).slice(0, 300), answer: body.slice(0, 500) })
      expect(status === 0 || (status >= 200 && status < 500), `${status}: ${seen}`).toBe(true)
      expect(body, seen).not.toMatch(/\n\s+at |\.[jt]s:\d|node_modules|file:\/\//)
      expect(body, seen).not.toContain(process.cwd())
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      kinds.set(one.kind, (kinds.get(one.kind) ?? new Set()).add(status))
    }
  }
  await Promise.all(Array.from({ length: 8 }, client))
  expect(errors).toEqual([])
  // The server is whole, and the requests were of as many kinds as they should be.
  expect((await ask(server.url, { kind: '', body: '{"domain":"a"}' })).status).toBe(200)
  for (const status of [0, 200, 400, 404, 405, 415, 421, 422]) expect([...statuses.keys()]).toContain(status)
  expect(statuses.get(200)).toBeGreaterThan(REQUESTS / 20)
  expect([...kinds.get('values')!].sort()).toEqual([200, 400])
  expect(kinds.size).toBe(21)
})
