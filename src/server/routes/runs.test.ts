import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDataset } from '../../data/index.ts'
import { type Manifest, manifestText } from '../../runs/manifest.ts'
import { Workbench } from '../../workbench/index.ts'
import { createServer } from '../app.ts'

let home: string
let app: ReturnType<typeof createServer>
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tributary-studio-'))
  await put('a/seed1', MANIFEST, [1, 2, 3].map((epoch) => line(epoch)).join(''))
  await put('a/seed2', { ...MANIFEST, seed: 2 }, Array.from({ length: 2_000 }, (_, e) => line(e + 1)).join(''))
  await put('<b>&?#%2F', { ...MANIFEST, model: 'gru4rec' }, 'what?\n')
  await mkdir(join(home, 'damaged'))
  await writeFile(join(home, 'damaged', 'manifest.json'), '{"weightsHash": ')
  app = createServer({ models: [], workbench: new Workbench({ folders: [home] }) })
})
afterAll(() => rm(home, { recursive: true }))

const MANIFEST: Manifest = {
  format: 1,
  model: 'sasrec',
  task: 'ranking',
  config: { width: { value: 8, from: 'set' }, metric: { value: 'ndcg@10', from: 'default' } },
  dataset: { name: 'shop', path: 'shop', hash: 'abc' },
  split: 'leave-two-out',
  seed: 1,
  threads: 1,
  versions: { tributary: '0.1.0', node: '20', onnxruntime: '1' },
  status: 'done',
  result: { epochs: 3, bestEpoch: 3, reason: 'enough', seconds: 7, validation: { cases: 9, 'ndcg@10': 0.25 } },
}

const line = (epoch: number) =>
  `${JSON.stringify({ type: 'epoch', epoch, losses: { loss: epoch === 777 ? 9 : 1 / epoch }, validation: { 'ndcg@10': epoch / 10 }, best: epoch < 4, seconds: 1 })}\n`

async function put(id: string, manifest: Manifest, metrics: string): Promise<void> {
  await mkdir(join(home, id), { recursive: true })
  await writeFile(join(home, id, 'manifest.json'), manifestText(manifest))
  await writeFile(join(home, id, 'metrics.jsonl'), metrics)
}

interface Answer {
  folders: string[]
  problems: object[]
  runs: { id: string; changed: number }[]
  summary: object
  manifest: object
  files: string[]
  columns: string[]
  cautions: string[]
  series: { run: string; metric: string; epochs: number[]; seconds: number[]; values: number[] }[]
  metrics: string[]
  missing: object[]
  error: { message: string }
}

async function ask(path: string, status = 200): Promise<Answer> {
  const response = await app.request(`/v1${path}`)
  const body = (await response.json()) as Answer
  expect(response.status, JSON.stringify(body)).toBe(status)
  return body
}

describe('runs', () => {
  it('are told of where their metrics cannot be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-studio-'))
    await mkdir(join(folder, 'a', 'metrics.jsonl'), { recursive: true })
    await writeFile(join(folder, 'a', 'manifest.json'), manifestText(MANIFEST))
    const server = createServer({ models: [], workbench: new Workbench({ folders: [folder] }) })
    const response = await server.request('/v1/runs/a')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ columns: [], cautions: [expect.stringContaining('metrics.jsonl')] })
    await rm(folder, { recursive: true })
  })

  it('are listed, whatever changed last first, with what cannot be read', async () => {
    const { runs, folders, problems } = await ask('/runs')
    expect({ folders, problems }).toEqual({ folders: [home], problems: [] })
    expect(runs.map(({ id }) => id).sort()).toEqual(['<b>&?#%2F', 'a/seed1', 'a/seed2', 'damaged'])
    const changed = runs.map((run) => run.changed)
    expect(changed).toEqual([...changed].sort((a, b) => b - a))
    expect(runs.find(({ id }) => id === 'damaged')).toMatchObject({ status: 'damaged' })
  })

  it('are asked by their id, whatever their folder is called', async () => {
    const hostile = '<b>&?#%2F'
    const run = await ask(`/runs/${encodeURIComponent(hostile)}`)
    expect(run.summary).toMatchObject({ id: hostile, model: 'gru4rec' })
    expect(run.cautions).toEqual([expect.stringContaining('line 1 is not a JSON object')])
    const seed1 = await ask(`/runs/${encodeURIComponent('a/seed1')}`)
    expect(seed1.manifest).toEqual(MANIFEST)
    expect(seed1.files).toEqual(['manifest.json', 'metrics.jsonl'])
    expect(seed1.columns).toEqual(['losses/loss', 'validation/ndcg@10'])
    expect(await ask('/runs/damaged')).toMatchObject({ summary: { status: 'damaged' }, columns: [] })
    const outside = await ask(`/runs/${encodeURIComponent('../a/seed1')}`, 404)
    expect(outside.error).toMatchObject({ code: 'bad-request', message: "there is no run '../a/seed1'", field: 'run' })
  })

  it('have curves of at most so many points, with their extremes and the epoch that was kept', async () => {
    const { series, metrics, missing } = await ask('/series?run=a/seed2&metric=losses/loss&points=50')
    expect(metrics).toEqual(['losses/loss', 'validation/ndcg@10'])
    expect(missing).toEqual([])
    const [{ epochs, seconds, values, ...curve }] = series
    expect(curve).toEqual({ run: 'a/seed2', metric: 'losses/loss', of: 2_000, best: 3 })
    expect(epochs.length).toBeLessThanOrEqual(50)
    expect(epochs).toEqual(expect.arrayContaining([1, 3, 777, 2_000]))
    expect(values[epochs.indexOf(777)]).toBe(9)
    expect(seconds).toEqual(epochs)
  })

  it('have the loss and their yardstick where no curve is named, and what is missing is said', async () => {
    const { series, missing } = await ask('/series?run=a/seed1&run=damaged&run=absent&run=a/seed1')
    expect(series.map(({ run, metric }) => [run, metric])).toEqual([
      ['a/seed1', 'losses/loss'],
      ['a/seed1', 'validation/ndcg@10'],
    ])
    expect(missing).toEqual([
      { run: 'damaged', reason: expect.stringContaining('is not JSON') },
      { run: 'absent', reason: "there is no run 'absent'" },
    ])
  })

  it('refuse what is no question', async () => {
    expect((await ask('/series?run=a/seed1&points=3', 400)).error.message).toContain('points')
    expect((await ask('/series', 400)).error.message).toContain('run')
    const many = Array.from({ length: 201 }, () => 'run=a').join('&')
    expect((await ask(`/series?${many}`, 400)).error.message).toContain('200')
  })

  it('that come are told to those who listen', async () => {
    const response = await app.request('/v1/stream?of=runs')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    await ask('/runs')
    await put('new', MANIFEST, line(1))
    let told = ''
    while (!told.includes('event: runs')) told += (await reader.read()).value
    expect(JSON.parse(told.split('data: ')[1])).toMatchObject({ changed: [{ id: 'new', status: 'done' }], removed: [] })
    await reader.cancel()
    await rm(join(home, 'new'), { recursive: true })
  })

  it('are none where the server looks at no folder', async () => {
    const dataset = buildDataset('shop', { user: ['ann'], item: ['a'], domain: ['books'] })
    const model = { score: async () => new Float32Array(1) }
    const bare = createServer({ models: [{ name: 'm', model, dataset }] })
    const response = await bare.request('/v1/runs')
    expect(response.status).toBe(404)
    expect(((await response.json()) as Answer).error.message).toContain('tributary studio')
  })
})
