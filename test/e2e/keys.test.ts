import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, start, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()
const STORE = ['--store', 'sqlite:shop.db']

/** Bodies that some operation takes, or takes in part. */
const ODD_BODIES = [
  {},
  { domain: 'books' },
  { domain: 'books', user: 'nobody', filter: { field: 'price', lte: 'x' } },
  { model: 'none' },
  { run: 'none' },
  { run: 'shop' },
  { run: 'shop.csv' },
  { run: '../run' },
  { recipe: { model: 'sasrek' } },
  { events: [{ type: 'view', user: 'u', item: 'i' }] },
].map((body) => JSON.stringify(body))

beforeAll(async () => {
  writeText(folder, 'shop.csv', shopCsv({ users: 20 }))
  for (const args of [
    ['import', 'csv', 'shop.csv', '--out', 'shop'],
    ['train', 'popularity', 'shop', '--out', 'run'],
  ])
    expect(await tributary(args, { cwd: folder })).toMatchObject({ code: 0 })
})

function lines(file: string): Record<string, unknown>[] {
  const text = readFileSync(join(folder, file), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

test('a key opens a server from when it is made until it is revoked, while the server runs', async () => {
  // Nobody is let in by mistake.
  const open = await tributary(['serve', 'run', ...STORE, '--host', '0.0.0.0', '--port', '0'], { cwd: folder })
  expectRefusal(open, ['0.0.0.0', 'no key', 'keys create'])

  const logs = ['--request-log', 'requests.jsonl', '--audit-log', 'audit.jsonl']
  const server = start(['serve', 'run', ...STORE, ...logs, '--port', '0'], { cwd: folder })
  const [url] = await server.seen(/http:\/\/[\d.:]+/)
  await server.seen(/no key was made.*anybody on this machine/)
  const ask = async (key?: string) => {
    const headers: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` }
    return (await fetch(`${url}/v1/domains`, { headers })).status
  }
  /** Asks until the server has looked at its store again. */
  const askUntil = async (status: number, key?: string) => {
    for (const end = Date.now() + 10_000; Date.now() < end; ) if ((await ask(key)) === status) return status
    return ask(key)
  }
  expect(await ask()).toBe(200)

  const made = await tributary(['keys', 'create', 'shop-web', '--scope', 'recommend,events', ...STORE], { cwd: folder })
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^tributary_[\w-]{43}\n$/) })
  const key = made.stdout.trim()
  expect(await askUntil(401)).toBe(401)
  expect(await ask(key)).toBe(200)
  const admin = await tributaryJson<{ key: string }>(
    ['keys', 'create', 'ops', '--scope', 'admin', '--expires', '90d', ...STORE],
    folder,
  )
  expect(await askUntil(200, admin.key)).toBe(200)

  expectRefusal(await tributary(['keys', 'revoke', 'shop-wbe', ...STORE], { cwd: folder }), ["'shop-web'"])
  expect(await tributary(['keys', 'revoke', 'shop-web', ...STORE], { cwd: folder })).toMatchObject({ code: 0 })
  expect(await askUntil(401, key)).toBe(401)
  const { keys } = await tributaryJson<{ keys: object[] }>(['keys', 'list', ...STORE], folder)
  expect(keys).toEqual([
    expect.objectContaining({ name: 'ops', scopes: ['admin'], state: 'in use' }),
    expect.objectContaining({ name: 'shop-web', scopes: ['events', 'recommend'], state: 'revoked' }),
  ])

  server.process.kill('SIGTERM')
  expect(await server.ended).toMatchObject({ code: 0 })
  expect(new Set(lines('requests.jsonl').map(({ status, key }) => `${status} ${key ?? ''}`))).toEqual(
    new Set(['200 ', '200 shop-web', '200 ops', '401 ']),
  )
  expect(new Set(lines('audit.jsonl').map(({ status }) => status))).toEqual(new Set([401]))
  for (const file of ['requests.jsonl', 'audit.jsonl', 'shop.db'])
    expect(readFileSync(join(folder, file)).includes(key.slice('tributary_'.length)), file).toBe(false)
})

test('where files of this machine are is in no answer, whatever is asked', async () => {
  const server = start(['serve', 'run', '--store', 'sqlite:odd.db', '--runs', folder, '--port', '0'], { cwd: folder })
  const [url] = await server.seen(/http:\/\/[\d.:]+/)
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: Record<string, object> }
  const headers = { 'Content-Type': 'application/json' }
  const texts = Object.entries(paths).flatMap(([pattern, methods]) =>
    Object.keys(methods).flatMap((method) =>
      ['x', 'run'].flatMap((name) =>
        (method === 'get' ? [undefined] : ODD_BODIES).map(async (body) => {
          const path = pattern.replaceAll(/\{\w+\}/g, name)
          const response = await fetch(`${url}${path}`, {
            method: method.toUpperCase(),
            headers,
            ...(body && { body }),
          })
          // Who listens would do so for ever.
          if (response.headers.get('content-type') === 'text/event-stream') {
            await response.body?.cancel()
            return ''
          }
          return `${method} ${path} ${body}: ${await response.text()}`
        }),
      ),
    ),
  )
  for (const text of await Promise.all(texts)) {
    expect(text).not.toContain(folder)
    expect(text).not.toMatch(/\n {4}at |node_modules|[/\w]+\.[jt]s:\d/)
  }
  server.process.kill('SIGTERM')
  expect(await server.ended).toMatchObject({ code: 0 })
})

test.each([
  [['create', 'a', ...STORE], ['--scope']],
  [
    ['create', 'a', '--scope', 'evnets', ...STORE],
    ['evnets', 'catalogue'],
  ],
  [['create', 'a', '--scope', 'events', '--expires', '2001-01-01', ...STORE], ['--expires']],
  [
    ['list', '--store', 'mysql://x'],
    ['mysql', 'sqlite:FILE'],
  ],
  [['lst', ...STORE], ['lst']],
])('keys %j is refused in one sentence', async (args, parts) => {
  expectRefusal(await tributary(['keys', ...args], { cwd: folder }), parts)
})
