import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasSqlite } from '../../src/serving/store/open.ts'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, type Running, start, tributary, writeText } from './tributary.ts'

const folder = createFolder()
const TWIN = 'cmp/sasrec-sequences=single/seed1'

beforeAll(async () => {
  writeText(folder, 'shop.csv', shopCsv({ users: 40 }))
  expect(await tributary(['import', 'csv', 'shop.csv', '--out', 'shop'], { cwd: folder })).toMatchObject({ code: 0 })
  for (const model of ['popularity', 'item-knn'])
    expect(await tributary(['train', model, 'shop', '--out', model], { cwd: folder })).toMatchObject({ code: 0 })
  // Runs where `compare` puts them.
  mkdirSync(join(folder, 'cmp/sasrec-sequences=single'), { recursive: true })
  mkdirSync(join(folder, 'cmp/sasrec'))
  cpSync(join(folder, 'popularity'), join(folder, TWIN), { recursive: true })
  cpSync(join(folder, 'item-knn'), join(folder, 'cmp/sasrec/seed1'), { recursive: true })
  mkdirSync(join(folder, 'old'))
  cpSync(join(folder, 'popularity'), join(folder, 'old/item-knn'), { recursive: true })
})

const servers: Running[] = []
afterAll(async () => {
  for (const { process } of servers) process.kill('SIGTERM')
  for (const { ended } of servers) expect(await ended).toMatchObject({ code: 0 })
})

async function serve(...args: string[]) {
  const server = start(['serve', ...args, '--port', '0'], { cwd: folder })
  servers.push(server)
  const [url] = await server.seen(/http:\/\/[\d.:a-z[\]]+/)
  const get = async (path: string) => (await fetch(`${url}${path}`)).text()
  const post = async (body: object) => {
    const headers = { 'Content-Type': 'application/json' }
    const response = await fetch(`${url}/v1/recommendations`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: response.status, text: await response.text() }
  }
  return { url: url, get, post }
}

describe('the names of served runs', () => {
  test('tell compared runs from one another, and may be chosen', async () => {
    const { get, post } = await serve(
      'cmp/sasrec/seed1',
      TWIN,
      'mine=popularity',
      join(folder, 'item-knn'),
      'old/item-knn',
    )
    const names = [
      'sasrec/seed1',
      'sasrec-sequences=single/seed1',
      'mine',
      `${folder.split('/').at(-1)}/item-knn`,
      'old/item-knn',
    ]
    expect(JSON.parse(await get('/ready')).models).toEqual(names)
    for (const model of names)
      expect(JSON.parse((await post({ domain: 'books', model })).text).model).toMatch(`${model}@`)
    const info = (await get('/metrics')).split('\n').filter((line) => line.startsWith('tributary_model_info'))
    expect(info).toHaveLength(5)
    for (const line of info) expect(line).toMatch(/weights="[0-9a-f]{64}"/)
  })

  test('are what answers tell of a fallback, whose path is nobody else’s business', async () => {
    const { get, post } = await serve('cmp/sasrec/seed1', '--fallback', `books=${join(folder, TWIN)}`)
    const answers = [
      await get('/v1/domains'),
      (await post({ domain: 'books' })).text,
      await get('/'),
      await get('/metrics'),
    ]
    for (const answer of answers.slice(0, 2)) expect(answer).toContain('"fallback":"sasrec-sequences=single/seed1"')
    for (const answer of answers) expect(answer).not.toContain(folder)
  })

  test('are refused when two are the same', async () => {
    expectRefusal(await tributary(['serve', 'a=popularity', 'a=item-knn', '--port', '0'], { cwd: folder }), ["'a'"])
  })
})

test('--unknown answer spares every request from saying it; --allow-host lets a name in', async () => {
  const body = { domain: 'books', user: 'nobody', exclude: ['gone'] }
  const strict = await serve('popularity')
  expect(await strict.post(body)).toMatchObject({ status: 422 })
  const lenient = await serve('popularity', '--unknown', 'answer', '--allow-host', 'shop.example')
  const { status, text } = await lenient.post(body)
  expect([status, JSON.parse(text).ignored]).toEqual([200, ['user', 'exclude[0]']])
  const statusAs = (url: string) =>
    new Promise((resolve, reject) => {
      const sent = request(`${url}/health`, { headers: { Host: 'shop.example' } })
      sent.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject)
      sent.end()
    })
  expect([await statusAs(strict.url), await statusAs(lenient.url)]).toEqual([421, 200])
})

test('--store opens a store before anything else, and refuses what is none in one sentence', async () => {
  const refused = await tributary(['serve', 'popularity', '--store', 'shop.db', '--port', '0'], { cwd: folder })
  expectRefusal(refused, ["unknown store 'shop.db'; give sqlite:FILE or postgres://"])
  if (hasSqlite()) {
    await serve('popularity', '--store', 'sqlite:shop.db')
    expect(existsSync(join(folder, 'shop.db'))).toBe(true)
  } else
    expectRefusal(
      await tributary(['serve', 'popularity', '--store', 'sqlite:shop.db', '--port', '0'], { cwd: folder }),
      ['needs Node 22.13 or newer'],
    )
})
