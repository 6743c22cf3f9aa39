import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { OpenAPIHono } from '@hono/zod-openapi'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Workbench } from '../workbench/index.ts'
import { createServer } from './app.ts'
import type { Env } from './env.ts'
import { refusal } from './failure.ts'
import { addStudio } from './studio.ts'

const SCRIPT = `console.log(${JSON.stringify('a'.repeat(2000))})`
let folder: string
let app: OpenAPIHono<Env>

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'studio-'))
  mkdirSync(join(folder, 'web/assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  writeFileSync(join(folder, 'web/index.html'), '<script type="module" src="./assets/main-1.js"></script>')
  writeFileSync(join(folder, 'web/assets/main-1.js'), SCRIPT)
  app = over(join(folder, 'web'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function over(pages: string): OpenAPIHono<Env> {
  const made = new OpenAPIHono<Env>()
  addStudio(made, pages)
  made.onError((error) => refusal(error) ?? new Response(null, { status: 500 }))
  return made
}

it('hands the one page out for every path, with where its files are', async () => {
  for (const path of [
    '/studio',
    '/studio/',
    '/studio/runs',
    '/studio/runs/a%2Fb?metric=ndcg@10',
    '/studio/index.html',
  ]) {
    const response = await app.request(path)
    expect(response.status, path).toBe(200)
    expect(await response.text(), path).toContain('src="/studio/assets/main-1.js"')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'self'; /)
  }
})

it('finds its files where it is mounted at a path', async () => {
  const outer = new OpenAPIHono<Env>()
  outer.route('/rec', app)
  expect(await (await outer.request('/rec/studio/live')).text()).toContain('src="/rec/studio/assets/main-1.js"')
  expect(await (await outer.request('/rec/studio/assets/main-1.js')).text()).toBe(SCRIPT)
})

it('hands files out for good, smaller to whom can read that', async () => {
  const plain = await app.request('/studio/assets/main-1.js')
  expect(await plain.text()).toBe(SCRIPT)
  expect(plain.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(plain.headers.get('cache-control')).toContain('immutable')
  const zipped = await app.request('/studio/assets/main-1.js', { headers: { 'Accept-Encoding': 'br, gzip' } })
  expect(zipped.headers.get('content-encoding')).toBe('gzip')
  const bytes = Buffer.from(await zipped.arrayBuffer())
  expect(bytes.length).toBeLessThan(SCRIPT.length)
  expect(gunzipSync(bytes).toString()).toBe(SCRIPT)
})

it.each([
  '/studio/../secret.txt',
  '/studio/..%2fsecret.txt',
  '/studio/assets/..%2f..%2fsecret.txt',
  '/studio/%2e%2e/secret.txt',
])('hands out nothing that is not of the pages: %s', async (path) => {
  expect(await (await app.request(path)).text()).not.toContain('secret\n')
  expect(await (await app.request(path)).text()).not.toBe('secret')
})

it('answers 404 for a file that is not there, and not the page', async () => {
  const response = await app.request('/studio/assets/main-2.js')
  expect(response.status).toBe(404)
})

it('says how pages are made where there are none', async () => {
  const response = await over(join(folder, 'nothing')).request('/studio')
  expect(response.status).toBe(404)
  expect(await response.text()).toContain('npm run build:web')
})

it('can be looked at without a model that answers, and says so to who asks for lists', async () => {
  const server = createServer({ models: [], workbench: new Workbench({ folders: [] }) })
  expect((await server.request('/')).status).toBe(200)
  expect((await server.request('/ready')).status).toBe(200)
  const asked = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"domain":"books"}' }
  const response = await server.request('/v1/recommendations', asked)
  expect(response.status).toBe(404)
  expect(await response.text()).toContain('this server serves no model')
  expect(await (await server.request('/v1/models')).json()).toEqual({ models: [], default: '', store: false })
})
