import { appendFile, mkdir, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Checkpoint } from '../core/model.ts'
import type { NamedTensors, Tensor } from '../core/tensor.ts'
import { encodeSafetensors } from '../files/safetensors.ts'
import { createRun, type Manifest, openRun, openRunToWrite, type Run } from './run.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-run-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const manifest: Manifest = {
  format: 1,
  model: 'sasrec',
  task: 'ranking',
  config: { hidden: { value: 64, from: 'default' }, loss: { value: 'bpr', from: 'set' } },
  dataset: { name: 'demo', path: 'data/demo', hash: 'abc' },
  split: 'leave-last-two-out',
  seed: 7,
  threads: 2,
  versions: { tributary: '0', node: '0', onnxruntime: '0' },
  status: 'training',
}

const weights: NamedTensors = new Map<string, Tensor>([
  ['item/table', { shape: [2, 2], data: Float32Array.of(1, -0, Number.NaN, 4) }],
  ['item/counts', { shape: [3], data: Int32Array.of(1, 2, 3) }],
])

function checkpoint(epoch: number): Checkpoint {
  return { epoch, state: { best: 0.25, nested: { epochs: [1, epoch] } }, tensors: weights }
}

const file = (name: string) => join(folder, 'run', name)
const create = async () => {
  const run = await createRun(join(folder, 'run'), manifest)
  await run.release()
  return run
}
const open = () => openRun(join(folder, 'run'))

describe('createRun', () => {
  it('writes a manifest that openRun reads, into a new folder or an empty one', async () => {
    await create()
    expect((await open()).manifest).toEqual(manifest)
    await mkdir(join(folder, 'empty'))
    const run = await createRun(join(folder, 'empty'), manifest)
    await run.release()
    expect(await readdir(join(folder, 'empty'))).toEqual(['manifest.json'])
  })

  it('locks the folder until it is released, against this process, too', async () => {
    const locked = await createRun(join(folder, 'run'), manifest)
    const inUse = { code: 'in-use', message: expect.stringContaining(`process ${process.pid}`) }
    await expect(createRun(locked.folder, manifest, { overwrite: true })).rejects.toMatchObject(inUse)
    await expect(openRunToWrite(locked.folder)).rejects.toMatchObject(inUse)
    await openRun(locked.folder)
    await locked.release()
    await (await openRunToWrite(locked.folder)).release()
    expect(await readdir(locked.folder)).toEqual(['manifest.json'])
  })

  it('never replaces a run beside which something else stands', async () => {
    await create()
    await writeFile(file('notes.txt'), 'three years of work')
    await expect(createRun(join(folder, 'run'), manifest, { overwrite: true })).rejects.toMatchObject({
      code: 'file-exists',
      message: expect.stringContaining('notes.txt'),
    })
    expect((await readdir(join(folder, 'run'))).sort()).toEqual(['manifest.json', 'notes.txt'])
  })

  it('refuses a folder that holds a run, and replaces it when asked', async () => {
    const run = await create()
    await run.saveWeights(weights)
    await expect(create()).rejects.toMatchObject({ code: 'file-exists', message: expect.stringContaining('--resume') })
    await (await createRun(run.folder, { ...manifest, seed: 8 }, { overwrite: true })).release()
    expect(await readdir(run.folder)).toEqual(['manifest.json'])
    expect((await open()).manifest.seed).toBe(8)
  })

  it('never replaces a folder that is not a run', async () => {
    await writeFile(join(folder, 'thesis.tex'), 'three years of work')
    await expect(createRun(folder, manifest, { overwrite: true })).rejects.toMatchObject({ code: 'file-exists' })
    await expect(createRun(join(folder, 'thesis.tex'), manifest)).rejects.toMatchObject({ code: 'file-exists' })
    expect(await readdir(folder)).toEqual(['thesis.tex'])
  })
})

describe('openRun', () => {
  it('says that there is no run', async () => {
    await expect(open()).rejects.toMatchObject({ code: 'file-missing', message: expect.stringContaining('no run at') })
    await expect(openRun(folder)).rejects.toMatchObject({
      code: 'file-missing',
      message: expect.stringContaining('it has no manifest.json'),
    })
  })

  it.each<[string, string, RegExp]>([
    ['text that is not JSON', '{"format": 1,', /manifest\.json is not JSON/],
    ['another format', JSON.stringify({ ...manifest, format: 2 }), /not a manifest: format/],
    ['a missing field', JSON.stringify({ ...manifest, seed: undefined }), /not a manifest: seed/],
    ['a nested field of another type', JSON.stringify({ ...manifest, dataset: { name: 'a' } }), /dataset\.path/],
  ])('says that the manifest is damaged: %s', async (_, text, message) => {
    await create()
    await writeFile(file('manifest.json'), text)
    await expect(open()).rejects.toMatchObject({ code: 'file-damaged', message: expect.stringMatching(message) })
  })

  it.each<[string, (manifest: Manifest) => unknown]>([
    ['seed', (before) => ({ ...before, seed: 0 })],
    ['split', (before) => ({ ...before, split: 'leave-last-one-out' })],
    ['option', (before) => ({ ...before, config: { ...before.config, hidden: { value: 65, from: 'default' } } })],
    ['hash of the dataset', (before) => ({ ...before, dataset: { ...before.dataset, hash: 'abd' } })],
  ])('refuses a manifest with another %s than the run was begun with', async (_, damage) => {
    await create()
    const written = JSON.parse(await readFile(file('manifest.json'), 'utf8')) as Manifest
    await writeFile(file('manifest.json'), JSON.stringify(damage(written)))
    await expect(open()).rejects.toMatchObject({ code: 'file-damaged', message: expect.stringContaining('seed') })
    // What was written by versions that told no hash opens as it did.
    await writeFile(file('manifest.json'), JSON.stringify(damage(manifest)))
    await open()
  })

  it('opens a run whose dataset is said to be elsewhere', async () => {
    await create()
    const written = JSON.parse(await readFile(file('manifest.json'), 'utf8')) as Manifest
    await writeFile(file('manifest.json'), JSON.stringify({ ...written, dataset: { ...written.dataset, path: 'x' } }))
    expect((await open()).manifest.dataset.path).toBe('x')
  })

  it('changes nothing, so that reading a run that is being trained does it no harm', async () => {
    const run = await create()
    await run.saveCheckpoint(checkpoint(1))
    await run.appendMetrics({ epoch: 2 })
    await run.updateManifest({})
    await writeFile(file('.optimizer.safetensors.0.unfinished'), 'half')
    const before = await contents()
    await (await open()).readMetrics()
    expect(await contents()).toEqual(before)
  })
})

describe('metrics', () => {
  it('come back in order, however many', async () => {
    const run = await create()
    const records = Array.from({ length: 100 }, (_, step) => ({ type: 'step', step, losses: { bpr: step / 3 } }))
    for (const record of records) await run.appendMetrics(record)
    expect(await run.readMetrics()).toEqual(records)
    expect(await (await open()).readMetrics()).toEqual(records)
  })

  it('are none before the first', async () => {
    expect(await (await create()).readMetrics()).toEqual([])
  })

  it('are read without a line that was cut off, and refused when a line is damaged', async () => {
    const run = await create()
    await run.appendMetrics({ epoch: 1 })
    await run.updateManifest({})
    await appendFile(file('metrics.jsonl'), '{"epo')
    expect(await (await open()).readMetrics()).toEqual([{ epoch: 1 }])
    await appendFile(file('metrics.jsonl'), '\n')
    await expect((await open()).readMetrics()).rejects.toMatchObject({
      code: 'file-damaged',
      message: expect.stringContaining('line 2 of'),
    })
  })
})

describe('checkpoints', () => {
  it('come back to the bit', async () => {
    const run = await create()
    await run.saveCheckpoint(checkpoint(1))
    await run.saveCheckpoint(checkpoint(2))
    const loaded = await (await open()).loadCheckpoint()
    expect(loaded).toEqual(checkpoint(2))
    expect(Object.is((loaded!.tensors.get('item/table')!.data as Float32Array)[1], -0)).toBe(true)
  })

  it('take metrics.jsonl back to where they were made', async () => {
    const run = await create()
    await run.appendMetrics({ epoch: 1 })
    await run.saveCheckpoint(checkpoint(1))
    await run.appendMetrics({ epoch: 2 })
    await run.updateManifest({})
    await appendFile(file('metrics.jsonl'), '{"epoch":3')
    const resumed = await open()
    expect((await resumed.loadCheckpoint())!.epoch).toBe(1)
    await resumed.appendMetrics({ epoch: 2, again: true })
    await resumed.saveCheckpoint(checkpoint(2))
    expect(await readFile(file('metrics.jsonl'), 'utf8')).toBe('{"epoch":1}\n{"epoch":2,"again":true}\n')
  })

  it('are undefined before the first, and metrics start again', async () => {
    const run = await create()
    await run.appendMetrics({ epoch: 1 })
    await run.updateManifest({})
    const resumed = await open()
    expect(await resumed.loadCheckpoint()).toBeUndefined()
    expect(await resumed.readMetrics()).toEqual([])
  })

  it('remove what a killed process left unfinished', async () => {
    await create()
    await writeFile(file('.optimizer.safetensors.0a1b2c3d.unfinished'), 'half a checkpoint')
    await (await open()).loadCheckpoint()
    expect(await readdir(join(folder, 'run'))).toEqual(['manifest.json'])
  })

  it.each(['manifest.json', 'weights'])('that are not checkpoints are refused: %s', async (content) => {
    const run = await create()
    await run.saveWeights(weights)
    const source = content === 'weights' ? 'weights.safetensors' : content
    await writeFile(file('optimizer.safetensors'), await readFile(file(source)))
    await expect(run.loadCheckpoint()).rejects.toMatchObject({ code: 'file-damaged' })
  })

  it('are refused beside metrics that were cut', async () => {
    const run = await create()
    await run.appendMetrics({ epoch: 1 })
    await run.saveCheckpoint(checkpoint(1))
    await truncate(file('metrics.jsonl'), 3)
    await expect((await open()).loadCheckpoint()).rejects.toMatchObject({ code: 'file-damaged' })
  })

  it('are refused when any byte of any of their files has changed, before anything else is', async () => {
    const run = await create()
    await run.appendMetrics({ epoch: 1, loss: 0.5 })
    await run.saveCheckpoint(checkpoint(1))
    await run.appendMetrics({ epoch: 2, loss: 0.25 })
    await run.updateManifest({})
    for (const name of ['optimizer.safetensors', 'metrics.jsonl']) {
      const whole = await readFile(file(name))
      const end = name === 'metrics.jsonl' ? whole.indexOf('\n') + 1 : whole.length
      for (let at = 0; at < end; at++) {
        const bytes = Buffer.from(whole)
        bytes[at] ^= 0x40
        await writeFile(file(name), bytes)
        await expect((await open()).loadCheckpoint(), `${name}, byte ${at}`).rejects.toMatchObject({
          code: 'file-damaged',
          message: expect.stringMatching(new RegExp(`${name}.*; restore it, or train again`)),
        })
        expect(await readFile(file(name))).toEqual(bytes)
      }
      await writeFile(file(name), whole)
    }
    expect(await (await open()).loadCheckpoint()).toEqual(checkpoint(1))
  })

  it('have one before them to go on from, which then is the last', async () => {
    const run = await create()
    for (const epoch of [1, 2]) {
      await run.appendMetrics({ epoch })
      await run.saveCheckpoint(checkpoint(epoch))
    }
    await writeFile(file('optimizer.safetensors'), 'damaged')
    await expect((await open()).loadCheckpoint()).rejects.toMatchObject({
      code: 'file-damaged',
      message: expect.stringContaining('--resume-previous'),
    })
    expect(await (await open()).loadCheckpoint('previous')).toEqual(checkpoint(1))
    expect(await (await open()).readMetrics()).toEqual([{ epoch: 1 }])
    expect(await (await open()).loadCheckpoint()).toEqual(checkpoint(1))
    await expect((await open()).loadCheckpoint('previous')).rejects.toMatchObject({ code: 'file-missing' })
  })

  it('of a process that was killed between two renames are found under the other name', async () => {
    const run = await create()
    await run.saveCheckpoint(checkpoint(1))
    await rename(file('optimizer.safetensors'), file('optimizer.previous.safetensors'))
    expect(await (await open()).loadCheckpoint()).toEqual(checkpoint(1))
  })

  it('of older versions, without a hash, are read as they were; their metrics must be lines', async () => {
    const run = await create()
    await run.appendMetrics({ epoch: 1 })
    await run.updateManifest({})
    const old = (metricsBytes: number) =>
      writeFile(
        file('optimizer.safetensors'),
        Buffer.concat(
          encodeSafetensors(weights, { position: JSON.stringify({ epoch: 1, metricsBytes }), state: '{"best":1}' }),
        ),
      )
    await old(12)
    expect(await (await open()).loadCheckpoint()).toEqual({ epoch: 1, state: { best: 1 }, tensors: weights })
    await old(11)
    await expect((await open()).loadCheckpoint()).rejects.toMatchObject({ code: 'file-damaged' })
  })

  it('are not written with a state that JSON would change', async () => {
    const run = await create()
    const withState = (state: Record<string, unknown>) => run.saveCheckpoint({ ...checkpoint(1), state })
    await expect(withState({ best: -Infinity })).rejects.toMatchObject({ code: 'not-finite' })
    await expect(withState({ a: { means: Float32Array.of(1) } })).rejects.toMatchObject({ code: 'bad-argument' })
    expect(await readdir(run.folder)).toEqual(['manifest.json'])
  })
})

describe('weights', () => {
  const done = async (): Promise<Run> => {
    const run = await create()
    await run.saveWeights(weights)
    await run.updateManifest({
      status: 'done',
      result: { epochs: 3, bestEpoch: 2, reason: 'patience', seconds: 1.5, validation: { 'ndcg@10': 0.1 } },
    })
    return run
  }

  it('come back to the bit, with the result', async () => {
    await done()
    const run = await open()
    expect(await run.loadWeights()).toEqual(weights)
    expect(run.manifest.status).toBe('done')
    expect(run.manifest.result!.validation).toEqual({ 'ndcg@10': 0.1 })
  })

  it('are the same bytes whenever they are the same weights', async () => {
    await done()
    const first = await readFile(file('weights.safetensors'))
    await rm(join(folder, 'run'), { recursive: true })
    await done()
    expect(await readFile(file('weights.safetensors'))).toEqual(first)
  })

  it('are missing while the run has not finished', async () => {
    await expect((await create()).loadWeights()).rejects.toMatchObject({
      code: 'file-missing',
      message: expect.stringContaining('--resume'),
    })
  })

  it('are refused when cut off or changed in a single bit', async () => {
    const run = await done()
    const bytes = await readFile(file('weights.safetensors'))
    await writeFile(file('weights.safetensors'), bytes.subarray(0, -1))
    await expect(run.loadWeights()).rejects.toMatchObject({
      code: 'file-damaged',
      message: expect.stringContaining('was the file cut off?'),
    })
    bytes[bytes.length - 1] ^= 1
    await writeFile(file('weights.safetensors'), bytes)
    await expect(run.loadWeights()).rejects.toMatchObject({
      code: 'file-damaged',
      message: expect.stringContaining('SHA-256'),
    })
  })
})

async function contents(): Promise<Record<string, string>> {
  const names = await readdir(join(folder, 'run'))
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(file(name), 'hex')])))
}
