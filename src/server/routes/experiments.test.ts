import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createServer } from '../../../test/server/described.ts'
import { type Scorer, scoringPairs } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { bucketOf } from '../../serving/experiments/hash.ts'
import {
  findExperiment,
  listExperiments,
  startExperiment,
  stopExperiment,
} from '../../serving/experiments/lifecycle.ts'
import { openStore } from '../../serving/store/open.ts'
import type { Store } from '../../serving/store/store.ts'
import type { ServerApp } from '../context.ts'
import type { recommendationAnswer, recordAnswer } from '../schema.ts'

type Answer = (typeof recommendationAnswer)['_output']
type Stored = (typeof recordAnswer)['_output']

const folder = mkdtempSync(join(tmpdir(), 'tributary-experiments-'))
const books = Array.from({ length: 12 }, (_, i) => `book${i}`)
const dataset = buildDataset('shop', {
  user: [...books, 'ann'],
  item: [...books, 'game'],
  domain: [...books.map(() => 'books'), 'games'],
})
const number = (item: number) => Number(dataset.items.name(item).slice(4))
let warmed = false
/** Fails once the server has warmed it. */
const failing: Scorer = {
  async score(queries, { start, end }) {
    if (warmed) throw new Error('broken')
    return new Float32Array(queries.length * (end - start))
  },
}
/** One likes later books, the other earlier ones. */
const models = [
  { name: 'later', model: scoringPairs((_, item) => number(item)), dataset, weights: '1a7e2' },
  { name: 'earlier', model: scoringPairs((_, item) => -number(item)), dataset, weights: 'ea21e' },
  { name: 'failing', model: failing, dataset },
]
let store: Store
let app: ServerApp
let replica: ServerApp

beforeAll(async () => {
  store = await openStore(`sqlite:${join(folder, 'shop.db')}`)
  app = createServer({ models, store, onError: (error) => failures.push(error) })
  replica = createServer({ models, store })
  await ask('PUT', '/placements/home', { domain: 'books' })
  await ask('PUT', '/placements/pinned', { domain: 'books', pin: ['book5'] })
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})
const failures: unknown[] = []

async function ask<T>(method: string, path: string, body?: object, status = 200): Promise<T> {
  const response = await app.request(`/v1${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  expect(response.status, text).toBe(status)
  return (text === '' ? undefined : JSON.parse(text)) as T
}
const recommend = (body: object) => ask<Answer>('POST', '/recommendations', { k: 2, placement: 'home', ...body })
const users = Array.from({ length: 60 }, (_, i) => `user${i}`)
const metrics = [{ name: 'bought', reward: 'purchase:24h' }]
const arms = [
  { name: 'control', use: { model: 'later' } },
  { name: 'treatment', use: { model: 'earlier' } },
]
const refusal = (message: RegExp, field?: string) => ({
  error: { message: expect.stringMatching(message), ...(field && { field }) },
})

/** An experiment that runs while a test does. */
async function running(name: string, body: object, test: () => Promise<void>): Promise<void> {
  await ask('PUT', `/experiments/${name}`, { metrics, arms, placement: 'home', ...body })
  await ask('POST', `/experiments/${name}/start`)
  try {
    await test()
  } finally {
    await ask('POST', `/experiments/${name}/stop`)
  }
}

describe('an experiment', () => {
  it('is put, started, stopped and taken away', async () => {
    const body = { metrics, arms, placement: 'home' }
    const draft = { name: 'life', ...body, status: 'draft', weighings: [] }
    expect(await ask('PUT', '/experiments/life', body)).toEqual(draft)
    expect((await recommend({ user: 'ann' })).experiment).toBeUndefined()
    const started = await ask<{ startedAt: number }>('POST', '/experiments/life/start')
    const weighings = [{ from: started.startedAt, coverage: 1, weights: [1, 1] }]
    expect(started).toEqual({ ...draft, status: 'running', startedAt: expect.any(Number), weighings })
    expect(await ask('GET', '/experiments')).toEqual({ experiments: [started] })
    expect((await recommend({ user: 'ann' })).experiment?.name).toBe('life')
    expect(await ask('DELETE', '/experiments/life', undefined, 409)).toMatchObject(refusal(/stop it first/))
    await ask('POST', '/experiments/life/stop')
    expect((await recommend({ user: 'ann' })).experiment).toBeUndefined()
    expect(await ask('POST', '/experiments/life/start', undefined, 409)).toMatchObject(refusal(/was stopped/))
    expect(await ask('PUT', '/experiments/life', body, 409)).toMatchObject(refusal(/stays as it was/))
    await store.putDocument('experiment', 'newer', { mode: 'switchback' })
    expect(await ask('PUT', '/experiments/newer', body, 409)).toMatchObject(refusal(/newer Tributary/))
    await store.deleteDocument('experiment', 'newer')
    await ask('DELETE', '/experiments/life', undefined, 204)
    expect(await ask('GET', '/experiments/life', undefined, 404)).toMatchObject(refusal(/unknown experiment 'life'/))
  })

  it.each([
    ['two arms of one name', { arms: [arms[0], arms[0]] }, 400, /two that are named 'control'/],
    ['a single arm', { arms: [arms[0]] }, 400, /one, the control/],
    ['a model that is not served', { arms: [arms[0], { name: 'b', use: { model: 'nobody' } }] }, 422, /'nobody'/],
    ['a placement that is not there', { placement: 'hme' }, 422, /unknown placement 'hme'; did you mean 'home'/],
    ['an override to no arm', { overrides: { ann: 'tretment' } }, 422, /did you mean 'treatment'/],
    ['a namespace without room', { namespace: { name: 'n', from: 0.5, to: 0.5 } }, 400, /nobody is between/],
    ['a reward that cannot be read', { metrics: [{ name: 'm', reward: 'purchase' }] }, 400, /purchase:24h/],
    ['arms of aa that differ', { mode: 'aa' }, 400, /all alike/],
    ['no metric', { metrics: undefined }, 400, /'metrics' is missing: it must be a list of 1 to 10 metrics/],
    ['no arm', { arms: [] }, 400, /'arms' must be a list of 1 to 20 arms, not \[\]/],
    [
      'an alias where there is none',
      { arms: [arms[0], { name: 'b', use: { alias: 'new' } }] },
      422,
      /; there is none$/,
    ],
    ['a guardrail named like a metric', { guardrails: [{ ...metrics[0], margin: 0.1 }] }, 400, /'bought'; give each/],
    ['weights without a sum', { arms: arms.map((arm) => ({ ...arm, weight: 1e308 })) }, 400, /too large/],
    ['no effect', { effect: 0 }, 400, /leave it out/],
    ['a forecast outside of itself', { forecast: { mean: 3, low: 2, high: 1, source: 'ope' } }, 400, /not between/],
  ])('is refused with %s', async (_, body, status, message) => {
    const answer = await ask('PUT', '/experiments/bad', { metrics, arms, ...body }, status)
    expect(answer).toMatchObject(refusal(message))
  })

  it('is not started where another one runs, unless no user is in both', async () => {
    const half = (from: number, to: number) => ({ namespace: { name: 'halves', from, to } })
    await running('first', half(0, 0.5), async () => {
      await ask('PUT', '/experiments/second', { metrics, arms })
      expect(await ask('POST', '/experiments/second/start', undefined, 409)).toMatchObject(refusal(/'first' runs in/))
      await running('third', half(0.5, 1), async () => {
        const names = new Map<string | undefined, number>()
        for (const user of users) {
          const { experiment } = await recommend({ user })
          names.set(experiment?.name, (names.get(experiment?.name) ?? 0) + 1)
        }
        expect([...names.keys()].sort()).toEqual(['first', 'third'])
        expect(Math.min(...names.values())).toBeGreaterThan(15)
      })
      await running('elsewhere', { placement: 'pinned' }, async () => {
        expect((await recommend({ user: 'ann', placement: 'pinned' })).experiment?.name).toBe('elsewhere')
      })
    })
  })
})

it('of two that are started at once in one place, at most one runs', async () => {
  const names = ['at-once', 'at-once-2']
  for (const name of names) await ask('PUT', `/experiments/${name}`, { metrics, arms })
  // Each server looks before the other has written.
  let looked = 0
  let go: (() => void) | undefined
  const both = new Promise<void>((resolve) => {
    go = resolve
  })
  const slow: Parameters<typeof startExperiment>[0] = {
    document: (kind, name) => store.document(kind, name),
    putDocument: (...given) => store.putDocument(...given),
    deleteDocument: (kind, name) => store.deleteDocument(kind, name),
    async documents(kind) {
      const found = await store.documents(kind)
      if (++looked === 2) go?.()
      await both
      return found
    },
  }
  const started = await Promise.allSettled(names.map((name) => startExperiment(slow, name, Date.now())))
  const refused = started.filter((one) => one.status === 'rejected')
  expect(refused.length).toBeGreaterThan(0)
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'mismatch' })
  const all = await listExperiments(store)
  const states = all.flatMap(({ name, status }) => (names.includes(name) ? [status] : []))
  expect(states.filter((status) => status === 'draft')).toHaveLength(refused.length)
  for (const name of names) {
    if ((await findExperiment(store, name)).status === 'running') await stopExperiment(store, name, Date.now())
    await ask('DELETE', `/experiments/${name}`, undefined, 204)
  }
})

describe('an answer under an A/B', () => {
  it('is of none where its arm has lost its placement, which is said once', async () => {
    await ask('PUT', '/placements/passing', {})
    const gone = [{ name: 'a', placement: 'passing' }, { name: 'b', placement: 'passing' }] // biome-ignore format: a row
    await running('gone', { arms: gone }, async () => {
      await ask('DELETE', '/placements/passing', undefined, 204)
      failures.length = 0
      for (const user of ['user1', 'user1', 'user1']) expect((await recommend({ user })).experiment).toBeUndefined()
      expect(failures).toMatchObject([{ message: expect.stringMatching(/^the arm '.' of 'gone' has no placement/) }])
    })
  })

  it('is of the arm of the hash, and its record says so', async () => {
    await running('ab', {}, async () => {
      for (const user of users.slice(0, 20)) {
        const answer = await recommend({ user })
        const arm = bucketOf('ab', user) < 0.5 ? 'control' : 'treatment'
        expect(answer.experiment).toEqual({ name: 'ab', arm })
        expect(answer.model).toBe(arm === 'control' ? 'later@1a7e2' : 'earlier@ea21e')
        expect(answer.items[0].item).toBe(arm === 'control' ? 'book11' : 'book0')
        expect((await ask<Stored>('GET', `/recommendations/${answer.id}`)).experiment).toEqual({ name: 'ab', arm })
        const next = await ask<Answer>('POST', `/recommendations/${answer.id}/next`, { k: 1 })
        expect(next.items.map(({ item }) => item)).toEqual([arm === 'control' ? 'book9' : 'book2'])
      }
      expect(await (await app.request('/metrics')).text()).toMatch(
        /tributary_experiment_lists_total\{experiment="ab",arm="control"\} \d/,
      )
    })
  })

  it('is of none for strangers, for who names a model, and elsewhere', async () => {
    await running('bounds', { coverage: 0.5 }, async () => {
      expect((await recommend({})).experiment).toBeUndefined()
      expect((await recommend({ user: 'user1', model: 'later' })).experiment).toBeUndefined()
      expect((await recommend({ user: 'user1', placement: 'pinned' })).experiment).toBeUndefined()
      const taken = await Promise.all(users.map(async (user) => (await recommend({ user })).experiment !== undefined))
      expect(taken).toEqual(users.map((user) => bucketOf('bounds', user) % 0.5 < 0.25))
    })
  })

  it('is of the service of its place where the placement of its arm names none', async () => {
    await ask('PUT', '/placements/anywhere', { pin: ['book5'] })
    const arms = [{ name: 'plain' }, { name: 'pinning', placement: 'anywhere' }]
    await running('any-service', { arms, overrides: { ann: 'pinning' } }, async () => {
      expect((await recommend({ user: 'ann' })).items[0].item).toBe('book5')
    })
  })

  it('is put together by the placement of its arm, also on its next page', async () => {
    const own = [{ name: 'plain' }, { name: 'pinning', placement: 'pinned' }]
    await running('settings', { arms: own, overrides: { tester: 'pinning' } }, async () => {
      const answer = await recommend({ user: 'tester' })
      expect(answer.placement).toBe('home')
      expect(answer.items.map(({ source }) => source)).toEqual(['pinned', 'model'])
      const stored = await ask<Stored>('GET', `/recommendations/${answer.id}`)
      const told = { name: 'settings', arm: 'pinning', placement: 'pinned', override: true }
      expect(stored.experiment).toEqual(told)
    })
  })

  it('assigns sessions where it is told to', async () => {
    await running('visits', { unit: 'session' }, async () => {
      expect((await recommend({ user: 'ann' })).experiment).toBeUndefined()
      for (const session of users.slice(0, 5)) {
        const arm = bucketOf('visits', session) < 0.5 ? 'control' : 'treatment'
        expect((await recommend({ user: 'ann', session })).experiment).toEqual({ name: 'visits', arm })
      }
    })
  })
})

describe('an arm', () => {
  const answered = async (user: string) => (await recommend({ user })).experiment?.arm
  const assigned = (name: string, unit: string) => ask<object>('GET', `/experiments/${name}/assignments/${unit}`)

  it('stays where weights and coverage change, and who comes later gets one by the new ones', async () => {
    const body = { metrics, arms, placement: 'home', coverage: 0.8 }
    await running('kept', body, async () => {
      const [before, after] = [users.slice(0, 30), users.slice(30)]
      const met = await Promise.all(before.map(answered))
      await store.flush()
      const mostly = [arms[0], { ...arms[1], weight: 9 }]
      const told = await ask<{ weighings: object[] }>('PUT', '/experiments/kept', {
        ...body,
        arms: mostly,
        coverage: 1,
      })
      expect(told.weighings).toMatchObject([
        { weights: [1, 1], coverage: 0.8 },
        { weights: [1, 9], coverage: 1 },
      ])
      const byNow = (user: string) => (bucketOf('kept', user) < 0.1 ? 'control' : 'treatment')
      // Who took no part before is as new as who comes later.
      expect(await Promise.all(before.map(answered))).toEqual(before.map((user, i) => met[i] ?? byNow(user)))
      expect(await Promise.all(after.map(answered))).toEqual(after.map(byNow))
      const moved = before.find((user, i) => met[i] !== undefined && met[i] !== byNow(user)) as string
      expect(await assigned('kept', moved)).toEqual({
        experiment: 'kept',
        unit: moved,
        arm: met[before.indexOf(moved)],
        override: false,
        at: expect.any(Number),
        several: false,
      })
      // A change that is none is none.
      expect(await ask('PUT', '/experiments/kept', { ...body, arms: mostly, coverage: 1 })).toEqual(told)
      const other = { ...body, metrics: [{ name: 'seen', reward: 'view:1h' }] }
      expect(await ask('PUT', '/experiments/kept', other, 409)).toMatchObject(refusal(/'metrics' stays as it is/))
    })
  })

  it('of a visitor who logs in is the one that was met first, on every server', async () => {
    await running('login', {}, async () => {
      const arm = (user: string) => (bucketOf('login', user) < 0.5 ? 'control' : 'treatment')
      const guest = users.find((user) => arm(user) === 'treatment') as string
      const known = users.find((user) => arm(user) === 'control') as string
      expect(await answered(guest)).toBe('treatment')
      await store.flush()
      await ask('POST', `/users/${guest}/merge`, { into: known })
      const told = { arm: 'treatment', several: false }
      await vi.waitFor(async () => expect(await assigned('login', known)).toMatchObject(told), 5000)
      expect([await answered(known), await answered(guest)]).toEqual(['treatment', 'treatment'])
      const body = JSON.stringify({ placement: 'home', user: known })
      const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }
      await vi.waitFor(async () => {
        const answer = await replica.request('/v1/recommendations', init)
        expect(await answer.json()).toMatchObject({ experiment: { name: 'login', arm: 'treatment' } })
      }, 5000)
    })
  })

  it('is not given to whoever takes no part', async () => {
    await running('few', { coverage: 0 }, async () => {
      expect(await assigned('few', 'ann')).toEqual({ experiment: 'few', unit: 'ann', override: false, several: false })
    })
  })
})

describe('an interleaved list', () => {
  const mode = { mode: 'interleave' }
  const teams = ({ items }: { items: Answer['items'] }) => items.map(({ item, team }) => `${item} ${team}`)

  it('has picks of both arms in turn, on all of its pages, and its record says who picked what', async () => {
    await running('mixed', mode, async () => {
      const starters = new Set<string | undefined>()
      for (const user of users.slice(0, 12)) {
        const answer = await recommend({ user, k: 3 })
        const starter = answer.experiment?.arm
        starters.add(starter)
        const both = [
          ['book11', 'book10', 'book9'].map((item) => `${item} control`),
          ['book0', 'book1', 'book2'].map((item) => `${item} treatment`),
        ]
        const [first, second] = starter === 'control' ? both : both.reverse()
        expect(teams(answer)).toEqual([first[0], second[0], first[1]])
        expect(answer.items.map(({ rank, propensity }) => [rank, propensity])).toEqual([
          [1, 0.5],
          [2, 1],
          [3, 1],
        ])
        const next = await ask<Answer>('POST', `/recommendations/${answer.id}/next`, { k: 2 })
        expect(teams(next)).toEqual([second[1], first[2]])
        await store.flush()
        const stored = await ask<Stored>('GET', `/recommendations/${answer.id}`)
        expect(stored.items).toEqual([...answer.items, ...next.items])
        expect(stored.experiment).toEqual({ name: 'mixed', arm: starter, mode: 'interleave' })
        expect(stored.interleaved?.map(({ arm, model }) => [arm, model])).toEqual([
          ['control', 'later'],
          ['treatment', 'earlier'],
        ])
      }
      expect([...starters].sort()).toEqual(['control', 'treatment'])
      await store.flush()
      expect((await store.assignments({ experiment: 'mixed', limit: 1 })).rows).toEqual([])
    })
  })

  it('is that of the arm for a tester, and of no experiment where an arm fails', async () => {
    const broken = [arms[0], { name: 'treatment', use: { model: 'failing' } }]
    await running('half', { ...mode, arms: broken, overrides: { tester: 'control' } }, async () => {
      expect((await recommend({ user: 'tester' })).items.map(({ item }) => item)).toEqual(['book11', 'book10'])
      warmed = true
      failures.length = 0
      const answer = await recommend({ user: 'ann' })
      expect(answer.experiment).toBeUndefined()
      expect(answer.items.map(({ item, team }) => [item, team])).toEqual([
        ['book11', undefined],
        ['book10', undefined],
      ])
      expect(failures).toMatchObject([{ message: 'broken' }])
    })
  })
})

it('a shadow is kept with the list that was shown, and nobody sees it', async () => {
  await running('beside', { mode: 'shadow' }, async () => {
    const answer = await recommend({ user: 'ann' })
    expect(answer.experiment).toEqual({ name: 'beside', arm: 'control' })
    expect(answer.items.map(({ item }) => item)).toEqual(['book11', 'book10'])
    const stored = await vi.waitFor(async () => {
      const found = await ask<Stored>('GET', `/recommendations/${answer.id}`)
      expect(found.shadow).toBeDefined()
      return found
    }, 5000)
    expect(stored.items).toEqual(answer.items)
    expect(stored.shadow).toMatchObject([
      { arm: 'treatment', model: 'earlier', weights: 'ea21e', items: [{ item: 'book0', rank: 1 }, { item: 'book1' }] },
    ])
    // What is answered next has the shadow still.
    await ask('POST', `/recommendations/${answer.id}/next`, { k: 1 })
    expect((await ask<Stored>('GET', `/recommendations/${answer.id}`)).shadow).toEqual(stored.shadow)
  })
})
