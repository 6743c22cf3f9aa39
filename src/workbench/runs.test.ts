import { appendFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acquireLock } from '../files/index.ts'
import { type Manifest, manifestText } from '../runs/manifest.ts'
import { Folders } from './folders.ts'
import { RunList } from './runs.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tributary-runs-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const MANIFEST: Manifest = {
  format: 1,
  model: 'sasrec',
  task: 'ranking',
  config: {
    width: { value: 8, from: 'set' },
    metric: { value: 'ndcg@10', from: 'default' },
    epochs: { value: 10, from: 'set' },
    patience: { value: 0, from: 'default' },
  },
  dataset: { name: 'shop', path: 'shop', hash: 'abc' },
  split: 'leave-two-out',
  seed: 1,
  threads: 1,
  versions: { tributary: '0.1.0', node: '20', onnxruntime: '1' },
  status: 'done',
  weightsHash: 'w',
  result: {
    epochs: 4,
    bestEpoch: 3,
    reason: 'enough',
    seconds: 7,
    validation: { cases: 9, 'ndcg@10': 0.25, mrr: 0.2 },
  },
}
const { result: _, weightsHash: __, ...begun } = MANIFEST
const TRAINING: Manifest = { ...begun, status: 'training' }

const line = (epoch: number, more: object = {}) =>
  `${JSON.stringify({ type: 'epoch', epoch, epochs: 10, losses: { loss: 1 }, validation: { cases: 9, 'ndcg@10': epoch / 100 }, best: true, seconds: 3, ...more })}\n`

interface World {
  root: string
  list: RunList
  look(): Promise<{ changed: string[]; removed: readonly string[] }>
  put(id: string, manifest: Manifest | string, metrics?: string): Promise<string>
}

async function world(name: string): Promise<World> {
  const root = join(home, name)
  await mkdir(root)
  const [folders, list] = [new Folders([root]), new RunList()]
  return {
    root,
    list,
    async look() {
      const { changed, removed } = await list.update(await folders.look())
      return { changed: changed.map(({ id }) => id), removed }
    },
    async put(id, manifest, metrics) {
      const folder = join(root, id)
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, 'manifest.json'), typeof manifest === 'string' ? manifest : manifestText(manifest))
      if (metrics !== undefined) await writeFile(join(folder, 'metrics.jsonl'), metrics)
      return folder
    },
  }
}

describe('a list of runs', () => {
  it('tells of a finished run what its manifest does', async () => {
    const { list, look, put } = await world('done')
    const path = await put('a/seed1', MANIFEST)
    await look()
    const { changed, group, ...summary } = list.get('a/seed1')!.summary
    expect(changed).toBeGreaterThan(0)
    expect(summary).toEqual({
      id: 'a/seed1',
      path,
      status: 'done',
      reason: 'enough',
      model: 'sasrec',
      task: 'ranking',
      dataset: { name: 'shop', hash: 'abc' },
      split: 'leave-two-out',
      seed: 1,
      options: { width: 8, epochs: 10 },
      weights: 'w',
      epochs: { done: 4, of: 10, best: 3 },
      yardstick: { metric: 'ndcg@10', value: 0.25, lessIsBetter: false },
      validation: { cases: 9, 'ndcg@10': 0.25, mrr: 0.2 },
      seconds: 7,
    })
  })

  it('groups runs that are equal but for their seed', async () => {
    const { list, look, put } = await world('groups')
    await put('a', MANIFEST)
    await put('b', { ...TRAINING, seed: 2, threads: 2 })
    await put('c', { ...MANIFEST, split: 'by-time' })
    await put('d', { ...MANIFEST, config: { ...MANIFEST.config, width: { value: 16, from: 'set' } } })
    await put('e', { ...MANIFEST, dataset: { ...MANIFEST.dataset, hash: 'def' } })
    await look()
    const [a, b, ...others] = ['a', 'b', 'c', 'd', 'e'].map((id) => list.get(id)!.summary.group)
    expect(a).toBe(b)
    expect(new Set([a, ...others]).size).toBe(4)
  })

  it('follows a training: how far, how fast and for how long, until nobody trains it', async () => {
    const { list, look, put } = await world('training')
    const folder = await put('a', TRAINING, line(1, { seconds: 60 }) + line(2) + line(3, { best: false }))
    const lock = await acquireLock(folder)
    await look()
    expect(list.get('a')!.summary).toMatchObject({
      status: 'training',
      epochs: { done: 3, of: 10, best: 2 },
      yardstick: { metric: 'ndcg@10', value: 0.02 },
      seconds: 66,
      epochsPerMinute: 20,
      secondsLeft: 21,
    })
    expect(await look()).toEqual({ changed: [], removed: [] })
    await appendFile(join(folder, 'metrics.jsonl'), line(4))
    expect(await look()).toEqual({ changed: ['a'], removed: [] })
    expect(list.get('a')!.summary).toMatchObject({ epochs: { done: 4, best: 4 }, secondsLeft: 18 })
    await lock.release()
    expect((await look()).changed).toEqual(['a'])
    expect(list.get('a')!.summary).toMatchObject({ status: 'stopped', epochs: { done: 4 } })
    expect(list.get('a')!.summary).not.toHaveProperty('secondsLeft')
    await put('a', MANIFEST)
    expect((await look()).changed).toEqual(['a'])
    expect(list.get('a')!.summary.status).toBe('done')
  })

  it('tells a training that was killed from one that goes on, though its lock is left', async () => {
    const { list, look, put } = await world('killed')
    const folder = await put('a', TRAINING)
    const lock = await acquireLock(folder)
    const place = join(folder, '.lock')
    const text = await readFile(place, 'utf8')
    await look()
    expect(list.get('a')!.summary.status).toBe('training')
    await lock.release()
    // Of a process number that was given again to another process since.
    await writeFile(place, JSON.stringify({ ...JSON.parse(text), began: '1' }))
    await look()
    expect(list.get('a')!.summary.status).toBe('stopped')
  })

  it('weighs domains that were trained one after the other by their cases', async () => {
    const { list, look, put } = await world('domains')
    const single = { ...MANIFEST.config, sequences: { value: 'single', from: 'set' as const } }
    const books = { domain: 'books', validation: { cases: 30, 'ndcg@10': 0.1, odd: 1 } }
    const music = { domain: 'music', validation: { cases: 10, 'ndcg@10': 0.5 } }
    await put(
      'a',
      { ...MANIFEST, config: single },
      line(1, books) + line(2, { ...books, best: false }) + line(1, music),
    )
    await look()
    const { epochs, validation, yardstick, domains } = list.get('a')!.summary
    expect({ epochs, validation, domains }).toEqual({
      epochs: { done: 4, of: 10 },
      validation: { cases: 40, 'ndcg@10': 0.2 },
      domains: 2,
    })
    expect(yardstick?.value).toBe(0.2)
  })

  it('names the yardstick of models that choose no weights, and in which less is better', async () => {
    const { list, look, put } = await world('yardsticks')
    const { metric: _, ...config } = MANIFEST.config
    await put('a', { ...MANIFEST, config })
    await put('b', { ...MANIFEST, task: 'rating', config, result: { ...MANIFEST.result!, validation: { mae: 0.7 } } })
    await look()
    expect(list.get('a')!.summary.yardstick).toEqual({ metric: 'ndcg@10', value: 0.25, lessIsBetter: false })
    expect(list.get('b')!.summary.yardstick).toMatchObject({ lessIsBetter: true })
  })

  it('says what is damaged, and passes by what is no run', async () => {
    const { root, list, look, put } = await world('damaged')
    await put('cut', manifestText(MANIFEST).slice(0, 300), line(1))
    await put('changed', manifestText(MANIFEST).replace('"seed": 1', '"seed": 2'))
    await put('empty', '')
    await put('web', '{"name": "an app", "icons": []}')
    await put('folder', MANIFEST)
    await rm(join(root, 'folder/manifest.json'))
    await mkdir(join(root, 'folder/manifest.json'))
    await put('lines', TRAINING, `${line(1)}what?\n`)
    await look()
    const told = Object.fromEntries(list.all.map(({ id, status, reason }) => [id, [status, reason]]))
    expect(told).toEqual({
      cut: ['damaged', `${join(root, 'cut/manifest.json')} is not JSON`],
      changed: ['damaged', expect.stringContaining('is not what the run wrote')],
      empty: ['damaged', `${join(root, 'empty/manifest.json')} is not JSON`],
      lines: ['stopped', undefined],
    })
    expect(list.get('lines')!.summary.cautions).toEqual([
      `${join(root, 'lines/metrics.jsonl')}: line 2 is not a JSON object and is left out`,
    ])
    await expect(list.curves('cut')).rejects.toMatchObject({ code: 'file-damaged' })
  })

  it('forgets a run that is deleted, also while it is read', async () => {
    const { list, look, put } = await world('deleted')
    const folder = await put('a', TRAINING, line(1))
    await put('b', MANIFEST)
    await look()
    expect(await look()).toEqual({ changed: [], removed: [] })
    const curves = list.curves('a')
    await rm(folder, { recursive: true })
    expect((await curves)?.tracks.length).toBeLessThanOrEqual(1)
    expect(await look()).toEqual({ changed: [], removed: ['a'] })
    expect(await list.curves('a')).toBeUndefined()
    expect(await list.curves('../b')).toBeUndefined()
  })

  it('sees a run that was trained anew with other options', async () => {
    const { list, look, put } = await world('anew')
    await put('a', MANIFEST)
    await look()
    await put('a', { ...MANIFEST, model: 'gru4rec' })
    expect((await look()).changed).toEqual(['a'])
    expect(list.get('a')!.summary.model).toBe('gru4rec')
  })
})

it('curves that are asked for again are read no further than they have grown, and few are kept', async () => {
  const { CurvesCache } = await import('./curves.ts')
  const { root, put } = await world('kept')
  const metrics = Array.from({ length: 50 }, (_, e) => line(e + 1)).join('')
  const folders = []
  for (const id of ['a', 'b', 'c', 'd']) folders.push(await put(id, TRAINING, metrics))
  const cache = new CurvesCache(12_000)
  for (const folder of folders) expect((await cache.of(folder, TRAINING)).tracks[0].epochs).toHaveLength(50)
  expect(cache.bytes).toBeLessThanOrEqual(12_000)
  expect(cache.bytes).toBeGreaterThan(0)
  expect(dirname(folders[0])).toBe(root)
  await truncate(join(folders[3], 'metrics.jsonl'))
  expect((await cache.of(folders[3], TRAINING)).tracks).toEqual([])
})
