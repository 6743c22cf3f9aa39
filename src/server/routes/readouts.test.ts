import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createServer } from '../../../test/server/described.ts'
import { scoringPairs } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import type { Readout } from '../../serving/experiments/readout/index.ts'
import { openStore } from '../../serving/store/open.ts'
import type { Store } from '../../serving/store/store.ts'
import type { ServerApp } from '../context.ts'

const START = Date.UTC(2026, 2, 2)
const DAY = 86_400_000
const folder = mkdtempSync(join(tmpdir(), 'tributary-readouts-'))
const dataset = buildDataset('shop', {
  user: ['ann', 'ann', 'bob', 'bob'],
  item: ['book1', 'book2', 'game1', 'game2'],
  domain: ['books', 'books', 'games', 'games'],
})
const model = scoringPairs(() => 0)
const models = ['twin', 'mixed'].map((name) => ({ name, model, dataset, weights: name }))
let now = START
let store: Store
let app: ServerApp
beforeAll(async () => {
  store = await openStore(`sqlite:${join(folder, 'shop.db')}`)
  app = createServer({ models, store, now: () => now })
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Answer {
  readonly id: string
  readonly items: readonly { readonly item: string }[]
  readonly experiment: { readonly arm: string }
}

async function ask<T>(method: string, path: string, body?: object, status = 200): Promise<T> {
  const response = await app.request(`/v1${path}`, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  expect(response.status, text).toBe(status)
  return JSON.parse(text) as T
}

it('reads out what was served and told over HTTP, by service', async () => {
  const path = '/experiments/mixed-or-twin'
  await ask('PUT', path, {
    arms: models.map(({ name }) => ({ name, use: { model: name } })),
    metrics: [{ name: 'bought', reward: 'purchase:24h' }],
  })
  await ask('GET', `${path}/readout`, undefined, 409)
  await ask('POST', `${path}/start`)
  const rng = createRng(1)
  // A purchase in five, and in books two in five of who has the mixed model.
  const events: object[] = []
  for (let user = 0; user < 240; user += 40) {
    now = START + user * 3000
    const visits = Array.from({ length: 80 }, (_, i) => ({
      user: `u${user + (i >> 1)}`,
      domain: i % 2 ? 'games' : 'books',
      k: 1,
    }))
    const answers = await Promise.all(visits.map((asked) => ask<Answer>('POST', '/recommendations', asked)))
    for (const [i, { id, items, experiment }] of answers.entries()) {
      const told = { user: visits[i].user, recommendation: id, item: items[0].item, timestamp: now + 1000 }
      events.push({ ...told, id: `i${id}`, type: 'impression' })
      const rate = visits[i].domain === 'books' && experiment.arm === 'mixed' ? 0.6 : 0.2
      if (rng.float() < rate) events.push({ ...told, id: `p${id}`, type: 'purchase' })
    }
  }
  await ask('POST', '/events', { events })
  await store.flush()
  now = START + 8 * DAY
  const readout = await ask<Readout & { metrics: Record<string, { domains: Record<string, { verdict: string }> }> }>(
    'GET',
    `${path}/readout`,
  )
  expect(Object.values(readout.users).reduce((sum, count) => sum + count, 0)).toBe(240)
  expect(readout.sound.srm.status).toBe('sound')
  expect(readout.sound.eventLoss.status).toBe('sound')
  expect(readout.metrics.bought.domains.books.verdict).toBe('better')
  expect(readout.metrics.bought.domains.games.verdict).toBe('no difference')
  expect(readout.decision.says).toMatch(/^ship in books, go on in games/)
})

it('tells its course, which ends at its readout', async () => {
  const path = '/experiments/mixed-or-twin/readout'
  const readout = await ask<{ metrics: { bought: { overall: Reading } }; decision: object }>('GET', path)
  const { moments } = await ask<{ moments: Moment[] }>('GET', `${path}/course?points=4`)
  expect(moments).toHaveLength(4)
  const [{ arms, at, users }] = moments.slice(-1)
  const { difference, anytime, verdict } = readout.metrics.bought.overall
  expect(at).toBe(now)
  expect(users).toEqual({ twin: expect.any(Number), mixed: expect.any(Number) })
  expect(arms[0].metrics.bought.overall).toMatchObject({ mean: difference.mean, ...bounds(anytime), verdict })
  expect(readout.decision).toMatchObject(arms[0].decision)
  await ask('GET', `${path}/course?points=0`, undefined, 400)
})

interface Reading {
  readonly difference: { readonly mean: number }
  readonly anytime: { readonly low: number; readonly high: number }
  readonly verdict: string
}
interface Moment {
  readonly at: number
  readonly users: object
  readonly arms: readonly { readonly decision: object; readonly metrics: { bought: { overall: object } } }[]
}
const bounds = ({ low, high }: Reading['anytime']) => ({ low, high })

it('says which experiment there is not', async () => {
  const answer = await ask<{ error: { message: string } }>('GET', '/experiments/mixed-or-twn/readout', undefined, 404)
  expect(answer.error.message).toContain("did you mean 'mixed-or-twin'")
})
