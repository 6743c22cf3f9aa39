import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDataset, writeDataset } from '../data/index.ts'
import { type ComparisonPlan, compare, verdictsOn } from './compare.ts'
import { compareRuns } from './compare-runs.ts'
import { entryOf } from './entry.ts'
import { outcomeOf } from './events.ts'
import type { ExperimentEvent } from './runner.ts'
import { transfer } from './transfer.ts'

const DOMAINS = ['books', 'games']
const TINY = { width: 4, inner: 4, layers: 1, heads: 1, maxLength: 6, epochs: 2 }

let folder: string
let plan: ComparisonPlan
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-compare-'))
  const rows = Array.from({ length: 240 }, (_, row) => ({ user: row % 24, turn: Math.floor(row / 24) }))
  const dataset = buildDataset('shop', {
    user: rows.map(({ user }) => `u${user}`),
    item: rows.map(({ user, turn }) => `${DOMAINS[turn % 2]}-${(user + turn * 3) % 8}`),
    domain: rows.map(({ turn }) => DOMAINS[turn % 2]),
    timestamp: rows.map(({ turn }) => turn),
  })
  await writeDataset(dataset, join(folder, 'shop'))
  plan = {
    entries: [entryOf('sasrec', { ...TINY, sequences: 'single' }, 'twin'), entryOf('sasrec', TINY, 'all')],
    datasetFolder: join(folder, 'shop'),
    out: join(folder, 'runs'),
    seeds: [1, 2],
    threads: 1,
  }
})
afterAll(() => rm(folder, { recursive: true }))

const shortly = (event: ExperimentEvent) => ('job' in event ? `${event.type} ${event.job.key}` : event.type)

describe('compare', () => {
  it('tells what it does in plain events, and takes what is there when asked again', async () => {
    const events: ExperimentEvent[] = []
    const { comparison, reused, runs } = await outcomeOf(compare(plan), (event) => events.push(event))
    expect(reused).toBe(0)
    expect([...verdictsOn(comparison, 'all').keys()]).toEqual(DOMAINS)
    expect(runs.map((own) => own.map(({ manifest }) => manifest.seed))).toEqual([
      [1, 2],
      [1, 2],
    ])

    const [estimated, planned] = events
    expect(estimated).toMatchObject({ type: 'estimated', estimate: { trainings: 4, finished: 0 } })
    if (planned.type !== 'planned') return expect.fail(`${planned.type} comes first`)
    expect(structuredClone(planned.jobs)).toEqual(planned.jobs)
    // All models with one seed, then with the next; each is begun, trained, evaluated, ended.
    const keys = ['twin/seed1', 'all/seed1', 'twin/seed2', 'all/seed2']
    expect(planned.jobs.map(({ key }) => key)).toEqual(keys)
    const told = events.slice(2).map(shortly)
    expect(told.filter((event, i) => event !== told[i - 1])).toEqual(
      keys.flatMap((key) => ['begun', 'training', 'evaluating', 'ended'].map((type) => `${type} ${key}`)),
    )
    const shares = events.flatMap((event) => (event.type === 'training' ? event.share : []))
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true)
    expect(shares.filter((share) => share === 1).length).toBeGreaterThanOrEqual(4)

    const again: ExperimentEvent[] = []
    const second = await outcomeOf(compare(plan), (event) => again.push(event))
    expect(second.reused).toBe(4)
    expect(again.some(({ type }) => type === 'training')).toBe(false)
    expect(second.comparison).toEqual(comparison)
  })

  it('takes a run of a version that lacked an option for one with its default', async () => {
    const path = join(folder, 'runs', 'all', 'seed1', 'manifest.json')
    const text = await readFile(path, 'utf8')
    const { decidedHash: _, ...manifest } = JSON.parse(text)
    delete manifest.config.metric
    await writeFile(path, JSON.stringify(manifest))
    const asked = (metric: string) =>
      outcomeOf(compare({ ...plan, seeds: [1], entries: [entryOf('sasrec', { ...TINY, metric }, 'all')] }))
    expect((await asked('ndcg@10')).reused).toBe(1)
    await expect(asked('mrr')).rejects.toThrow(`was begun with metric="ndcg@10", not "mrr"`)
    await writeFile(path, text)
  })

  it('left in the middle, lets go of its run, and goes on when asked again', async () => {
    const out = join(folder, 'left')
    const begun = { ...plan, out, seeds: [1] }
    for await (const event of compare(begun)) if (event.type === 'training' && event.event.type === 'epoch') break
    const { reused } = await outcomeOf(compare(begun))
    expect(reused).toBe(0)
    expect((await readdir(out)).sort()).toEqual(['all', 'twin'])
  })

  it('stops at its signal', async () => {
    const stop = new AbortController()
    const stopped = compare({ ...plan, out: join(folder, 'stopped'), signal: stop.signal })
    await expect(outcomeOf(stopped, ({ type }) => type === 'training' && stop.abort())).rejects.toMatchObject({
      code: 'interrupted',
    })
  })

  it('refuses models that are not measured alike before it trains one', async () => {
    const [twin] = plan.entries
    await expect(outcomeOf(compare({ ...plan, entries: [twin, twin] }))).rejects.toThrow('twin is listed twice')
  })
})

describe('runs that are there', () => {
  const at = (name: string) => join(folder, 'runs', name)
  const four = () => ['twin/seed1', 'all/seed2', 'twin/seed2', 'all/seed1'].map(at)

  it('are compared as if they had been trained for it, and nothing is written', async () => {
    const { comparison: trained } = await outcomeOf(compare(plan))
    const before = await readdir(folder, { recursive: true })
    const told: string[] = []
    const outcome = await outcomeOf(compareRuns({ runs: four(), threads: 1 }), (event) => told.push(event.type))
    const { comparison, entries, reused, runs } = outcome
    expect(await readdir(folder, { recursive: true })).toEqual(before)
    expect(told).not.toContain('training')
    expect(reused).toBe(4)
    expect(entries.map(({ label }) => label)).toEqual(['sasrec:sequences=single', 'sasrec:sequences=mixed'])
    expect(runs.map((own) => own.map(({ manifest }) => manifest.seed))).toEqual([
      [1, 2],
      [1, 2],
    ])
    expect([...comparison.models.values()]).toEqual([...trained.models.values()])
    expect([...comparison.differences.values()]).toEqual([...trained.differences.values()])
    expect([...comparison.overallDifferences.values()]).toEqual([...trained.overallDifferences.values()])
  })

  it('may be one alone, whose name needs no options', async () => {
    const { comparison } = await outcomeOf(compareRuns({ runs: [at('all/seed2')], part: 'valid', threads: 1 }))
    expect([...comparison.models.keys()]).toEqual(['sasrec'])
    expect(comparison.protocol.split).toBe('valid')
  })

  it('are refused where they cannot stand side by side', async () => {
    const refused = (...runs: string[]) => expect(outcomeOf(compareRuns({ runs, threads: 1 }))).rejects
    await refused().toThrow('there is no run to compare')
    await refused(at('all/seed1'), at('all/seed1')).toThrow('name each run once')
    await symlink(at('all/seed1'), join(folder, 'linked'))
    await refused(at('all/seed1'), join(folder, 'linked')).toThrow('name each run once')
    await refused(at('all/seed1'), join(folder, 'shop')).toThrow('is not a run')
    const copy = async (name: string, change: (manifest: Record<string, unknown>) => void) => {
      const { decidedHash: _, ...manifest } = JSON.parse(await readFile(join(at('all/seed1'), 'manifest.json'), 'utf8'))
      change(manifest)
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'manifest.json'), JSON.stringify(manifest))
      return join(folder, name)
    }
    const same = await copy('same', () => {})
    await refused(at('all/seed1'), same).toThrow('are one training: equal in everything, the seed 1 too')
    const unfinished = await copy('unfinished', (manifest) => Object.assign(manifest, { status: 'training' }))
    await refused(at('twin/seed1'), unfinished).toThrow('is still unfinished')
    const other = await copy('other', (manifest) => Object.assign(manifest, { split: 'by-time' }))
    await refused(at('twin/seed1'), other).toThrow(`split by-time, ${at('twin/seed1')} on leave-two-out`)
    const moved = await copy('moved', ({ dataset }) => Object.assign(dataset as object, { hash: 'f'.repeat(64) }))
    await refused(at('twin/seed1'), moved).toThrow('compare runs of one dataset')
  })
})

describe('transfer', () => {
  it('holds a run against the twin that it trains, and writes nothing itself', async () => {
    const run = join(folder, 'runs', 'all', 'seed1')
    const before = await readdir(run)
    const told: string[] = []
    const { report, comparison, validation } = await outcomeOf(transfer({ run, leastUsers: 2 }), (event) => {
      const text = shortly(event)
      if (told.at(-1) !== text) told.push(text)
    })
    expect([...report.domains.keys()]).toEqual(DOMAINS)
    expect(comparison.against).toBe('sasrec:sequences=single')
    expect(validation.protocol.split).toBe('valid')
    expect(told).toEqual([
      'estimated',
      'planned',
      ...['begun', 'evaluating', 'ended'].map((type) => `${type} sasrec/seed1`),
      ...['begun', 'training', 'evaluating', 'ended'].map((type) => `${type} sasrec-sequences=single/seed1`),
    ])
    expect((await readdir(run)).filter((name) => !before.includes(name))).toEqual(['transfer'])
  })
})
