import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Decision } from '../../decision.ts'
import { openStore } from '../../store/open.ts'
import type { NewEvent, Store } from '../../store/store.ts'
import type { Experiment } from '../experiment.ts'
import { readCourse, readExperimentOut } from './index.ts'
import { observe, observeCourse } from './observe.ts'

const START = Date.UTC(2026, 2, 2)
const HOUR = 3_600_000
const DAY = 24 * HOUR

const { name, ...body }: Experiment = {
  name: 'mixed-or-twin',
  status: 'running',
  startedAt: START,
  arms: [{ name: 'mixed' }, { name: 'twin' }],
  metrics: [
    { name: 'purchases', reward: 'purchase:24h' },
    { name: 'revenue', reward: 'purchase:24h:value' },
  ],
  guardrails: [{ name: 'returns', reward: 'return:48h:count', lessIsBetter: true, margin: 0.1 }],
  weighings: [{ from: START, coverage: 1, weights: [1, 1] }],
}

let folder: string
let store: Store
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-readout-'))
  store = await openStore(`sqlite:${join(folder, 'store.db')}`)
  const list = (id: string, user: string, arm: string, hours: number, more: Partial<Decision> = {}) =>
    store.putDecision({
      ...{ id, user, at: START + hours * HOUR, domain: 'books', model: 'm', weights: 'w', policy: { kind: 'greedy' } },
      ...{ asked: { k: 1, maskSeen: false }, candidatesHash: 'c', experiment: { name, arm } },
      items: [{ item: 'a', score: 1, rank: 1, propensity: 1, source: 'model' }],
      ...more,
    } as Decision)
  list('r_1', 'ann', 'mixed', 1)
  list('r_2', 'ann', 'mixed', 30, { took: 4, domain: 'games', asked: { k: 3, maskSeen: false } })
  list('r_3', 'bob', 'twin', 2, { took: 8 })
  list('r_4', 'bob', 'mixed', 3)
  list('r_tester', 'eve', 'twin', 2, { experiment: { name, arm: 'twin', override: true } })
  list('r_other', 'dan', 'twin', 2, { experiment: { name: 'another', arm: 'twin' } })
  list('r_none', 'dan', 'twin', 2, { experiment: undefined })
  list('r_before', 'dan', 'twin', -1)
  list('r_late', 'dan', 'twin', 9 * 24)
  await store.flush()
  let told = 0
  const event = (type: string, user: string, hours: number, more: Partial<NewEvent> = {}): NewEvent => ({
    ...{ source: 'test', id: `${told++}`, type, user, item: 'a', domain: 'books', timestamp: START + hours * HOUR },
    ...more,
  })
  await store.appendEvents([
    event('purchase', 'ann', 2, { recommendation: 'r_1', value: 10 }),
    event('purchase', 'ann', 3, { recommendation: 'r_1', value: 5 }),
    event('purchase', 'ann', 26, { recommendation: 'r_1', value: 100 }),
    event('purchase', 'ann', 31, { recommendation: 'r_2', value: 7, domain: 'games' }),
    event('purchase', 'ann', 4, { value: 1000 }),
    event('return', 'ann', 40, { recommendation: 'r_1' }),
    event('return', 'ann', 41, { recommendation: 'r_1' }),
    event('impression', 'ann', 1, { recommendation: 'r_1', shown: ['a'] }),
    event('impression', 'ann', 1.1, { recommendation: 'r_1', shown: ['a'] }),
    event('purchase', 'bob', -1, { value: 3 }),
    event('purchase', 'bob', -24 * 20, { value: 3 }),
    event('purchase', 'bob', 2.5, { recommendation: 'r_tester' }),
  ])
  await store.putDocument('experiment', name, JSON.parse(JSON.stringify(body)))
})
afterAll(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

it('counts what came of the lists of an experiment, within its window, by service', async () => {
  const { columns, until } = await observe(store, { name, ...body }, { now: START + 10 * DAY })
  expect(until).toBe(START + 8 * DAY)
  expect(columns.domains).toEqual(['books', 'games'])
  expect(columns.users).toBe(2)
  expect([...columns.arm]).toEqual([0, 1])
  expect([...columns.strayed]).toEqual([0, 1])
  expect(columns.lists.map((one) => [...one])).toEqual([[1, 2], [1, 0]]) // biome-ignore format: a row a service
  expect(columns.seen?.map((one) => [...one])).toEqual([[1, 0], [0, 0]]) // biome-ignore format: a row a service
  expect(columns.short?.map((one) => [...one])).toEqual([[0, 0], [1, 0]]) // biome-ignore format: a row a service
  expect(columns.latency).toEqual({ milliseconds: Float64Array.of(4, 8), lists: Float64Array.of(1, 1) })
  const after = (metric: string) => columns.rewards.get(metric)?.after.map((one) => [...one])
  expect(after('purchases')).toEqual([[1, 0], [1, 0]]) // biome-ignore format: a row a service
  expect(after('revenue')).toEqual([[15, 0], [7, 0]]) // biome-ignore format: a row a service
  expect(after('returns')).toEqual([[2, 0], [0, 0]]) // biome-ignore format: a row a service
  expect(columns.rewards.get('revenue')?.before?.map((one) => [...one])).toEqual([[0, 3], [0, 0]]) // biome-ignore format: a row a service
})

it('counts no list whose window is open, and reads an experiment that nobody met', async () => {
  const { columns } = await observe(store, { name, ...body }, { now: START + 3 * DAY })
  expect(columns.lists.map((one) => [...one])).toEqual([[1, 2]])
  const early = await readExperimentOut(store, name, { now: START + DAY })
  expect(early.decision.says).toContain('nobody has had a list')
})

it('says what it cannot read', async () => {
  await expect(readExperimentOut(store, 'mixed-or-twn', { now: START })).rejects.toMatchObject({ code: 'unknown-name' })
  const draft = { name, ...body, status: 'draft' as const, startedAt: undefined }
  await expect(observe(store, draft, { now: START })).rejects.toMatchObject({ code: 'mismatch' })
})

it('is a readout, in the order in which it is to be read', async () => {
  const read = await readExperimentOut(store, name, { now: START + 30 * DAY })
  expect(Object.keys(JSON.parse(JSON.stringify(read)))).toEqual(
    expect.arrayContaining(['experiment', 'sound', 'users', 'metrics', 'guardrails', 'decision']),
  )
  expect(read.decision.kind).toBe('unsound')
  expect(read.sound.exposures.status).toBe('unsound')
})

it('knows of every moment what was to be observed then, from one look', async () => {
  const now = START + 30 * DAY
  const course = await observeCourse(store, { name, ...body }, { now })
  for (let at = START; at <= now; at += 7 * HOUR)
    expect(course.at(at), new Date(at).toISOString()).toEqual(await observe(store, { name, ...body }, { now: at }))
})

it('tells the course of an experiment, whose moments are its readouts of then', async () => {
  const now = START + 10 * DAY
  const course = await readCourse(store, name, { now, points: 5 })
  expect(course).toHaveLength(5)
  expect(course[4].at).toBe(now)
  for (const { at, readout } of course) expect(readout).toEqual(await readExperimentOut(store, name, { now: at }))
  // It has just begun: there is one moment, of nobody.
  const [first, ...others] = await readCourse(store, name, { now: START + HOUR })
  expect(others).toEqual([])
  expect([...first.readout.users.values()]).toEqual([0, 0])
})

it('says of one that was stopped what it said while it ran, and at last what it says now', async () => {
  const stopped = { ...body, status: 'stopped', stoppedAt: START + 5 * DAY }
  await store.putDocument('experiment', 'stopped', JSON.parse(JSON.stringify(stopped)))
  const course = await readCourse(store, 'stopped', { now: START + 30 * DAY, points: 8 })
  expect(course.map(({ readout }) => readout.status)).toEqual([
    ...Array(4).fill('running'),
    ...Array(4).fill('stopped'),
  ])
  expect(course.at(-1)?.readout).toEqual(await readExperimentOut(store, 'stopped', { now: START + 30 * DAY }))
})
