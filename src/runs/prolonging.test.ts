import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDataset, writeDataset } from '../data/index.ts'
import { type TrainRunOptions, trainRun } from './train.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-prolonging-'))
  const rows = Array.from({ length: 30 * 9 }, (_, i) => ({ user: `u${i % 30}`, item: (i * 7 + (i % 30)) % 12 }))
  const dataset = buildDataset('log', {
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => `i${item}`),
    domain: rows.map(({ item }) => (item < 6 ? 'a' : 'b')),
  })
  await writeDataset(dataset, join(root, 'log'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

const SMALL = { width: 8, batchSize: 16, learningRate: 0.05 }

async function train(model: string, out: string, overrides: object, options: Partial<TrainRunOptions> = {}) {
  const common = { model, out: join(root, out), datasetFolder: join(root, 'log'), threads: 1 }
  const training = trainRun({ ...common, overrides: { ...SMALL, ...overrides }, ...options })
  for (;;) {
    const { done, value } = await training.next()
    if (done) return value.run.manifest
  }
}

const goOn = (model: string, out: string, overrides: object) => train(model, out, overrides, { resume: true })

describe('a finished run with more epochs or patience', () => {
  it.each([
    ['bprmf', 'more epochs', { epochs: 2, patience: 0 }, { epochs: 5, patience: 0 }],
    ['gru4rec', 'more epochs', { epochs: 1, patience: 0 }, { epochs: 3, patience: 0 }],
    ['sasrec', 'more patience', { epochs: 12, patience: 1 }, { epochs: 12, patience: 4 }],
    ['sasrec', 'patience without end', { epochs: 8, patience: 1 }, { epochs: 8, patience: 0 }],
  ])('ends as one that had them from its start: %s, %s', async (model, what, first, then) => {
    const name = `${model}-${what}`
    const stopped = await train(model, name, first)
    const prolonged = await goOn(model, name, then)
    const whole = await train(model, `${name}-whole`, then)
    expect(prolonged.result!.epochs).toBeGreaterThan(stopped.result!.epochs)
    expect(prolonged.weightsHash).toBe(whole.weightsHash)
    expect({ ...prolonged.result, seconds: 0 }).toEqual({ ...whole.result, seconds: 0 })
    expect(Object.entries(prolonged.config).map(([key, { value }]) => [key, value])).toEqual(
      Object.entries(whole.config).map(([key, { value }]) => [key, value]),
    )
  })

  it.each([
    ['fewer epochs', { epochs: 2, patience: 3 }],
    ['less patience', { epochs: 3, patience: 2 }],
    ['patience after none', { epochs: 3, patience: 5 }, 0],
    ['another width', { epochs: 9, patience: 3, width: 16 }],
  ])('is refused %s, and stays as it was', async (what, then, patience = 3) => {
    const name = `kept-${what}`
    await train('bprmf', name, { epochs: 3, patience })
    const before = await contents(name)
    await expect(goOn('bprmf', name, then)).rejects.toMatchObject({ code: 'mismatch' })
    expect(await contents(name)).toEqual(before)
  })

  it('is refused where domains were trained one after the other, and stays as it was', async () => {
    await train('sasrec', 'twins', { epochs: 1, patience: 0, sequences: 'single' })
    const before = await contents('twins')
    await expect(goOn('sasrec', 'twins', { epochs: 2, sequences: 'single', patience: 0 })).rejects.toMatchObject({
      code: 'mismatch',
      message: expect.stringContaining('one after the other'),
    })
    expect(await contents('twins')).toEqual(before)
  })

  it('is refused without its checkpoint', async () => {
    await train('bprmf', 'lost', { epochs: 1, patience: 0 })
    await rm(join(root, 'lost/optimizer.safetensors'))
    await expect(goOn('bprmf', 'lost', { epochs: 2, patience: 0 })).rejects.toMatchObject({ code: 'file-missing' })
  })
})

async function contents(run: string): Promise<Record<string, string>> {
  const names = await readdir(join(root, run))
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(root, run, name), 'hex')])),
  )
}
