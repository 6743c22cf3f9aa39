import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServer } from '../../../test/server/described.ts'
import { buildDataset, writeDataset } from '../../data/index.ts'
import { Folders } from '../../workbench/folders.ts'
import { Trainer } from '../../workbench/trainer.ts'

const root = mkdtempSync(join(tmpdir(), 'begun-'))
const folder = join(root, 'runs')
const dataset = buildDataset('shop', { user: ['ann'], item: ['a'], domain: ['books'] })
const model = { score: async (queries: readonly unknown[]) => new Float32Array(queries.length) }
/** Says what it is told, and with epochs=9 waits for its end. */
const PROGRAM = `
console.error(process.argv.slice(1).join(' '))
if (process.argv.includes('epochs=9')) setInterval(() => {}, 1000)
`
let trainer: Trainer
let ask: (method: string, path: string, body?: object) => Promise<{ status: number; body: Record<string, never> }>

beforeAll(async () => {
  await mkdir(folder)
  await writeDataset(dataset, join(folder, 'shop'))
  const folders = new Folders([folder])
  trainer = new Trainer({
    look: () => folders.look(),
    into: { folder, prefix: '' },
    command: [process.execPath, '-e', PROGRAM, '--'],
    now: () => 1_800_000_000_000,
  })
  const app = createServer({ models: [{ name: 'first', model, dataset }], trainer })
  ask = async (method, path, body) => {
    const response = await app.request(`/v1${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, never> }
  }
})
afterAll(async () => {
  await trainer.end()
  rmSync(root, { recursive: true })
})

describe('what can be trained', () => {
  it('is told from the models themselves', async () => {
    const { body } = await ask('GET', '/specs')
    const models = body.models as { name: string; task: string }[]
    expect(models.find(({ name }) => name === 'sasrec')).toMatchObject({ task: 'ranking' })
    expect(body.splits).toContain('leave-two-out')
    const spec = (await ask('GET', '/specs/sasrec')).body
    expect(spec.options).toContainEqual(
      expect.objectContaining({
        name: 'epochs',
        type: 'integer',
        bounds: { atLeast: 1 },
        range: 'an integer of at least 1',
      }),
    )
    expect(await ask('GET', '/specs/sasrek')).toMatchObject({
      status: 422,
      body: { error: { field: 'model', suggestion: 'sasrec' } },
    })
  })

  it('is learned from the datasets below the folders', async () => {
    const { body } = await ask('GET', '/datasets')
    expect(body).toMatchObject({ into: folder, datasets: [{ dataset: 'shop', name: 'shop', users: 1, items: 1 }] })
  })
})

describe('a training that a person begins', () => {
  it('runs beside the server, is listed, told of and ended', async () => {
    const asked = { model: 'popularity', dataset: 'shop' }
    const refused = await ask('POST', '/runs', { ...asked, set: { epochs: 9 } })
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'bad-request', field: 'set.epochs' } } })
    const begun = await ask('POST', '/runs', { ...asked, model: 'sasrec', seeds: [1, 2], set: { epochs: 9 } })
    expect(begun.status).toBe(202)
    expect(begun.body.trainings).toMatchObject([
      { run: 'sasrec/seed1', path: join(folder, 'sasrec', 'seed1'), status: 'training', seed: 1, resumes: false },
      { run: 'sasrec/seed2', status: 'waiting' },
    ])
    expect((await ask('GET', '/jobs')).body.trainings).toMatchObject([{ seed: 2 }, { seed: 1 }])
    expect(await ask('DELETE', '/runs/sasrec%2Fseed2')).toMatchObject({ status: 202, body: { status: 'stopped' } })
    expect(await ask('DELETE', '/runs/sasrec%2Fseed1')).toMatchObject({ status: 202, body: { status: 'stopping' } })
    await trainer.end()
    const told = await ask('GET', '/jobs/sasrec%2Fseed1')
    expect(told).toMatchObject({ status: 200, body: { status: 'stopped' } })
    expect(await ask('DELETE', '/runs/sasrec%2Fseed1')).toMatchObject({ status: 409 })
  })

  it('must have been begun here to be ended, and be there to be gone on with', async () => {
    expect(await ask('DELETE', '/runs/foreign')).toMatchObject({
      status: 404,
      body: { error: { code: 'bad-request' } },
    })
    expect(await ask('GET', '/jobs/foreign')).toMatchObject({ status: 404 })
    expect(await ask('POST', '/runs/foreign/resume', {})).toMatchObject({
      status: 422,
      body: { error: { field: 'run' } },
    })
    expect(await ask('POST', '/runs', { model: 'sasrec' })).toMatchObject({
      status: 400,
      body: { error: { field: 'dataset' } },
    })
    expect(await ask('POST', '/runs', { model: 'sasrec', dataset: '../shop' })).toMatchObject({ status: 422 })
  })

  it('needs a server that trains', async () => {
    const app = createServer({ models: [{ name: 'first', model, dataset }] })
    const response = await app.request('/v1/runs', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ model: 'sasrec', dataset: 'shop' }),
    })
    expect(response.status).toBe(404)
    expect(await (await app.request('/v1/datasets')).json()).toEqual({ datasets: [] })
    expect(await (await app.request('/v1/jobs')).json()).toEqual({ trainings: [] })
  })
})
