import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { shopWithStore } from '../../../test/server/shop.ts'
import { literal, rowsOf, withDatabase } from '../../data/tables/duckdb.ts'

const server = shopWithStore()
const lines = async (path: string) => {
  const answer = await server.ask(path)
  expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/x-ndjson'])
  return (await answer.text())
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
async function parquet(path: string): Promise<Record<string, unknown>[]> {
  const folder = await mkdtemp(join(tmpdir(), 'exported-'))
  const file = join(folder, 'rows.parquet')
  await writeFile(file, new Uint8Array(await (await server.ask(path)).arrayBuffer()))
  try {
    return await withDatabase(':memory:', (connection) =>
      rowsOf(connection, `SELECT * FROM read_parquet(${literal(file)})`),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}
const exportFolders = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('tributary-export-'))

describe('GET /v1/exports', () => {
  const day = (number: number) => new Date(Date.UTC(2026, 10, number)).toISOString()
  beforeAll(async () => {
    const views = Array.from({ length: 1500 }, (_, i) => ({
      ...{ source: 's', id: `${i}`, type: 'view', user: 'ann', item: 'b1', timestamp: day(1 + (i % 20)) },
      properties: { n: i },
    }))
    const impression = {
      id: 'i',
      type: 'impression',
      user: 'ann',
      shown: ['b1', "b'2\n"],
      timestamp: day(25),
      value: 0.5,
    }
    await server.send('POST', '/v1/events', { events: views.slice(0, 1000) })
    await server.send('POST', '/v1/events', { events: [...views.slice(1000), impression] })
    await server.send('PUT', '/v1/items/n1', {
      domain: 'books',
      categories: ['a'],
      title: 'é',
      properties: { price: 1 },
    })
    await server.send('POST', '/v1/recommendations', { user: 'ann', domain: 'books', k: 2 })
  })

  it('gives all events as they are read back, and those of a time', async () => {
    const all = await lines('/v1/exports/events')
    expect(all).toHaveLength(1501)
    const { items } = (await server.send('GET', '/v1/events?limit=1000')).body as { items: unknown[] }
    expect(all.slice(0, 1000)).toEqual(items)
    const some = await lines(`/v1/exports/events?since=${day(20)}&until=${day(25)}`)
    expect(some).toHaveLength(75)
    expect(new Set(some.map(({ timestamp }) => timestamp))).toEqual(new Set([day(20)]))
    expect(await lines(`/v1/exports/events?since=${day(26)}`)).toEqual([])
  })

  it('gives items, and what was answered a moment ago', async () => {
    expect(await lines('/v1/exports/items')).toEqual([(await server.send('GET', '/v1/items/n1')).body])
    const [decision, ...rest] = await lines('/v1/exports/recommendations')
    expect(rest).toEqual([])
    const { body } = await server.send('GET', `/v1/recommendations/${decision.id}`)
    expect(body).toMatchObject({ ...decision, at: Date.parse(decision.at as string) })
  })

  it('gives the same as Parquet, and leaves nothing behind', async () => {
    const before = await exportFolders()
    const rows = await parquet('/v1/exports/events?format=parquet')
    const all = await lines('/v1/exports/events')
    expect(rows).toHaveLength(1501)
    expect(rows.at(-1)).toMatchObject({ type: 'impression', item: null, value: 0.5, timestamp: new Date(day(25)) })
    expect(rows.map(({ sequence }) => String(sequence))).toEqual(all.map(({ sequence }) => sequence))
    expect(JSON.parse(rows.at(-1)?.shown as string)).toEqual(['b1', "b'2\n"])
    expect(JSON.parse(rows[7].properties as string)).toEqual({ n: 7 })
    expect(await parquet('/v1/exports/items?format=parquet')).toMatchObject([{ item: 'n1', hidden: false, title: 'é' }])
    expect(await parquet('/v1/exports/recommendations?format=parquet')).toMatchObject([
      { user: 'ann', domain: 'books' },
    ])
    expect(await parquet(`/v1/exports/events?format=parquet&since=${day(26)}`)).toEqual([])
    expect(await exportFolders()).toEqual(before)
  })

  it.each([
    ['nothing', 'what'],
    ['events?format=csv', 'format'],
    ['events?since=monday', 'since'],
    ['items?until=2026-11-29T20:41:00Z', 'until'],
  ])('refuses %s', async (path, field) => {
    expect(await server.send('GET', `/v1/exports/${path}`)).toMatchObject({ status: 400, body: { error: { field } } })
  })
})
