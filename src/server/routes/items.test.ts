import { describe, expect, it } from 'vitest'
import { shopWithStore } from '../../../test/server/shop.ts'

const server = shopWithStore()
const send = (...asked: Parameters<typeof server.send>) => server.send(...asked)
interface Page {
  readonly items: readonly { readonly item: string }[]
  readonly next?: string
}
const listed = async (query: string) =>
  ((await send('GET', `/v1/items?${query}`)).body as Page).items.map(({ item }) => item)

describe('items', () => {
  it('are put, changed, read and removed', async () => {
    expect((await send('GET', '/v1/items/new-1')).status).toBe(404)
    const told = {
      domain: 'books',
      hidden: true,
      availableFrom: '2026-12-01T00:00:00.000Z',
      availableUntil: '2026-12-24T00:00:00.000Z',
      categories: ['fantasy', 'new'],
      title: 'A Book',
      properties: { price: 12.5, size: { width: 10 } },
    }
    expect(await send('PUT', '/v1/items/new-1', told)).toEqual({ status: 200, body: { item: 'new-1', ...told } })
    const change = { hidden: false, availableUntil: null, title: null, properties: { price: 9, size: { height: 20 } } }
    const { availableUntil: _, title: __, ...rest } = told
    const patched = { item: 'new-1', ...rest, hidden: false, properties: { price: 9, size: { width: 10, height: 20 } } }
    expect((await send('PATCH', '/v1/items/new-1', change)).body).toEqual(patched)
    expect((await send('GET', '/v1/items/new-1')).body).toEqual(patched)
    expect((await send('DELETE', '/v1/items/new-1')).body).toEqual({ item: 'new-1' })
    for (const method of ['GET', 'DELETE']) expect((await send(method, '/v1/items/new-1')).status).toBe(404)
    expect((await send('PATCH', '/v1/items/new-1', {})).status).toBe(404)
    // What is not said of it any more is not so any more.
    expect((await send('PUT', '/v1/items/new-1', { domain: 'films' })).body).toEqual({
      ...{ item: 'new-1', domain: 'films', hidden: false, categories: [], properties: {} },
    })
  })

  it('that models know need no description, and can be hidden and removed', async () => {
    const known = { item: 'b1', domain: 'books', hidden: true, categories: [], properties: {} }
    expect((await send('PATCH', '/v1/items/b1', { hidden: true })).body).toEqual(known)
    expect((await send('PUT', '/v1/items/b2', {})).body).toMatchObject({ domain: 'books' })
    for (const method of ['PUT', 'PATCH'])
      expect((await send(method, '/v1/items/b1', { domain: 'films' })).body).toMatchObject({
        error: { field: 'domain', suggestion: 'books' },
      })
    expect((await send('DELETE', '/v1/items/f1')).status).toBe(200)
    expect((await server.store.itemChanges(0, 100)).find(({ item }) => item.item === 'f1')).toMatchObject({
      removed: true,
    })
    expect((await send('DELETE', '/v1/items/nobody-knows')).status).toBe(404)
  })

  it('do not lose what others change meanwhile', async () => {
    await send('PUT', '/v1/items/busy', { domain: 'books' })
    const names = Array.from({ length: 20 }, (_, i) => `p${i}`)
    await Promise.all(names.map((name) => send('PATCH', '/v1/items/busy', { properties: { [name]: 1 } })))
    const { body } = (await send('GET', '/v1/items/busy')) as { body: { properties: object } }
    expect(Object.keys(body.properties).sort()).toEqual(names.sort())
  })

  it('are put many at a time, as far as they are right, as JSON and as lines', async () => {
    const items = [
      { item: 'm-1', domain: 'books', properties: { price: 1 } },
      { item: 'm-2' },
      { item: 'm-3', domain: 'books', tilte: 'x' },
      { item: 'm-4', domain: 'films', properties: { price: 4 } },
      { item: 'm-5', domain: 'films', availableFrom: '2026-12-02T00:00:00Z', availableUntil: '2026-12-01T00:00:00Z' },
    ]
    const rejected = [
      { index: 1, code: 'bad-request', field: 'domain' },
      { index: 2, message: "unknown field 'tilte'; did you mean 'title'?" },
      { index: 4, field: 'availableUntil' },
    ]
    expect(await send('POST', '/v1/items', { items })).toMatchObject({
      status: 200,
      body: { stored: 2, rejectedCount: 3, rejected },
    })
    const lines = await server.ask('/v1/items', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-ndjson' },
      body: items.map((item) => JSON.stringify(item)).join('\n'),
    })
    expect([lines.status, await lines.json()]).toMatchObject([200, { stored: 2, rejectedCount: 3, rejected }])
    expect(await send('POST', '/v1/items', { items: [items[1]] })).toMatchObject({
      status: 422,
      body: { stored: 0, error: { field: 'items[0].domain' } },
    })
    expect((await send('POST', '/v1/items', { items: [] })).status).toBe(400)
  })

  it('are listed by name, of a domain and as a filter lets them through', async () => {
    const items = Array.from({ length: 25 }, (_, i) => ({
      item: `list-${String(i).padStart(2, '0')}`,
      domain: i % 2 ? 'music' : 'games',
      properties: { price: i },
    }))
    await send('POST', '/v1/items', { items })
    expect(await listed('domain=music')).toHaveLength(12)
    const cheap = encodeURIComponent('{"all": [{"field": "domain", "equals": "games"}, {"field": "price", "lt": 9}]}')
    expect(await listed(`filter=${cheap}`)).toEqual(['list-00', 'list-02', 'list-04', 'list-06', 'list-08'])
    const first = (await send('GET', `/v1/items?filter=${cheap}&limit=3`)).body as Page
    expect(first.items).toHaveLength(3)
    expect(await listed(`filter=${cheap}&limit=3&cursor=${first.next}`)).toEqual(['list-06', 'list-08'])
    const all: string[] = []
    for (let next: string | undefined = ''; next !== undefined; ) {
      const page = (await send('GET', `/v1/items?domain=games&limit=5${next && `&cursor=${next}`}`)).body as Page
      all.push(...page.items.map(({ item }) => item))
      next = page.next
    }
    expect(all).toHaveLength(13)
  })

  it('are found by name and title, those of the model, too, and looked up many at a time', async () => {
    await send('PUT', '/v1/items/tale-1', {
      domain: 'books',
      title: 'The Ring and the Tower',
      properties: { price: 3 },
    })
    await send('PUT', '/v1/items/tale-2', { domain: 'films', title: 'Tower' })
    await send('PATCH', '/v1/items/b2', { title: 'Another tower', hidden: true })
    expect(await listed('search=tower')).toEqual(['tale-2', 'b2', 'tale-1'])
    expect(await listed('search=TOWER%20ring')).toEqual(['tale-1'])
    expect(await listed('search=tower&domain=films')).toEqual(['tale-2'])
    expect(await listed('search=tower&limit=1')).toEqual(['tale-2'])
    expect(await listed('search=f2')).toEqual(['f2'])
    await send('DELETE', '/v1/items/tale-2')
    expect(await listed('search=tower')).toEqual(['b2', 'tale-1'])
    const { body } = await send('POST', '/v1/items/lookup', { items: ['f2', 'nobody-knows', 'b2', 'tale-1'] })
    expect(body).toMatchObject({
      items: [
        { item: 'f2', domain: 'films', hidden: false, categories: [], properties: {} },
        { item: 'b2', domain: 'books', title: 'Another tower' },
        { item: 'tale-1', title: 'The Ring and the Tower', properties: { price: 3 } },
      ],
    })
    expect((await send('POST', '/v1/items/lookup', { items: [] })).status).toBe(400)
    expect((await send('GET', '/v1/items?search=a&model=none')).status).toBe(422)
  })

  it.each([
    ['filter={', 'filter'],
    ['filter={"field":"price"}', 'filter'],
    ['limit=-1', 'limit'],
    ['domian=books', 'domian'],
  ])('are not listed by %s', async (query, field) => {
    expect(await send('GET', `/v1/items?${query}`)).toMatchObject({ status: 400, body: { error: { field } } })
  })

  it.each([
    [{ hidden: 'yes' }, 'hidden'],
    [{ hidden: null }, 'hidden'],
    [{ categories: 'fantasy' }, 'categories'],
    [{ availableFrom: 'soon' }, 'availableFrom'],
    [{ properties: 'red' }, 'properties'],
  ])('are not changed to %j', async (change, field) => {
    expect(await send('PATCH', '/v1/items/b1', change)).toMatchObject({ status: 400, body: { error: { field } } })
  })
})
