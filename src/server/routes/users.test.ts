import { describe, expect, it } from 'vitest'
import { shopWithStore } from '../../../test/server/shop.ts'

const server = shopWithStore()
const send = (...asked: Parameters<typeof server.send>) => server.send(...asked)
const view = (user: string, id: string) => ({ id, type: 'view', user, item: 'b1' })
const historyOf = async (user: string) => (await server.store.history(user, 10)).events.map(({ id }) => id)

describe('users', () => {
  it('are put, changed and read', async () => {
    expect((await send('GET', '/v1/users/ann')).status).toBe(404)
    const properties = { plan: 'free', seen: { books: true } }
    expect(await send('PUT', '/v1/users/ann', { properties })).toEqual({
      status: 200,
      body: { user: 'ann', properties },
    })
    const patched = { user: 'ann', properties: { seen: { books: true, films: true }, age: 30 } }
    const change = { properties: { plan: null, seen: { films: true }, age: 30 } }
    expect((await send('PATCH', '/v1/users/ann', change)).body).toEqual(patched)
    expect((await send('GET', '/v1/users/ann')).body).toEqual(patched)
    expect((await send('PUT', '/v1/users/ann', { properties: {} })).body).toEqual({ user: 'ann', properties: {} })
    // A name that is no plain path.
    expect((await send('PUT', '/v1/users/a%2Fb%20%C3%A9', { properties: {} })).body).toMatchObject({ user: 'a/b é' })
  })

  it('are known by their events alone', async () => {
    await send('POST', '/v1/events', { events: [view('bob', 'b-1')] })
    expect((await send('GET', '/v1/users/bob')).body).toEqual({ user: 'bob', properties: {} })
    expect((await send('PATCH', '/v1/users/bob', { properties: { plan: 'paid' } })).status).toBe(200)
  })

  it('do not lose what others change meanwhile', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `p${i}`)
    await Promise.all(names.map((name) => send('PATCH', '/v1/users/cleo', { properties: { [name]: 1 } })))
    const { body } = (await send('GET', '/v1/users/cleo')) as { body: { properties: object } }
    expect(Object.keys(body.properties).sort()).toEqual(names.sort())
  })

  it('are erased with all they did, at once', async () => {
    await send('POST', '/v1/events', { events: [view('dan', 'd-1'), view('dan', 'd-2')] })
    expect((await send('DELETE', '/v1/users/dan')).body).toEqual({ user: 'dan', erased: true })
    expect(await historyOf('dan')).toEqual([])
    expect((await send('GET', '/v1/users/dan')).status).toBe(404)
    expect((await send('DELETE', '/v1/users/dan')).body).toEqual({ user: 'dan', erased: false })
  })

  it('are merged, so that both names are one user from then on', async () => {
    await send('POST', '/v1/events', { events: [view('visitor', 'v-1'), view('eve', 'e-1')] })
    expect((await send('POST', '/v1/users/visitor/merge', { into: 'eve' })).body).toMatchObject({ user: 'eve' })
    await send('POST', '/v1/events', { events: [view('visitor', 'v-2')] })
    expect((await historyOf('eve')).sort()).toEqual(['e-1', 'v-1', 'v-2'])
    // What was told before the merge and is told again is the same event.
    expect((await send('POST', '/v1/events', { events: [view('visitor', 'v-1')] })).body).toMatchObject({
      duplicates: 1,
    })
    expect((await send('POST', '/v1/users/eve/merge', { into: 'eve' })).body).toMatchObject({
      error: { field: 'into' },
    })
  })

  it.each([
    ['properties that are none', 'PUT', { properties: [] }, 'properties'],
    ['a misspelled field', 'PATCH', { property: {} }, 'property'],
    ['nothing', 'PUT', {}, 'properties'],
  ])('refuse %s', async (_, method, body, field) => {
    expect(await send(method, '/v1/users/fay', body)).toMatchObject({ status: 400, body: { error: { field } } })
  })
})
