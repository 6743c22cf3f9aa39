// The comparison of DARLR's Tables 2 to 4 on data sets that come with a simulator, Coat unless --dataset says otherwise: every method
// over seeds at a small budget, the same for all, and a few once at the published one. While it learns each policy acts after every
// epoch in 100 episodes a mode (the papers' statistic), and at the end in one long simulation that pairs it with the controls.
// World models and policies are runs on disk, each with its result beside it, so that a killed comparison goes on where it was.
// Writes docs/results/darlr.md (other data sets: docs/results/darlr-<dataset>.md) with its figures.
//
//   npx tsx reproduce/darlr.ts [--seeds 5] [--workers 2] [--stage worldmodels|train|published|report] [--only 'mbpo;darlr']
//       [--budget small|published] [--epochs 50] [--steps 20000] [--no-write]
//       [--dataset coat|kuairec|kuairand|yahoo --data FOLDER]
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { importCoat } from '../bench/coat.ts'
import { parseConfig } from '../src/core/config.ts'
import { writeFileAtomic } from '../src/core/files.ts'
import { importDataset } from '../src/data/index.ts'
import { findModel, MODELS } from '../src/registry.ts'
import { DATA_ABSENT } from '../test/data-folder.ts'
import { type Job, type Result, readResult, runFolder, runJob } from './darlr-job.ts'
import {
  AT_PUBLISHED_BUDGET,
  BUDGETS,
  type Budget,
  METHODS,
  type Method,
  SETTINGS,
  settingsOf,
  WORLDS,
  type World,
} from './darlr-methods.ts'
import { type Compared, writePage } from './darlr-page.ts'
import { DATASETS, type DatasetName } from './darlr-published.ts'

const DATASET_FOLDERS = '.results/datasets'
const slug = (text: string) =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, '-')
    .replace(/-$/, '')

/** The dataset folder, imported if need be; undefined, with the reason said, where its files are not at hand. */
async function datasetFolder(dataset: DatasetName, files: string | undefined): Promise<string | undefined> {
  const folder = join(DATASET_FOLDERS, dataset)
  if (existsSync(join(folder, 'dataset.json'))) return folder
  if (dataset === 'coat' && files === undefined) {
    const found = await importCoat(DATASET_FOLDERS)
    if (found === undefined) console.log(`nothing done: Coat ${DATA_ABSENT}, or give the publisher's files with --data`)
    return found
  }
  if (files === undefined) {
    const { reader } = SETTINGS[dataset]
    console.log(
      `nothing done: the files of ${dataset} are not part of this project; give their folder with --data (docs/data.md says what the reader ${reader} wants in it)`,
    )
    return undefined
  }
  await importDataset({ reader: SETTINGS[dataset].reader, files: [files], out: folder, name: dataset })
  return folder
}

/** Runs what has no result yet, each job in a process of its own, `workers` at a time. */
async function runAll(jobs: readonly Job[], workers: number): Promise<void> {
  const open: Job[] = []
  for (const job of jobs) if ((await readResult(job)) === undefined) open.push(job)
  console.log(`${jobs.length} jobs, ${jobs.length - open.length} of them done`)
  const failed: string[] = []
  const worker = async () => {
    for (let job = open.shift(); job !== undefined; job = open.shift()) {
      const started = performance.now()
      const given = ['--import', 'tsx', fileURLToPath(import.meta.url), '--job', JSON.stringify(job)]
      const child = spawn(process.execPath, given, { stdio: ['ignore', 'inherit', 'inherit'] })
      const code = await new Promise((resolve) => child.once('exit', resolve))
      const seconds = ((performance.now() - started) / 1000).toFixed(0)
      // One method that fails must not take hours of the others with it.
      if (code !== 0) failed.push(job.out)
      console.log(
        `${job.out}: ${code === 0 ? await inShort(job) : `ended with ${code}`}, ${seconds} s; ${open.length} to go`,
      )
    }
  }
  await Promise.all(Array.from({ length: workers }, worker))
  if (failed.length > 0) {
    console.error(`failed, and tried again by the next call: ${failed.join(', ')}`)
    process.exitCode = 1
  }
}

async function inShort(job: Job): Promise<string> {
  const { epochs, final } = (await readResult(job))!
  const last = epochs.at(-1)?.mode.noRepeat?.rTra
  return [
    last === undefined ? 'done' : `last epoch ${last.toFixed(2)}`,
    ...(final ? [`final ${final.rTra.toFixed(2)}`] : []),
  ].join(', ')
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      dataset: { type: 'string', default: 'coat' },
      data: { type: 'string' },
      seeds: { type: 'string', default: '5' },
      workers: { type: 'string', default: '2' },
      budget: { type: 'string', default: 'small' },
      epochs: { type: 'string' },
      steps: { type: 'string' },
      only: { type: 'string' },
      stage: { type: 'string' },
      'no-write': { type: 'boolean', default: false },
    },
  })
  const dataset = oneOf('dataset', DATASETS, values.dataset)
  const preset = BUDGETS[oneOf('budget', Object.keys(BUDGETS) as (keyof typeof BUDGETS)[], values.budget)]
  const budget: Budget = {
    epochs: Number(values.epochs ?? preset.epochs),
    stepsPerEpoch: Number(values.steps ?? preset.stepsPerEpoch),
  }
  const folder = await datasetFolder(dataset, values.data)
  if (folder === undefined) return
  const workers = Number(values.workers)
  const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1)
  const asked = values.only?.split(';').map((label) =>
    oneOf(
      'only',
      METHODS.map((method) => method.label),
      label,
    ),
  )
  const known = new Set(MODELS.map(({ name }) => name))
  const chosen = METHODS.filter(({ label }) => asked === undefined || asked.includes(label))
  const methods = chosen.filter(({ model }) => known.has(model))
  const missing = chosen.filter(({ model }) => !known.has(model))
  if (missing.length > 0) console.log(`not registered, left out: ${missing.map(({ label }) => label).join(', ')}`)
  const stage = (name: string) => values.stage === undefined || values.stage === name

  const worldJob = (world: World, seed: number): Job => ({
    kind: 'world',
    out: join(dataset, 'worlds', world, `seed${seed}`),
    dataset: folder,
    model: 'world-model',
    set: SETTINGS[dataset].worlds[world],
    seed,
  })
  const trainJob = (method: Method, leave: readonly string[], length: Budget, seed: number): Job => {
    const set = settingsOf(method, dataset, leave, length)
    const { finalEpisodes, finalUsers } = SETTINGS[dataset]
    return {
      kind: 'policy',
      out: join(placeOf(dataset, leave, length), slug(method.label), `seed${seed}`),
      dataset: folder,
      model: method.model,
      set: { ...set, ...(method.world && { worldModel: runFolder(worldJob(method.world, seed)) }) },
      seed,
      leave,
      finalEpisodes,
      finalUsers,
    }
  }
  const controlsJob = (leave: readonly string[]): Job => {
    const { finalEpisodes, finalUsers } = SETTINGS[dataset]
    const out = join(dataset, `leave-${slug(leave.join(' ')) || 'never'}`, 'controls')
    return { kind: 'controls', out, dataset: folder, model: '', set: {}, seed: 1, leave, finalEpisodes, finalUsers }
  }
  const { leave: leaves } = SETTINGS[dataset]
  const worldsOf = (some: readonly Method[]) => WORLDS.filter((world) => some.some((method) => method.world === world))
  const atPublished = methods.filter(({ label }) => AT_PUBLISHED_BUDGET.includes(label))

  // What an option is called wrongly shows before hours of training.
  for (const method of methods) {
    const { set } = trainJob(method, leaves[0]!, budget, 1)
    parseConfig(findModel(method.model), set)
  }
  if (stage('worldmodels'))
    await runAll(
      seeds.flatMap((seed) => worldsOf(methods).map((world) => worldJob(world, seed))),
      workers,
    )
  if (stage('train')) {
    await runAll(leaves.map(controlsJob), workers)
    // Seed by seed, so that a comparison that is cut has every method.
    await runAll(
      seeds.flatMap((seed) =>
        leaves.flatMap((leave) => methods.map((method) => trainJob(method, leave, budget, seed))),
      ),
      workers,
    )
  }
  if (stage('published'))
    await runAll(
      leaves.flatMap((leave) => atPublished.map((method) => trainJob(method, leave, BUDGETS.published, 1))),
      workers,
    )
  if (stage('report')) {
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
      compared.push({ leave, controls, rows })
    }
    const worlds = new Map<World, Result[]>()
    for (const world of WORLDS) worlds.set(world, await finished(seeds.map((seed) => worldJob(world, seed))))
    const { page, figures } = writePage({ dataset, budget, compared, worlds })
    console.log(page)
    if (!values['no-write']) {
      const name = dataset === 'coat' ? 'darlr' : `darlr-${dataset}`
      await mkdir(join('docs/results', name), { recursive: true })
      await writeFileAtomic(join('docs/results', `${name}.md`), page)
      for (const [figure, svg] of figures) await writeFileAtomic(join('docs/results', name, `${figure}.svg`), svg)
    }
  }
}

function placeOf(dataset: DatasetName, leave: readonly string[], { epochs, stepsPerEpoch }: Budget): string {
  return join(dataset, `leave-${slug(leave.join(' ')) || 'never'}`, `${epochs}x${stepsPerEpoch}`)
}

function oneOf<T extends string>(option: string, known: readonly T[], given: string): T {
  const found = known.find((name) => name === given)
  if (found === undefined) throw new Error(`--${option} does not know '${given}'; it knows ${known.join(', ')}`)
  return found
}

const [flag, job] = process.argv.slice(2)
if (flag === '--job') await runJob(JSON.parse(job!) as Job)
else await main()
