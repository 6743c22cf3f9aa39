import { describe, expect, it } from 'vitest'
import { createServer } from '../../../test/server/described.ts'
import { shopWithStore, silent } from '../../../test/server/shop.ts'
import { buildDataset } from '../../data/index.ts'

const server = shopWithStore()
const send = (...asked: Parameters<typeof server.send>) => server.send(...asked)
const found = async (search: string, more = '') =>
  ((await send('GET', `/v1/users?search=${encodeURIComponent(search)}${more}`)).body as { users: string[] }).users

const dataset = buildDataset('films', {
  user: ['u10', 'u1', 'u1', 'u1', 'Zoë'],
  item: ['f1', 'f1', 'f2', 'b1', 'b1'],
  domain: ['films', 'films', 'films', 'books', 'books'],
  timestamp: [1, 1_700_000_000, 1_700_000_060, 1e300, 5],
  value: [1, 2, 3, 4.5, 5],
})
const app = createServer({ models: [{ name: 'm', model: silent, dataset }] })
const ask = async (path: string) => {
  const answer = await app.request(path)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

describe('without a store', () => {
  it('users of the log are found, those first that are or begin so, whatever the case', async () => {
    expect((await ask('/v1/users?search=u1')).body).toEqual({ users: ['u1', 'u10'] })
    expect((await ask('/v1/users?search=ZOË')).body).toEqual({ users: ['Zoë'] })
    expect((await ask('/v1/users?search=0')).body).toEqual({ users: ['u10'] })
    expect((await ask('/v1/users?limit=2')).body.users).toHaveLength(2)
    expect((await ask('/v1/users?search=nobody')).body).toEqual({ users: [] })
  })

  it('a history is the rows of the log, oldest first, with what is known of each', async () => {
    const first = { item: 'f1', domain: 'films', known: true, value: 2, timestamp: '2023-11-14T22:13:20.000Z' }
    const all = (await ask('/v1/users/u1/history')).body
    expect(all).toMatchObject({ user: 'u1', from: 'log', more: false, items: [first, { item: 'f2' }, { item: 'b1' }] })
    // What is no date is none.
    expect((all.items as object[])[2]).toEqual({ item: 'b1', domain: 'books', known: true, value: 4.5 })
    expect((await ask('/v1/users/u1/history?limit=2')).body).toMatchObject({
      more: true,
      items: [{ item: 'f2' }, { item: 'b1' }],
    })
    expect(await ask('/v1/users/nobody/history')).toMatchObject({ status: 404, body: { error: { field: 'user' } } })
    expect((await ask('/v1/users/u1/history?model=x')).status).toBe(422)
  })

  it.each(['/v1/users?limit=0', '/v1/users?serach=a', `/v1/users?search=${'x'.repeat(201)}`])(
    '%s is refused',
    async (path) => {
      expect((await ask(path)).status).toBe(400)
    },
  )
})

describe('with a store', () => {
  it('users of the store are found, by their events or what is known of them, and nobody else', async () => {
    const events = ['visitor-2', 'visitor-1', '2-visitor'].map((user) => ({ type: 'view', user, item: 'b1', id: user }))
    await send('POST', '/v1/events', { events })
    await send('PUT', '/v1/users/visitor-3', { properties: {} })
    expect(await found('visitor')).toEqual(['visitor-1', 'visitor-2', 'visitor-3', '2-visitor'])
    expect(await found('visitor', '&limit=2')).toEqual(['visitor-1', 'visitor-2'])
    expect(await found('VISITOR-3')).toEqual(['visitor-3'])
    expect(await found('')).toEqual(['2-visitor', 'visitor-1', 'visitor-2', 'visitor-3'])
    expect(await found('ann')).toEqual([])
    await send('DELETE', '/v1/users/visitor-1')
    expect(await found('visitor-1')).toEqual([])
    await send('POST', '/v1/users/visitor-2/merge', { into: 'visitor-3' })
    // By whichever name.
    expect(await found('visitor-2')).toEqual(['visitor-3'])
  })

  it('a history is the events of the store, also with items that the model cannot know', async () => {
    await send('PUT', '/v1/items/new', { domain: 'films', title: 'A new one' })
    const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`
    const events = [
      { type: 'view', item: 'b1', timestamp: at(1), value: 3 },
      { type: 'buy', item: 'new', timestamp: at(2) },
      { type: 'buy', item: 'gone', timestamp: at(3) },
      { type: 'search', timestamp: at(4) },
    ].map((event, i) => ({ user: 'hal', id: `hal-${i}`, ...event }))
    await send('POST', '/v1/events', { events })
    expect(await send('GET', '/v1/users/hal/history')).toEqual({
      status: 200,
      body: {
        ...{ user: 'hal', from: 'store', more: false },
        items: [
          { item: 'b1', domain: 'books', known: true, timestamp: at(1), value: 3, type: 'view' },
          { item: 'new', domain: 'films', title: 'A new one', known: false, timestamp: at(2), type: 'buy' },
          { item: 'gone', known: false, timestamp: at(3), type: 'buy' },
        ],
      },
    })
    expect((await send('GET', '/v1/users/bob/history')).status).toBe(404)
    await send('PUT', '/v1/users/quiet', { properties: {} })
    expect((await send('GET', '/v1/users/quiet/history')).body).toMatchObject({ items: [], more: false })
  })

  it('sends it back as the history of a request that gets the same list', async () => {
    const { items } = (await send('GET', '/v1/users/hal/history')).body as { items: { item: string }[] }
    const asked = { domain: 'films', log: false, user: 'hal' }
    const stored = (await send('POST', '/v1/recommendations', asked)).body as { items: object; historyUsed: number }
    const history = items.map(({ item }) => item)
    const sent = (await send('POST', '/v1/recommendations', { ...asked, history })).body as typeof stored
    expect(sent.items).toEqual(stored.items)
    expect(sent.historyUsed).toBe(stored.historyUsed)
  })
})
