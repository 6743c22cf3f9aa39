import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServer } from '../../test/server/described.ts'
import type { Query, Scorer } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import type { DrawPolicy } from '../evaluation/decide.ts'
import type { Decision } from '../serving/decision.ts'
import { decideAgain } from '../serving/decisions.ts'
import { storeHistories } from '../serving/histories.ts'
import type { ServedModel } from '../serving/models.ts'
import { openStore } from '../serving/store/open.ts'
import type { NewEvent, Store } from '../serving/store/store.ts'
import type { nextAnswer, recommendationAnswer } from './schema.ts'

type Answer = (typeof recommendationAnswer)['_output']
type Page = (typeof nextAnswer)['_output']

const folder = mkdtempSync(join(tmpdir(), 'records-'))
let store: Store
beforeAll(async () => {
  store = await openStore(`sqlite:${join(folder, 'store.db')}`)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const names = Array.from({ length: 20 }, (_, i) => `i${i}`)
const dataset = buildDataset('shop', {
  user: names.map((_, i) => `u${i % 4}`),
  item: names,
  domain: names.map(() => 'shop'),
})
/** Depends on all of the history, in its order, and its values. */
const scorer: Scorer = {
  async score(queries, { start, end }) {
    const key = ({ history, values }: Query) =>
      history.reduce((sum, item, place) => sum + item * (place + 1) * (values?.[place] ?? 1), 0)
    return Float32Array.from(
      queries.flatMap((query) => Array.from({ length: end - start }, (_, i) => Math.sin(key(query) + 7 * (start + i)))),
    )
  },
}
const model: ServedModel = { name: 'm', model: scorer, dataset, weights: 'f00df00d' }
let told = 0
function happened(user: string, item: string, rest: Partial<NewEvent> = {}) {
  told++
  return store.appendEvents([{ source: 'test', id: `${told}`, type: 'view', user, item, timestamp: told, ...rest }])
}

function serve(policy: DrawPolicy) {
  const app = createServer({ models: [{ ...model, policy }], store })
  return async <T>(path: string, body: object): Promise<T> => {
    const headers = { 'Content-Type': 'application/json' }
    const response = await app.request(`/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(response.status).toBe(200)
    return (await response.json()) as T
  }
}

async function recorded({ id }: { id: string }): Promise<Decision> {
  await store.flush()
  return (await store.decision(id))!
}

const DRAWN: DrawPolicy = { kind: 'plackett-luce', temperature: 0.3, candidates: 9 }

describe('a record', () => {
  it('has the time of the clock that the server was given', async () => {
    let now = Date.UTC(2026, 0, 5)
    const app = createServer({ models: [model], store, now: () => now })
    const list = async () => {
      const headers = { 'Content-Type': 'application/json' }
      const response = await app.request('/v1/recommendations', { method: 'POST', headers, body: '{"domain":"shop"}' })
      return (await response.json()) as Answer
    }
    const first = await list()
    now += 86_400_000
    const second = await list()
    expect((await recorded(first)).at).toBe(Date.UTC(2026, 0, 5))
    expect((await recorded(second)).at).toBe(Date.UTC(2026, 0, 6))
    expect(first.id < second.id).toBe(true)
    expect((await recorded(first)).took).toBeGreaterThanOrEqual(0)
  })

  it.each<DrawPolicy>([
    { kind: 'greedy' },
    DRAWN,
    { kind: 'epsilon', share: 0.5, candidates: 9 },
    { kind: 'policy', acting: 'sampled' },
  ])('comes out the same to the bit when it is made again, after whatever has happened since: %j', async (policy) => {
    await happened('bob', 'i3', { value: 3 })
    await happened('bob', 'i5', { value: 1 })
    const post = serve(policy)
    const stored = await post<Answer>('/recommendations', { domain: 'shop', user: 'bob', k: 6, exclude: ['i8'] })
    const sent = await post<Answer>('/recommendations', { domain: 'shop', user: 'bob', k: 6, history: ['i2'] })
    const ranked = await post<Answer>('/rankings', {
      domain: 'shop',
      user: 'bob',
      candidates: ['i2', 'new', 'i3', 'i1'],
    })
    await happened('bob', 'i9', { value: 5 })
    await post<Page>(`/recommendations/${stored.id}/next`, { k: 5 })
    expect((await recorded(stored)).items).toHaveLength(11)
    for (const answer of [stored, sent, ranked])
      expect(await decideAgain(await recorded(answer), model, storeHistories(store))).toEqual({ kind: 'same' })
    expect(Number(stored.historySequence)).toBe((await recorded(stored)).historySequence)
    expect(sent).not.toHaveProperty('historySequence')
    // What happened since does count for the next list.
    const later = await post<Answer>('/recommendations', { domain: 'shop', user: 'bob', k: 6 })
    expect(Number(later.historySequence)).toBeGreaterThan(Number(stored.historySequence))
    expect(later.policy.candidatesHash).not.toBe(stored.policy.candidatesHash)
  })

  it('is told from what it should be', async () => {
    await happened('eve', 'i3')
    await happened('eve', 'i4')
    const record = await recorded(await serve(DRAWN)('/recommendations', { domain: 'shop', user: 'eve' }))
    const again = (change: Partial<Decision>, served = model) =>
      decideAgain({ ...record, ...change }, served, storeHistories(store))
    const changed = (place: number, change: object) =>
      record.items.map((item, index) => (index === place ? { ...item, ...change } : item))
    expect(await again({ items: changed(1, { score: 0.5 }) })).toMatchObject({ why: /score of drawn place 2 was 0.5/ })
    expect(await again({ items: changed(2, { propensity: 0.1 }) })).toMatchObject({
      why: /propensity of drawn place 3/,
    })
    expect(await again({ items: changed(0, { item: 'i99' }) })).toMatchObject({ why: /item of drawn place 1 was i99/ })
    expect(await again({ id: 'r_another' })).toMatchObject({ kind: 'different' })
    expect(await again({ historySequence: 1 })).toMatchObject({ why: /other items or scores/ })
    expect(await again({}, { ...model, weights: 'beef' })).toEqual({ kind: 'other-weights' })
  })
})

it('a new page is of the draw that was begun, whatever the user did since', async () => {
  await happened('pam', 'i3')
  const post = serve(DRAWN)
  const first = await post<Answer>('/recommendations', { domain: 'shop', user: 'pam', k: 4 })
  const page = await post<Page>(`/recommendations/${first.id}/next`, { k: 4 })
  await happened('pam', page.items[0].item)
  const again = await post<Page>(`/recommendations/${first.id}/next`, { k: 4, after: 4 })
  expect(again).toEqual(page)
})

it('a record tells which of its items were seen', async () => {
  const { id, items } = await serve(DRAWN)<Answer>('/recommendations', { domain: 'shop', user: 'kim', k: 3 })
  const [first, second] = items.map(({ item }) => item)
  const [at, seen] = [Date.now(), { type: 'impression', recommendation: id }]
  await happened('kim', first, { timestamp: at })
  await store.appendEvents([
    { source: 'test', id: 'seen', user: 'kim', ...seen, shown: [first, second], timestamp: at },
    { source: 'test', id: 'later', user: 'kim', ...seen, item: second, timestamp: at + 5 },
    {
      source: 'test',
      id: 'other',
      user: 'kim',
      type: 'impression',
      recommendation: 'r_x',
      shown: ['i1'],
      timestamp: at,
    },
    { source: 'test', id: 'who', user: 'lee', ...seen, shown: ['i1'], timestamp: at },
  ])
  const app = createServer({ models: [model], store })
  const record = await (await app.request(`/v1/recommendations/${id}`)).json()
  expect(record).toMatchObject({
    id,
    impressions: [
      { at, shown: [first, second] },
      { at: at + 5, shown: [second] },
    ],
  })
})

it('users and items that nobody has heard of take no list down where there is a store', async () => {
  const post = serve({ kind: 'greedy' })
  const answer = await post<Answer>('/recommendations', { domain: 'shop', user: 'nobody', history: ['new'], k: 3 })
  expect(answer).toMatchObject({ ignored: ['user', 'history[0]'], historyUsed: 0 })
  expect(answer.items).toHaveLength(3)
})
