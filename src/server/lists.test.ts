import { beforeAll, describe, expect, it } from 'vitest'
import { createServer } from '../../test/server/described.ts'
import type { Policy, Query, Scorer } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import type { DrawPolicy } from '../evaluation/decide.ts'
import { asItActs } from '../serving/decisions.ts'
import type { ServerApp } from './context.ts'
import type { nextAnswer, recommendationAnswer, recordAnswer } from './schema.ts'

type Answer = (typeof recommendationAnswer)['_output']
type Page = (typeof nextAnswer)['_output']
type Stored = (typeof recordAnswer)['_output']

const names = Array.from({ length: 40 }, (_, i) => `i${i}`)
const dataset = buildDataset('shop', {
  user: names.map((_, i) => `u${i % 8}`),
  item: names,
  domain: names.map((_, i) => (i < 30 ? 'books' : 'games')),
})
/** Depends on all of the history, in its order. */
const scorer: Scorer = {
  async score(queries, { start, end }) {
    const key = ({ history }: Query) => history.reduce((sum, item, place) => sum + item * (place + 1), 0)
    return Float32Array.from(
      queries.flatMap((query) => Array.from({ length: end - start }, (_, i) => Math.sin(key(query) + 7 * (start + i)))),
    )
  },
}
const policy: DrawPolicy = { kind: 'plackett-luce', temperature: 0.4, candidates: 15 }
let app: ServerApp
beforeAll(() => {
  app = createServer({
    models: [
      { name: 'drawn', model: scorer, dataset, weights: 'f00df00df00d', policy },
      { name: 'plain', model: scorer, dataset },
    ],
  })
})

async function post<T>(path: string, body: object, status = 200, to = app): Promise<T> {
  const response = await to.request(`/v1${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(status)
  return (await response.json()) as T
}
const recommend = (body: object) => post<Answer>('/recommendations', { domain: 'books', ...body })
const record = async (id: string) => (await (await app.request(`/v1/recommendations/${id}`)).json()) as Stored
const itemsOf = ({ items }: { items: readonly { item: string }[] }) => items.map(({ item }) => item)

describe('an answer', () => {
  it('says how it was drawn, and has its record', async () => {
    const answer = await recommend({ user: 'u3', k: 4, session: 's-9', exclude: ['i2', 'nothing'] })
    expect(answer).toMatchObject({
      model: 'drawn@f00df0',
      policy: { ...policy, candidatesHash: expect.stringMatching(/^[0-9a-f]{16}$/) },
    })
    expect(answer.items.map(({ rank, source }) => [rank, source])).toEqual([1, 2, 3, 4].map((rank) => [rank, 'model']))
    for (const { propensity } of answer.items) {
      expect(propensity).toBeGreaterThan(0)
      expect(propensity).toBeLessThan(1)
    }
    const { candidatesHash, ...rest } = answer.policy
    expect(await record(answer.id)).toEqual({
      id: answer.id,
      at: expect.any(Number),
      took: expect.any(Number),
      user: 'u3',
      session: 's-9',
      domain: 'books',
      model: 'drawn',
      weights: 'f00df00df00d',
      policy: rest,
      candidatesHash,
      asked: { k: 4, maskSeen: true, exclude: ['i2', 'nothing'] },
      items: answer.items,
    })
  })

  it('is drawn anew for every request, unless nothing is drawn', async () => {
    const lists = new Set<string>()
    for (let i = 0; i < 8; i++) lists.add(itemsOf(await recommend({ user: 'u3', k: 5 })).join())
    expect(lists.size).toBeGreaterThan(4)
    const plain = await recommend({ user: 'u3', k: 5, model: 'plain' })
    expect(plain.policy.kind).toBe('greedy')
    expect(plain.items.map(({ propensity }) => propensity)).toEqual([1, 1, 1, 1, 1])
    expect(itemsOf(await recommend({ user: 'u3', k: 5, model: 'plain' }))).toEqual(itemsOf(plain))
  })

  it('has no record where none was wanted', async () => {
    const { id } = await recommend({ user: 'u3', log: false })
    expect((await app.request(`/v1/recommendations/${id}`)).status).toBe(404)
    expect(await post(`/recommendations/${id}/next`, {}, 404)).toMatchObject({ error: { field: 'id' } })
  })
})

describe('a next page', () => {
  it.each(['drawn', 'plain'])('goes on with the same draw to the last item (%s)', async (model) => {
    const first = await recommend({ history: ['i4', 'i9'], k: 6, model })
    const seen = [...first.items]
    for (let pages = 0; pages < 9; pages++) {
      const page = await post<Page>(`/recommendations/${first.id}/next`, { k: 5 })
      expect(page).toMatchObject({ id: first.id, model: first.model, domain: 'books' })
      seen.push(...page.items)
      expect((await record(first.id)).items).toEqual(seen)
      if (page.items.length < 5) break
    }
    expect(seen.map(({ rank }) => rank)).toEqual(Array.from({ length: 28 }, (_, i) => i + 1))
    expect(new Set(itemsOf({ items: seen })).size).toBe(28)
    expect(itemsOf({ items: seen })).not.toContain('i4')
    // The candidates are drawn, and what follows them stands in the order of the scores.
    const drawn = seen.filter(({ propensity }) => propensity < 1).length
    expect(drawn).toBe(model === 'drawn' ? 14 : 0)
    const rest = seen.slice(15).map(({ score }) => score)
    expect(rest).toEqual(rest.toSorted((a, b) => b - a))
  })

  it('can be asked for again', async () => {
    const first = await recommend({ user: 'u1', k: 6 })
    const next = (body: object) => post<Page>(`/recommendations/${first.id}/next`, body)
    const page = await next({ k: 5 })
    expect(await next({ k: 5, after: 6 })).toEqual(page)
    // A shorter one takes nothing from the record.
    expect((await next({ k: 2, after: 6 })).items).toEqual(page.items.slice(0, 2))
    expect((await record(first.id)).items).toEqual([...first.items, ...page.items])
    expect(await post(`/recommendations/${first.id}/next`, { after: 12 }, 400)).toMatchObject({
      error: { field: 'after' },
    })
  })
})

describe('POST /v1/rankings', () => {
  it('puts the items given in order, and says which it cannot', async () => {
    const body = { domain: 'books', user: 'u3', model: 'plain', candidates: ['i7', 'new', 'i3', 'i33', 'i12'] }
    const answer = await post<Answer>('/rankings', body)
    // i33 is of another domain; what the user had is ranked like the rest.
    const whole = itemsOf(await recommend({ user: 'u3', model: 'plain', maskSeen: false, k: 30 }))
    expect(itemsOf(answer)).toEqual(whole.filter((item) => ['i7', 'i3', 'i12'].includes(item)))
    expect(answer.ignored).toEqual(['candidates[1]'])
    expect(itemsOf(await post<Answer>('/rankings', { ...body, k: 1 }))).toEqual(itemsOf(answer).slice(0, 1))
    const masked = await post<Answer>('/rankings', { ...body, maskSeen: true })
    expect(itemsOf(masked)).not.toContain('i3')
    expect((await record(answer.id)).asked.candidates).toEqual(body.candidates)
    expect(await post('/rankings', { domain: 'books', candidates: [] }, 400)).toMatchObject({
      error: { field: 'candidates' },
    })
  })
})

it('lets a policy act as it was trained to: its items are drawn by softmax of its scores', async () => {
  const acting: Policy = { ...scorer, acting: 'sampled', remembers: 'log', avoidsLeaving: false }
  const served = createServer({ models: [{ name: 'policy', model: acting, dataset, ...asItActs(acting) }] })
  const answer = await post<Answer>('/recommendations', { domain: 'games', k: 10, history: ['i1'] }, 200, served)
  expect(answer.policy).toMatchObject({ kind: 'policy', acting: 'sampled' })
  const sum = answer.items.reduce((total, { score }) => total + Math.exp(score), 0)
  expect(answer.items).toHaveLength(10)
  expect(answer.items[0].propensity).toBeCloseTo(Math.exp(answer.items[0].score) / sum, 9)
})
