// The comparison of DARLR's Tables 2 to 4: `npx tsx reproduce/darlr.ts --help` says how.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { importCoat } from '../bench/a2c/coat.ts'
import { parseConfig } from '../src/core/config.ts'
import { TributaryError } from '../src/core/index.ts'
import { importDataset } from '../src/data/index.ts'
import { writeFileAtomic } from '../src/files/atomic.ts'
import { findModel } from '../src/registry.ts'
import { asReleased, leaveRuleText, parseLeaveRule } from '../src/rl/index.ts'
import { DATA_ABSENT } from '../test/folders/data-folder.ts'
import { type Job, type Result, readResult, runFolder, runJob } from './darlr/job.ts'
import {
  AT_PUBLISHED_BUDGET,
  BUDGETS,
  type Budget,
  METHODS,
  type Method,
  neighborsOf,
  SETTINGS,
  settingsOf,
  WORLDS,
  type World,
} from './darlr/methods.ts'
import { type Compared, writePage } from './darlr/page.ts'
import { DATASETS, type DatasetName, publishedCurves } from './darlr/published.ts'
import { oneOf, readOptions, someOf, text, unlessNo, whole } from './shared/command.ts'
import { givenJob, runJobs } from './shared/jobs.ts'

const DATASET_FOLDERS = '.results/datasets'
const LABELS = METHODS.map(({ label }) => label)
const slug = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replace(/-$/, '')

/**
 * The dataset folder, imported if need be.
 * @throws TributaryError `file-missing` where its files are not at hand; as `importDataset`
 */
async function datasetFolder(dataset: DatasetName, files: string | undefined): Promise<string> {
  const folder = join(DATASET_FOLDERS, dataset)
  if (existsSync(join(folder, 'dataset.json'))) return folder
  const { reader, maxValue } = SETTINGS[dataset]
  if (files === undefined) {
    const imported = dataset === 'coat' ? await importCoat(DATASET_FOLDERS) : undefined
    if (imported !== undefined) return imported
    throw new TributaryError(
      'file-missing',
      `the files of ${dataset} are not part of this project; give their folder with --data (docs/reproduce.md says where they come from, docs/data.md what the reader ${reader} wants in it)`,
    )
  }
  await importDataset({ reader, files: [files], out: folder, name: dataset, maxValue })
  return folder
}

async function inShort(job: Job): Promise<string | undefined> {
  const result = await readResult(job)
  if (result === undefined) return undefined
  const last = result.epochs.at(-1)?.mode.noRepeat?.rTra
  return [
    last === undefined ? 'done' : `last epoch ${last.toFixed(2)}`,
    ...(result.final ? [`final ${result.final.rTra.toFixed(2)}`] : []),
  ].join(', ')
}

async function main(): Promise<void> {
  const values = readOptions({
    script: 'darlr.ts',
    does: `DARLR's Tables 2 to 4 on data sets that come with a simulator: every method over seeds at a small budget, the same for all,
      and a few once at the published one. While it learns each policy acts after every epoch in 100 episodes a mode (the papers'
      statistic), and at the end in one long simulation that pairs it with the controls. A killed comparison goes on where it was.`,
    results: `runs, each with its result beside it, below .results/darlr; the page with its figures is docs/results/darlr.md, of other
      data sets than coat docs/results/darlr-<dataset>.md.`,
    options: {
      dataset: oneOf('the data set', DATASETS, 'coat'),
      data: text("the publisher's files, where the data set is not imported yet", 'FOLDER'),
      seeds: whole('seeds 1 to N', 5),
      workers: whole('jobs at a time, each in a process of its own', 2),
      window: oneOf(
        'what users look back at: the last recommendations, or what the released code slices, which is less in the fourth turn',
        ['right', 'as-released'],
        'right',
      ),
      budget: oneOf('how long policies learn', Object.keys(BUDGETS) as (keyof typeof BUDGETS)[], 'small'),
      epochs: whole('in place of the epochs of the budget', undefined),
      steps: whole("in place of the budget's turns in an epoch", undefined),
      only: someOf('methods', LABELS),
      stage: someOf('stages', ['worldmodels', 'train', 'published', 'report']),
      write: unlessNo('print the page, but do not write it'),
    },
  })
  const { dataset, workers } = values
  const { leave, finalEpisodes, finalUsers } = SETTINGS[dataset]
  const released = (rule: string) => leaveRuleText(asReleased(parseLeaveRule(rule)))
  const leaves = values.window === 'right' ? leave : leave.map((rules) => rules.map(released))
  const { epochs, stepsPerEpoch } = BUDGETS[values.budget]
  const budget: Budget = { epochs: values.epochs ?? epochs, stepsPerEpoch: values.steps ?? stepsPerEpoch }
  const folder = await datasetFolder(dataset, values.data)
  const seeds = Array.from({ length: values.seeds }, (_, i) => i + 1)
  const methods = METHODS.filter(({ label }) => values.only.includes(label))
  const run = (jobs: readonly Job[]) => runJobs(import.meta.url, jobs, workers, inShort)

  const worldJob = (world: World, seed: number): Job => ({
    kind: 'world',
    out: join(dataset, 'worlds', world, `seed${seed}`),
    dataset: folder,
    model: 'world-model',
    set: SETTINGS[dataset].worlds[world],
    seed,
  })
  const placeOf = (leave: readonly string[]) => join(dataset, `leave-${slug(leave.join(' ')) || 'never'}`)
  const trainJob = (method: Method, leave: readonly string[], length: Budget, seed: number): Job => {
    const set = settingsOf(method, dataset, leave, length)
    return {
      kind: 'policy',
      out: join(placeOf(leave), `${length.epochs}x${length.stepsPerEpoch}`, slug(method.label), `seed${seed}`),
      dataset: folder,
      model: method.model,
      set: {
        ...set,
        ...(method.world && { worldModel: runFolder(worldJob(method.world, seed)) }),
        ...(method.vectorsOf && { vectorsOf: runFolder(worldJob(method.vectorsOf, seed)) }),
      },
      seed,
      leave,
      finalEpisodes,
      finalUsers,
    }
  }
  const controlsJob = (leave: readonly string[]): Job => {
    const out = join(placeOf(leave), 'controls')
    return { kind: 'controls', out, dataset: folder, model: '', set: {}, seed: 1, leave, finalEpisodes, finalUsers }
  }
  const bestJob = (world: World, leave: readonly string[], seed: number): Job => ({
    kind: 'best',
    out: join(placeOf(leave), 'best', world, `seed${seed}`),
    dataset: folder,
    model: '',
    set: { worldModel: runFolder(worldJob(world, seed)), neighbors: neighborsOf(dataset) },
    seed,
    leave,
    finalEpisodes,
    finalUsers,
  })
  const bestJobs = (leave: readonly string[], worlds: readonly World[]) =>
    worlds.flatMap((world) => seeds.map((seed) => bestJob(world, leave, seed)))
  const worldsOf = (some: readonly Method[]) =>
    WORLDS.filter((world) => some.some((method) => method.world === world || method.vectorsOf === world))
  const atPublished = methods.filter(({ label }) => AT_PUBLISHED_BUDGET.includes(label))

  // What an option is called wrongly shows before hours of training.
  for (const method of methods) parseConfig(findModel(method.model), trainJob(method, leaves[0], budget, 1).set)
  if (values.stage.includes('worldmodels'))
    await run(seeds.flatMap((seed) => worldsOf(methods).map((world) => worldJob(world, seed))))
  if (values.stage.includes('train')) {
    await run(leaves.map(controlsJob))
    await run(leaves.flatMap((leave) => bestJobs(leave, worldsOf(methods))))
    // Seed by seed, so that a comparison that is cut has every method.
    await run(
      seeds.flatMap((seed) =>
        leaves.flatMap((leave) => methods.map((method) => trainJob(method, leave, budget, seed))),
      ),
    )
  }
  if (values.stage.includes('published'))
    await run(leaves.flatMap((leave) => atPublished.map((method) => trainJob(method, leave, BUDGETS.published, 1))))
  if (values.stage.includes('report')) {
    if (publishedCurves(dataset).size === 0)
      console.error(`the page goes without the published curves: offline-rl-reference ${DATA_ABSENT}`)
    const finished = async (jobs: readonly Job[]) =>
      (await Promise.all(jobs.map(readResult))).filter((result) => result !== undefined)
    const compared: Compared[] = []
    for (const leave of leaves) {
      const [controls] = await finished([controlsJob(leave)])
      if (controls === undefined) continue
      const rows = []
      for (const method of METHODS) {
        const results = await finished(seeds.map((seed) => trainJob(method, leave, budget, seed)))
        const [published] = await finished([trainJob(method, leave, BUDGETS.published, 1)])
        if (results.length > 0 || published !== undefined) rows.push({ method, results, published })
      }
      const best = new Map<World, Result[]>()
      for (const world of WORLDS) best.set(world, await finished(bestJobs(leave, [world])))
      compared.push({ leave, controls, rows, best })
    }
    const worlds = new Map<World, Result[]>()
    for (const world of WORLDS) worlds.set(world, await finished(seeds.map((seed) => worldJob(world, seed))))
    const { page, figures } = writePage({ dataset, budget, compared, worlds })
    console.log(page)
    if (values.write) {
      const name = dataset === 'coat' ? 'darlr' : `darlr-${dataset}`
      await mkdir(join('docs/results', name), { recursive: true })
      await writeFileAtomic(join('docs/results', `${name}.md`), page)
      for (const [figure, svg] of figures) await writeFileAtomic(join('docs/results', name, `${figure}.svg`), svg)
    }
  }
}

const job = givenJob<Job>()
if (job !== undefined) await runJob(job)
else await main()
