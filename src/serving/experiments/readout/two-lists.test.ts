import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRng } from '../../../math/index.ts'
import type { Decision } from '../../decision.ts'
import { openStore } from '../../store/open.ts'
import type { NewEvent, Store } from '../../store/store.ts'
import type { Experiment } from '../experiment.ts'
import { readCourse, readExperimentOut } from './index.ts'
import { type InterleavedColumns, interleavedReadout, observeInterleaved } from './interleaved.ts'

const START = Date.UTC(2026, 2, 2)
const DAY = 86_400_000
const experiment: Experiment = {
  name: 'twice',
  mode: 'interleave',
  status: 'running',
  startedAt: START,
  arms: [{ name: 'twin' }, { name: 'mixed' }],
  metrics: [{ name: 'clicks', reward: 'click:1h:count' }],
  weighings: [{ from: START, coverage: 1, weights: [1, 1] }],
}

/** Users who click now and then, and prefer the treatment's items by so much. */
function clicks(seed: number, users: number, preference: readonly number[], started: [number, number] = [500, 500]) {
  const rng = createRng(seed)
  const sides = [0, 1].map(() => preference.map(() => new Float64Array(users)))
  for (let user = 0; user < users; user++)
    for (const [place, share] of preference.entries())
      for (let click = rng.below(4); click > 0; click--) sides[rng.float() < share ? 1 : 0][place][user]++
  const columns: InterleavedColumns = {
    arms: ['twin', 'mixed'],
    users,
    domains: preference.map((_, place) => `service ${place}`),
    started,
    credits: new Map([['clicks', [sides[0], sides[1]]]]),
  }
  return columns
}

describe('an interleaved list', () => {
  const until = START + 8 * DAY

  it('says which arm users prefer, by service', () => {
    const { decision, metrics } = interleavedReadout(clicks(1, 1500, [0.6, 0.5, 0.38]), experiment, { until })
    const { domains } = metrics.get('clicks') ?? {}
    expect([...(domains?.values() ?? [])].map(({ verdict }) => verdict)).toEqual(['better', 'no difference', 'worse'])
    expect(domains?.get('service 0')?.treatment).toBeCloseTo(0.6, 1)
    expect(decision.says).toBe('mixed is preferred in service 0, twin is preferred in service 2: prove it by an A/B')
    expect(decision.byDomain.get('service 2')).toBe('roll back')
    // What was forecast of a metric is no preference.
    const forecast = { mean: 0.1, low: 0, high: 0.2, source: 'dr' }
    expect(interleavedReadout(clicks(1, 300, [0.6]), { ...experiment, forecast }, { until }).forecast).toBeUndefined()
  })

  it('calls few preferences that are not there, however often', () => {
    let wrong = 0
    for (let seed = 1; seed <= 30; seed++)
      wrong += Number(
        [...interleavedReadout(clicks(seed, 400, [0.5, 0.5]), experiment, { until }).metrics.values()].some(
          ({ overall, domains }) => [overall, ...domains.values()].some(({ verdict }) => verdict !== 'no difference'),
        ),
      )
    expect(wrong).toBeLessThanOrEqual(3)
  })

  it('is unsound where one arm begins more lists than chance lets it', () => {
    const columns = clicks(1, 1500, [0.6], [8000, 9000])
    expect(interleavedReadout(columns, experiment, { until }).decision.kind).toBe('unsound')
  })
})

describe('two lists in a store', () => {
  let folder: string
  let store: Store
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-two-lists-'))
    store = await openStore(`sqlite:${join(folder, 'store.db')}`)
    const items = (teams: readonly (string | undefined)[]) =>
      teams.map((team, i) => ({ item: `i${i}`, score: 1, rank: i + 1, propensity: 1, source: 'model', team }))
    const list = (id: string, user: string, more: object) =>
      store.putDecision({
        ...{ id, user, at: START + 1, domain: 'books', model: 'm', weights: 'w', policy: { kind: 'greedy' } },
        ...{ asked: { k: 3, maskSeen: false }, candidatesHash: 'c', ...more },
      } as Decision)
    list('r_1', 'ann', { experiment: { name: 'twice', arm: 'mixed', mode: 'interleave' }, items: items(['mixed', 'twin', 'twin']) }) // biome-ignore format: a row a list
    list('r_2', 'bob', { experiment: { name: 'twice', arm: 'twin', mode: 'interleave' }, items: items(['twin', 'mixed', undefined]) }) // biome-ignore format: a row a list
    const shadow = (names: readonly string[]) => [{ arm: 'mixed', items: names.map((item) => ({ item })) }]
    list('r_3', 'ann', { experiment: { name: 'beside', arm: 'twin', mode: 'shadow' }, items: items([undefined, undefined]), shadow: shadow(['i0', 'i9']) }) // biome-ignore format: a row a list
    list('r_4', 'bob', { experiment: { name: 'beside', arm: 'twin', mode: 'shadow' }, items: items([undefined, undefined]), shadow: shadow(['i1', 'i0']) }) // biome-ignore format: a row a list
    await store.flush()
    const click = (recommendation: string, item: string, user: string): NewEvent => ({
      ...{ source: 't', id: `${recommendation}${item}`, type: 'click', user, item, timestamp: START + 5 },
      recommendation,
    })
    await store.appendEvents([
      click('r_1', 'i0', 'ann'),
      click('r_1', 'i2', 'ann'),
      click('r_2', 'i1', 'bob'),
      click('r_2', 'i2', 'bob'),
      click('r_3', 'i1', 'ann'),
      click('r_4', 'i0', 'bob'),
    ])
    for (const [name, mode] of [['twice', 'interleave'], ['beside', 'shadow']]) // biome-ignore format: a row a pair
      await store.putDocument('experiment', name, JSON.parse(JSON.stringify({ ...experiment, name: undefined, mode })))
  })
  afterAll(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('give each arm what was taken of the items that it picked', async () => {
    const { columns } = await observeInterleaved(store, experiment, { now: START + DAY })
    expect(columns.started).toEqual([1, 1])
    const [twin, mixed] = columns.credits.get('clicks') ?? []
    expect([...(twin?.[0] ?? [])]).toEqual([1, 0])
    expect([...(mixed?.[0] ?? [])]).toEqual([1, 1])
    const read = await readExperimentOut(store, 'twice', { now: START + DAY })
    expect(read.metrics.get('clicks')?.overall).toMatchObject({ verdict: 'too few users', users: 2 })
    expect(read.decision.says).toBe('go on: no preference is shown')
  })

  it('have a course where somebody saw them', async () => {
    const course = await readCourse(store, 'twice', { now: START + DAY, points: 3 })
    for (const { at, readout } of course) expect(readout).toEqual(await readExperimentOut(store, 'twice', { now: at }))
    expect(course.map(({ readout }) => readout.users.get('mixed'))).toEqual([2, 2, 2])
    await expect(readCourse(store, 'beside', { now: START + DAY })).rejects.toMatchObject({ code: 'mismatch' })
  })

  it('say how far what nobody saw agrees with what was shown', async () => {
    const { agreement, decision } = await readExperimentOut(store, 'beside', { now: START + DAY })
    const { lists, overlap, first, kept } = agreement?.get('mixed')?.overall ?? {}
    expect({ lists, overlap, first, kept: kept?.get('clicks') }).toEqual({
      lists: 2,
      overlap: 0.75,
      first: 0.5,
      kept: 0.5,
    })
    expect(decision.says).toContain('75 % of the same items')
  })
})
