import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { twoDomainCopyWorld } from '../contract/worlds.ts'
import { writeDataset } from '../data/index.ts'
import { type ComparisonPlan, compare, estimateComparison } from './compare.ts'
import { entryOf } from './entry.ts'
import { outcomeOf } from './events.ts'

const TINY = { width: 4, inner: 4, layers: 1, heads: 1, maxLength: 6, epochs: 2 }

let folder: string
let plan: ComparisonPlan
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-estimate-'))
  await writeDataset(twoDomainCopyWorld({ users: 30 }).dataset, join(folder, 'copy'))
  plan = {
    entries: [entryOf('popularity', {}, 'popularity'), entryOf('sasrec', TINY, 'sasrec')],
    datasetFolder: join(folder, 'copy'),
    out: join(folder, 'runs', 'one'),
    seeds: [1, 2],
    threads: 1,
  }
})
afterAll(() => rm(folder, { recursive: true }))

it('is known by first steps where no run tells, and writes nothing', async () => {
  const { trainings, finished, seconds, expected } = await estimateComparison(plan)
  expect({ trainings, finished }).toEqual({ trainings: 4, finished: 0 })
  expect(expected.map(({ model, trainings, from }) => [model, trainings, from])).toEqual([
    ['popularity', 2, 'probe'],
    ['sasrec', 2, 'probe'],
  ])
  expect(seconds!.most).toBeGreaterThan(0)
  expect(await readdir(folder)).toEqual(['copy'])
})

it('is known by finished runs, those with the same options first, and counts what is left', async () => {
  await outcomeOf(compare({ ...plan, seeds: [1] }), () => {})
  const manifestOf = (model: string) => join(plan.out, model, 'seed1', 'manifest.json')
  for (const [model, seconds] of [
    ['popularity', 7],
    ['sasrec', 100],
  ] as const) {
    const manifest = JSON.parse(await readFile(manifestOf(model), 'utf8'))
    manifest.result.seconds = seconds
    await writeFile(manifestOf(model), JSON.stringify(manifest))
  }
  const same = await estimateComparison(plan)
  expect(same).toMatchObject({ trainings: 2, finished: 2, seconds: { least: 107, most: 107 } })
  expect(same.expected.map(({ from, runs }) => [from, runs])).toEqual([
    ['same', 1],
    ['same', 1],
  ])

  const other = {
    ...plan,
    entries: [entryOf('sasrec', { ...TINY, width: 8 }, 'wide')],
    out: join(folder, 'runs', 'two'),
  }
  expect((await estimateComparison(other)).expected).toEqual([
    { model: 'wide', trainings: 2, seconds: { least: 100, most: 100 }, from: 'model', runs: 1 },
  ])
})
