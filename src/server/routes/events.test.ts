import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createServer } from '../../../test/server/described.ts'
import { shop, shopWithStore, silent } from '../../../test/server/shop.ts'

const server = shopWithStore()
const send = (events: unknown, query = '') => server.send('POST', `/v1/events${query}`, { events })
const stream = (lines: readonly (object | string)[], query = '') =>
  server.ask(`/v1/events${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson; charset=utf-8' },
    body: lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  })
const readBack = async (user: string) => (await server.send('GET', `/v1/events?user=${user}`)).body as Page
interface Page {
  readonly items: readonly Record<string, unknown>[]
  readonly next?: string
}

describe('POST /v1/events', () => {
  it('keeps what happened, and gives it back as it was told', async () => {
    const told = {
      source: 'shop-web',
      id: '01JDX',
      type: 'purchase',
      user: 'cleo',
      item: 'b1',
      domain: 'books',
      timestamp: '2026-11-29T20:41:00.000Z',
      value: 2.5,
      session: 's-9',
      properties: { price: 12.5, tags: ['a'] },
    }
    const { status, body } = await send([told])
    expect([status, body]).toEqual([
      200,
      {
        ...{ accepted: 1, duplicates: 0, conflicts: 0, unprotected: 0, rejected: [], rejectedCount: 0 },
        sequence: expect.stringMatching(/^\d+$/),
      },
    ])
    expect((await readBack('cleo')).items).toEqual([
      { ...told, sequence: (body as { sequence: string }).sequence, received: expect.any(String) },
    ])
  })

  it('counts what is sent again once, and keeps the first where another has its id', async () => {
    const events = [
      { source: 's', id: '1', type: 'view', user: 'dan', item: 'b1' },
      { source: 's', id: '2', type: 'purchase', user: 'dan', item: 'b1', value: 3 },
      { source: 's', id: '3', type: 'purchase', user: 'dan', item: 'b1', value: 3 },
    ]
    await send(events)
    const again = await send([...events, { ...events[1], value: 6 }])
    expect(again).toMatchObject({ status: 200, body: { accepted: 0, duplicates: 3, conflicts: 1 } })
    // The second purchase of an item is an event of its own.
    expect((await readBack('dan')).items.map(({ id, value }) => [id, value])).toEqual([
      ['1', undefined],
      ['2', 3],
      ['3', 3],
    ])
    const metrics = await (await server.app.request('/metrics')).text()
    for (const outcome of ['accepted', 'duplicate', 'conflict'])
      expect(metrics).toMatch(new RegExp(`tributary_events_total\\{outcome="${outcome}"\\} [1-9]`))
  })

  it('takes what is right of a batch and says what is not', async () => {
    const { status, body } = await send([
      { id: 'e1', type: 'view', user: 'eve', item: 'b1' },
      { id: 'e2', type: 'view', user: 'eve', item: 'b1', domain: 'films' },
      { id: 'e3', type: 'view', item: 'b1' },
      { id: 'e4', type: 'view', user: 'eve', itm: 'b1' },
      { id: 'e5', type: 'view', user: 'eve', item: 'b1', recommendation: 'r_none' },
      { id: 'e6', type: 'impression', user: 'eve' },
      { id: 'e7', type: 'view', user: 'eve', item: 'b1', timestamp: 1764448860 },
      7,
    ])
    expect(status).toBe(200)
    expect(body).toMatchObject({
      accepted: 1,
      rejectedCount: 7,
      rejected: [
        { index: 1, code: 'bad-request', field: 'domain', message: "item 'b1' is in domain 'books', not 'films'" },
        { index: 2, field: 'user' },
        { index: 3, field: 'itm', message: "unknown field 'itm'; did you mean 'item'?" },
        { index: 4, code: 'unknown-name', field: 'recommendation' },
        { index: 5, field: 'shown' },
        { index: 6, field: 'timestamp', message: expect.stringContaining('milliseconds since 1970, not 1764448860') },
        { index: 7, message: 'it must be an object that describes an event, not 7' },
      ],
    })
    expect((await readBack('eve')).items.map(({ id }) => id)).toEqual(['e1'])
  })

  it('takes all or nothing where it is asked to, and says so with 422 where nothing is taken', async () => {
    const events = [
      { id: 'f1', type: 'view', user: 'fay', item: 'b1' },
      { id: 'f2', type: 'view', user: 'fay', item: 'b1', value: 'much' },
    ]
    const refused = await send(events, '?atomic=true')
    expect(refused).toMatchObject({
      status: 422,
      body: {
        error: {
          code: 'bad-request',
          field: 'events[1].value',
          message: expect.stringMatching(/^nothing was taken: /),
        },
        accepted: 0,
        rejectedCount: 1,
      },
    })
    expect((await readBack('fay')).items).toEqual([])
    expect((await send([events[1]])).status).toBe(422)
    expect((await send(events, '?atomic=yes')).status).toBe(400)
    expect((await send(events, '?atomc=true')).body).toMatchObject({ error: { suggestion: 'atomic' } })
    expect((await send([events[0]], '?atomic=true')).body).toMatchObject({ accepted: 1 })
  })

  it('makes users, keeps events of items that nobody knows, and of those that are known adds the domain', async () => {
    await send([
      { id: 'g1', type: 'view', user: 'gus', item: 'never-heard-of' },
      { id: 'g2', type: 'view', user: 'gus', item: 'f1' },
    ])
    expect((await readBack('gus')).items.map(({ item, domain }) => [item, domain])).toEqual([
      ['never-heard-of', undefined],
      ['f1', 'films'],
    ])
  })

  it('says how many events would count again since they have no id', async () => {
    const event = { type: 'view', user: 'hal', item: 'b1' }
    expect((await send([event, { ...event, id: 'h1' }])).body).toMatchObject({ accepted: 2, unprotected: 1 })
    expect((await send([event, { ...event, id: 'h1' }])).body).toMatchObject({ accepted: 1, duplicates: 1 })
    expect((await readBack('hal')).items).toHaveLength(3)
  })

  it('refuses what is no batch', async () => {
    const some = Array.from({ length: 1001 }, (_, i) => ({ id: `${i}`, type: 'view', user: 'ida' }))
    expect((await send(some)).body).toMatchObject({
      error: { field: 'events', message: expect.stringContaining('1 to 1000') },
    })
    for (const events of [[], {}, undefined]) expect((await send(events)).status).toBe(400)
    expect((await server.send('POST', '/v1/events', { event: [] })).body).toMatchObject({
      error: { suggestion: 'events' },
    })
    const text = await server.ask('/v1/events', {
      method: 'POST',
      headers: { 'Content-Type': 'text/csv' },
      body: 'a,b',
    })
    expect(text.status).toBe(415)
    const nested = await server.ask('/v1/events', {
      ...{ method: 'POST', headers: { 'Content-Type': 'application/json' } },
      body: `{"events":${'['.repeat(100_000)}`,
    })
    expect(nested.status).toBe(400)
  })

  it('whatever is sent, each event is counted once: as taken or as rejected', async () => {
    const name = fc.constantFrom('u', 'v', '', '\0', 'x\ud800')
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(1e39, -0, '2026-11-29T20:41:00Z', 1764448860000))
    const keys = [
      'source',
      'id',
      'type',
      'user',
      'item',
      'domain',
      'timestamp',
      'value',
      'rank',
      'shown',
      'properties',
      '__proto__',
    ]
    const odd = fc.dictionary(fc.constantFrom(...keys), value)
    const event = fc.oneof(odd, fc.jsonValue(), fc.record({ type: name, user: name, id: name, item: name }))
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 8 }), async (events) => {
        const { status, body } = (await send(events)) as { status: number; body: Record<string, number> }
        expect([200, 422]).toContain(status)
        expect(body.accepted + body.duplicates + body.conflicts + body.rejectedCount).toBe(events.length)
      }),
      { numRuns: 100 },
    )
  })
})

describe('a stream of events', () => {
  it('is taken line by line, with empty lines and broken ones', async () => {
    const answer = await stream([
      { id: 'j1', type: 'view', user: 'joy', item: 'b1' },
      '',
      '{"id": "j2", "type":',
      { id: 'j3', type: 'view', user: 'joy', item: 'b2' },
      { id: 'j4', user: 'joy' },
    ])
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      {
        accepted: 2,
        rejectedCount: 2,
        rejected: [
          { index: 2, message: 'line 3 is not JSON; each line is one object' },
          { index: 4, field: 'type' },
        ],
      },
    ])
    expect((await readBack('joy')).items.map(({ id }) => id)).toEqual(['j1', 'j3'])
  })

  it('has no limit to its length, and is on disk as it comes', async () => {
    const lines = Array.from({ length: 2500 }, (_, i) => ({ id: `k${i}`, type: 'view', user: 'kim', item: 'b1' }))
    expect(await (await stream(lines)).json()).toMatchObject({ accepted: 2500, rejected: [] })
    expect(await (await stream(lines)).json()).toMatchObject({ accepted: 0, duplicates: 2500 })
  })

  it('is refused where nothing of it is right, where a line has no end, and where all or nothing is asked for', async () => {
    const wrong = await stream(['[', '{}'])
    expect([wrong.status, await wrong.json()]).toMatchObject([
      422,
      { error: { message: expect.stringContaining('line 1') } },
    ])
    expect((await stream(['x'.repeat(200_000)])).status).toBe(400)
    expect((await stream([{}], '?atomic=true')).status).toBe(400)
    expect((await stream([{}], '?atomc=true')).status).toBe(400)
    expect(await (await stream([])).json()).toMatchObject({ accepted: 0, rejectedCount: 0 })
  })
})

describe('GET /v1/events', () => {
  it('gives pages until the last, of a user and of a time', async () => {
    const day = (number: number) => `2026-11-0${number}T00:00:00.000Z`
    const ids = ['1', '2', '3', '4', '5']
    await send(ids.map((id) => ({ id: `l${id}`, type: 'view', user: 'lea', item: 'b1', timestamp: day(Number(id)) })))
    const read: unknown[] = []
    let next: string | undefined
    do {
      const query = `user=lea&since=${day(2)}&until=${Date.parse(day(5))}&limit=2${next === undefined ? '' : `&cursor=${next}`}`
      const page = (await server.send('GET', `/v1/events?${query}`)).body as Page
      expect(page.items.length).toBeLessThanOrEqual(2)
      read.push(...page.items.map(({ id }) => id))
      next = page.next
    } while (next !== undefined)
    expect(read).toEqual(['l2', 'l3', 'l4'])
  })

  it.each(['limit=0', 'limit=1001', 'limit=x', 'since=yesterday', 'cursor=nonsense', 'usr=ann'])(
    'refuses %s',
    async (query) => {
      const { status, body } = await server.send('GET', `/v1/events?${query}`)
      expect([status, body]).toMatchObject([400, { error: { field: query.split('=')[0] } }])
    },
  )

  it('and POST say that there is no store where the server has none', async () => {
    const without = createServer({ models: [{ name: 'm', model: silent, dataset: shop }] })
    for (const method of ['GET', 'POST']) {
      const headers = { 'Content-Type': 'application/json' }
      const body = method === 'POST' ? '{"events": [{"type": "view", "user": "a"}]}' : null
      const answer = await without.request('/v1/events', { method, headers, body })
      expect([answer.status, await answer.json()]).toMatchObject([
        404,
        { error: { message: expect.stringContaining('--store') } },
      ])
    }
  })
})
