import { beforeAll, expect, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, start, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()
const STORE = ['--store', 'sqlite:shop.db']

beforeAll(async () => {
  writeText(folder, 'shop.csv', shopCsv({ users: 40 }))
  for (const args of [
    ['import', 'csv', 'shop.csv', '--out', 'shop'],
    ['train', 'sasrec', 'shop', '--out', 'sasrec', '--set', 'epochs=1', '--set', 'width=16'],
    ['train', 'popularity', 'shop', '--out', 'popularity'],
  ])
    expect(await tributary(args, { cwd: folder })).toMatchObject({ code: 0 })
})

test('lists that were answered together come out the same to the bit when each is made again by itself', async () => {
  const server = start(['serve', 'sasrec', ...STORE, '--explore', 'plackett-luce:0.5:12', '--port', '0'], {
    cwd: folder,
  })
  const [url] = await server.seen(/http:\/\/[\d.:a-z[\]]+/)
  const post = async (path: string, body: object) => {
    const headers = { 'Content-Type': 'application/json' }
    const response = await fetch(`${url}/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(response.status).toBe(200)
    return (await response.json()) as { id: string; historyUsed: number }
  }
  const events = Array.from({ length: 200 }, (_, i) => ({
    source: 'test',
    id: `${i}`,
    type: 'view',
    user: `u${i % 7}`,
    item: `${['books', 'games'][i % 2]}-${(i * 7) % 20}`,
  }))
  await post('/events', { events })
  const ask = (i: number) => post('/recommendations', { user: `u${i % 9}`, domain: ['books', 'music'][i % 2], k: 8 })
  const lists = await Promise.all(Array.from({ length: 40 }, (_, i) => ask(i)))
  // Of nine users, two have no events here, though the log of the training knows them.
  expect(lists.map(({ historyUsed }) => Math.sign(historyUsed)).slice(0, 9)).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0])
  await post('/events', { events: [{ source: 'test', id: 'later', type: 'view', user: 'u0', item: 'books-3' }] })
  await post(`/recommendations/${lists[0].id}/next`, { k: 5 })
  await post('/rankings', { user: 'u1', domain: 'books', candidates: ['books-1', 'books-9', 'books-4'] })
  server.process.kill('SIGTERM')
  expect((await server.ended).code).toBe(0)

  const all = { decisions: 41, same: 41, different: 0, leftOut: {}, examples: [] }
  expect(await tributaryJson(['decisions', 'sasrec', ...STORE], folder)).toEqual(all)
  const others = { decisions: 41, same: 0, different: 0, leftOut: { 'other-weights': 41 } }
  expect(await tributaryJson(['decisions', 'popularity', ...STORE], folder)).toMatchObject(others)
  expect(await tributary(['decisions', 'sasrec', ...STORE, '--until', '2001-01-01'], { cwd: folder })).toMatchObject({
    code: 0,
    stdout: '0 lists: 0 come out as they were recorded, 0 do not\n',
  })
})

test('a server ends well whenever it is told to, also while its model answers its first questions', async () => {
  for (let round = 0; round < 4; round++) {
    const server = start(['serve', 'sasrec', '--port', '0'], { cwd: folder })
    await server.seen(/http:\/\/[\d.:a-z[\]]+/)
    server.process.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 0, stderr: '' })
  }
})
