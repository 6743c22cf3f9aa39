import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createServer } from '../../../test/server/described.ts'
import { buildDataset } from '../../data/index.ts'
import { openStore } from '../../serving/store/open.ts'
import type { Store } from '../../serving/store/store.ts'

const folder = mkdtempSync(join(tmpdir(), 'trainings-'))
const dataset = buildDataset('shop', { user: ['ann'], item: ['a'], domain: ['books'] })
const model = { score: async (queries: readonly unknown[]) => new Float32Array(queries.length) }
const VERDICT = {
  ...{ passed: false, reason: 'worse', metric: 'ndcg@10', cases: 40 },
  difference: { mean: -0.1, low: -0.15, high: -0.05 },
  domains: { books: 'harmed' },
}
let store: Store
beforeAll(async () => {
  store = await openStore(`sqlite:${join(folder, 'store.db')}`)
  await store.putDocument('job', 'training-monday', {
    status: 'kept',
    reason: 'worse',
    started: 1,
    ended: 2,
    sequence: 7,
    verdict: VERDICT,
  })
  await store.putDocument('job', 'training-tuesday', {
    status: 'running',
    started: 3,
    sequence: 9,
    verdict: { of: 'a later release' },
  })
  await store.putDocument('job', 'retraining', { taken: 3 })
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

it('are asked for, listed and ended', async () => {
  const told: string[] = []
  let isOn = false
  const retrainer = {
    start: () => {
      told.push('start')
      const begins = !isOn
      isOn = true
      return begins
    },
    stop: () => {
      told.push('stop')
      const ends = isOn
      isOn = false
      return ends
    },
  }
  const app = createServer({ models: [{ name: 'first', model, dataset }], store, retrainer })
  const ask = async (method: string, path: string) => {
    const response = await app.request(`/v1/trainings${path}`, { method })
    return [
      response.status,
      (await response.json()) as { [key: string]: unknown; error?: { message: string } },
    ] as const
  }
  const [monday, tuesday] = [
    { name: 'monday', status: 'kept', reason: 'worse', started: 1, ended: 2, sequence: '7', verdict: VERDICT },
    { name: 'tuesday', status: 'running', started: 3, sequence: '9' },
  ]
  expect(await ask('GET', '')).toEqual([200, { trainings: [tuesday, monday] }])
  expect(await ask('GET', '/monday')).toEqual([200, monday])
  expect((await ask('GET', '/sunday'))[0]).toBe(404)

  expect(await ask('POST', '')).toEqual([202, { status: 'started' }])
  expect((await ask('POST', ''))[0]).toBe(409)
  expect((await ask('DELETE', '/monday'))[1].error?.message).toBe("the training 'monday' has ended: kept")
  expect((await ask('DELETE', '/sunday'))[0]).toBe(404)
  expect(told).toEqual(['start', 'start'])
  expect(await ask('DELETE', '/tuesday')).toEqual([202, { status: 'stopping' }])
  expect((await ask('DELETE', '/tuesday'))[1].error?.message).toBe("another server trains 'tuesday'; ask that one")
})

it('are nothing to ask for where a server has no plan', async () => {
  const app = createServer({ models: [{ name: 'first', model, dataset }], store })
  for (const [method, path] of [
    ['POST', ''],
    ['DELETE', '/tuesday'],
  ])
    expect((await app.request(`/v1/trainings${path}`, { method })).status).toBe(404)
})
