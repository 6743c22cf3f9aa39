import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { killTellers } from '../../../test/store/kills.ts'
import { type PostgresServer, startPostgres } from '../../../test/store/postgres-server.ts'
import { openStore } from './open.ts'
import type { NewEvent, Store } from './store.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server?.end())

const event = (id: string): NewEvent => ({ source: 'shop', id, type: 'view', user: 'ann', item: 'book', timestamp: 1 })

describe('a store in Postgres', () => {
  let store: Store
  beforeAll(async () => {
    store = await openStore(server.url)
  })
  afterAll(() => store?.close())

  test('that is gone for a while refuses, and goes on when it is back, with the decisions of the time between', async () => {
    await store.appendEvents([event('a')])
    await server.stop()
    for (const call of [() => store.appendEvents([event('b')]), () => store.history('ann', 10)])
      await expect(call()).rejects.toMatchObject({
        code: 'store-failed',
        message: expect.stringMatching(/failed: (nothing listens there|the connection to it was lost)/),
      })
    store.putDecision({ id: 'r_gone', at: 1, domain: 'books' } as never)
    await expect(store.flush()).rejects.toMatchObject({ code: 'store-failed' })
    await server.start()
    expect((await store.appendEvents([event('a'), event('b')])).outcomes).toEqual(['duplicate', 'accepted'])
    await store.flush()
    expect(await store.decision('r_gone')).toMatchObject({ domain: 'books' })
  })

  test('whose connections are cut in the middle loses nothing that it has acknowledged', async () => {
    const client = new pg.Client(server.url)
    await client.connect()
    let acknowledged = 0
    let refused = 0
    for (let i = 0; i < 30; i++) {
      const appends = Array.from({ length: 20 }, (_, n) =>
        store.appendEvents([event(`cut-${i}-${n}`)]).then(
          () => {
            acknowledged++
          },
          (error: { code: string }) => {
            expect(error.code).toBe('store-failed')
            refused++
          },
        ),
      )
      if (i % 3 === 1)
        await client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tributary'`,
        )
      await Promise.all(appends)
    }
    await client.end()
    const { rows } = await store.events({ user: 'ann', limit: 1_000 })
    const kept = rows.filter(({ id }) => id.startsWith('cut-')).length
    expect(acknowledged + refused).toBe(600)
    expect(acknowledged).toBeGreaterThan(0)
    expect(kept).toBeGreaterThanOrEqual(acknowledged)
  })

  test('that is locked refuses after five seconds, and is read meanwhile', async () => {
    const client = new pg.Client(server.url)
    await client.connect()
    await client.query('BEGIN; LOCK TABLE tributary.events IN SHARE MODE')
    const refused = expect(store.appendEvents([event('locked')])).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/locked it for more than five seconds/),
    })
    expect((await store.history('ann', 1)).events).toHaveLength(1)
    await refused
    await client.query('ROLLBACK')
    await client.end()
    expect((await store.appendEvents([event('locked')])).outcomes).toEqual(['accepted'])
  })

  test('of a process that is killed at any moment has each acknowledged event, once', async () => {
    const report = await killTellers(`${server.url}?schema=kills`, 2, 500)
    expect(report).toMatchObject({ lost: [], twice: [] })
    expect(report.acknowledged).toBeGreaterThan(10)
  })

  test.each([
    [
      'another password',
      (url: URL) => Object.assign(url, { password: 'wrong' }),
      /does not take this user and password/,
    ],
    ['no database', (url: URL) => Object.assign(url, { pathname: '/none' }), /no database of that name; make it first/],
  ])('says what is wrong: %s', async (_, change, sentence) => {
    const { href } = change(new URL(server.url))
    await expect(openStore(href)).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(sentence),
    })
    await expect(openStore(href)).rejects.toMatchObject({ message: expect.not.stringMatching(/secret|wrong/) })
  })
})
