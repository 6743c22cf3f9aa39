import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ratedWorld } from '../../src/contract/rated-worlds.ts'
import { Part } from '../../src/core/index.ts'
import { evaluationCases, writeDataset } from '../../src/data/index.ts'
import { labels } from '../../src/evaluation/measures/index.ts'
import { openTrainedRun } from '../../src/runs/open.ts'
import { trainRun } from '../../src/runs/train.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-e2e-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('a run whose upper step diverges stops with a name for it, and keeps the best weights before', async () => {
  const datasetFolder = join(folder, 'rated')
  await writeDataset(ratedWorld({ users: 40 }).dataset, datasetFolder)
  const out = join(folder, 'run')
  const epochs: number[] = []
  const training = async () => {
    // An epoch has few steps, so that the first upper step falls into the second.
    const overrides = { alpha: 1e6, interval: 5, epochs: 5, recent: 4, batchSize: 64 }
    const splitName = 'cross-domain:source:target'
    for await (const event of trainRun({ model: 'biao', overrides, datasetFolder, out, splitName, threads: 1 }))
      if (event.type === 'epoch') epochs.push(event.epoch)
  }
  await expect(training()).rejects.toMatchObject({
    code: 'not-finite',
    message: expect.stringMatching(/diverges: with alpha 1000000, .* keeps the weights of epoch \d, the best before/),
  })
  expect(epochs.length).toBeGreaterThan(0)
  const { run, model, dataset, split } = await openTrainedRun(out)
  expect(run.manifest.result).toMatchObject({ epochs: epochs.length, reason: expect.stringContaining('diverges') })
  const cases = evaluationCases(dataset, split, Part.test)
  const { overall } = await labels.evaluate(model, dataset, cases, { positiveAbove: 3 })
  expect(overall.auc).toBeGreaterThan(0)
  await model.dispose()
})
