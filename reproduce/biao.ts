// The paper's comparison (Tables 1 to 3) on pairs of ciao's categories: CoNet and MiNet as their single-domain form (S), with
// source features only (0), with even source weights (plain), with BIAO, and BIAO without its global or its user-specific part; on
// some pairs also with dev rows split off. The weight decay of S, 0 and plain is chosen on validation by a seed that no result
// uses; BIAO takes that of plain, and its own two options (interval and upper learning rate) as
// they do best on validation over all pairs. Every training leaves its result on disk, so that a killed comparison goes on. Writes
// docs/results/biao.md.
//
//   npx tsx reproduce/biao.ts [--seeds 5] [--workers 2] [--stage tune|search|train|splits|report] [--only 'conet plain;conet biao']
//       [--pairs 'Books:Music;…'] [--no-write]
import { fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ciao } from '../bench/ciao.ts'
import { parseConfig } from '../src/core/config.ts'
import { writeFileAtomic } from '../src/core/files.ts'
import { type Dataset, Part, TributaryError } from '../src/core/index.ts'
import { evaluationCases, splitDataset } from '../src/data/index.ts'
import { evaluatePoints } from '../src/evaluate-points.ts'
import { findModel } from '../src/registry.ts'
import { startTraining } from '../src/train.ts'
import { type Result, writePage } from './biao-page.ts'

/** Source:target. */
export const PAIRS = [
  'Books:DVDs',
  'Books:Music',
  'Books:Games',
  'Books:Electronics',
  'Music:Beauty',
  'Electronics:Beauty',
  'DVDs:Music',
] as const
export const BASES = ['conet', 'minet'] as const
export const FORMS = ['S', '0', 'plain', 'biao', 'w/o global', 'w/o user'] as const
/** Ours: the upper loss on rows that no lower weight is fitted to. With rows reused, the best that φ can do is to switch the source off. */
export const VARIANTS = ['dev held out', 'dev validation'] as const
/** Controls: how users and items rate on average, and models without attention or crossing. */
const CONTROLS = [
  { base: 'rates', form: 'control' },
  { base: 'lr', form: 'S' },
  { base: 'deepfm', form: 'S' },
  { base: 'deepfm', form: 'plain' },
] as const
/** The paper's Table 3 has two bases and three shares; here on the two smallest pairs that have enough rows to split. */
const SPLIT_PAIRS = ['Books:Games', 'Electronics:Beauty']
const SPLIT_SHARES = [0.01, 0.05, 0.1] as const

const ENTRIES = [...BASES.flatMap((base) => [...FORMS, ...VARIANTS].map((form) => ({ base, form }))), ...CONTROLS]

type Settings = Readonly<Record<string, unknown>>
const GRID: readonly Settings[] = [{ weightDecay: 0.001 }, { weightDecay: 0.003 }]
/** Weights alone, without vectors, want less of it. */
const GRID_OF_LR: readonly Settings[] = [{ weightDecay: 0 }, { weightDecay: 0.0001 }]
const gridOf = (base: string) => (base === 'lr' ? GRID_OF_LR : GRID)
const TUNING_SEED = 101
const BIAO: Settings = { recent: 20, alpha: 0.01 }
/** One of them, the best on validation on the average of pairs with CoNet, serves all pairs, bases and ablations. */
const BIAO_GRID: readonly Settings[] = [
  { interval: 20, upperLearningRate: 0.003 },
  { interval: 20, upperLearningRate: 0.01 },
  { interval: 5, upperLearningRate: 0.01 },
  { interval: 5, upperLearningRate: 0.03 },
]
const SEARCH_SEEDS = [101, 102] as const
const SHARED: Settings = { epochs: 30, patience: 5 }

interface Job {
  readonly out: string
  readonly pair: string
  readonly model: string
  readonly set: Settings
  readonly seed: number
  /** Whether the test part is looked at. */
  readonly tests: boolean
}

const FOLDER = '.results/biao'
const resultFile = ({ out }: Pick<Job, 'out'>) => join(FOLDER, `${out}.json`)
const slug = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')

const datasets = new Map<string, Dataset>()
function datasetOf(pair: string): Dataset {
  const dataset = datasets.get(pair) ?? ciao(pair.split(':'))
  datasets.set(pair, dataset)
  return dataset
}

async function runJob({ out, pair, model: name, set, seed, tests }: Job): Promise<void> {
  const dataset = datasetOf(pair)
  const split = splitDataset(dataset, `cross-domain:${pair}`)
  const spec = findModel(name)
  const { config } = parseConfig(spec, set)
  const { model, events } = startTraining({ spec, config, dataset, split, seed, threads: 1 })
  let [epochs, bestEpoch, seconds] = [0, 0, 0]
  let losses: Readonly<Record<string, number>> = {}
  let stopped: string | undefined
  try {
    for await (const event of events) {
      if (event.type !== 'epoch') continue
      epochs = event.epoch
      seconds += event.seconds
      if (event.best) [bestEpoch, losses] = [event.epoch, event.losses]
    }
  } catch (error) {
    // The guard of the upper step has spoken: the model holds its best weights, as a run would keep them.
    if (!(error instanceof TributaryError) || error.code !== 'not-finite' || epochs === 0) throw error
    stopped = error.message
  }
  const ask = async (part: Part) => {
    const positiveAbove = config.positiveAbove as number
    return evaluatePoints(model, dataset, evaluationCases(dataset, split, part), { task: 'ctr', positiveAbove })
  }
  const validation = (await ask(Part.valid)).overall.auc!
  const result: Result = { validation, epochs, bestEpoch, seconds, losses, set, ...(stopped && { stopped }) }
  if (tests) {
    const { predictions, labels } = await ask(Part.test)
    result.test = { predictions: [...predictions], labels: [...labels] }
  }
  await model.dispose()
  await mkdir(dirname(resultFile({ out })), { recursive: true })
  await writeFileAtomic(resultFile({ out }), `${JSON.stringify(result)}\n`)
}

async function readResult(job: Pick<Job, 'out'>): Promise<Result> {
  return JSON.parse(await readFile(resultFile(job), 'utf8')) as Result
}

/** Runs what has no result yet in `workers` processes, which take one job after the other. */
async function runAll(jobs: readonly Job[], workers: number): Promise<void> {
  const open = jobs.filter((job) => !existsSync(resultFile(job)))
  console.log(`${jobs.length} trainings, ${jobs.length - open.length} of them done`)
  if (open.length === 0) return
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const child = fork(fileURLToPath(import.meta.url), ['--work'], { execArgv: ['--import', 'tsx'] })
      let job: Job | undefined
      const next = () => {
        job = open.shift()
        if (job === undefined) child.disconnect()
        else child.send(job)
      }
      child.on('message', async () => {
        const { validation, epochs, seconds } = await readResult(job!)
        console.log(
          `${job!.out}: validation AUC ${validation.toFixed(4)}, ${epochs} epochs, ${seconds.toFixed(0)} s; ${open.length} to go`,
        )
        next()
      })
      child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${job?.out} ended with ${code}`))))
      next()
    })
  await Promise.all(Array.from({ length: workers }, work))
}

const settingsOf = (base: string, form: string, upper: Settings = {}): { model: string; set: Settings } => {
  if (form === 'control') return { model: base, set: {} }
  if (form === 'S' || form === '0')
    return { model: base, set: { ...SHARED, source: form === 'S' ? 'none' : 'features' } }
  if (form === 'plain') return { model: base, set: SHARED }
  const dev = { 'dev held out': { devShare: 0.1 }, 'dev validation': { dev: 'valid' } }[form]
  const importance = { 'w/o global': 'user', 'w/o user': 'global' }[form] ?? 'both'
  return { model: 'biao', set: { ...SHARED, ...BIAO, ...upper, ...dev, base, importance } }
}
/** BIAO is tuned as the plain form is. */
const tunedAs = (form: string) => (['S', '0', 'control'].includes(form) ? form : 'plain')

const tuningJobs = (pair: string, base: string, form: string): Job[] =>
  gridOf(base).map((choice, i) => {
    const { model, set } = settingsOf(base, form)
    const out = join('tuning', slug(pair), slug(`${base} ${form}`), String(i))
    return { out, pair, model, set: { ...set, ...choice }, seed: TUNING_SEED, tests: false }
  })

/** The best of the grid on validation, or nothing while some are missing. */
async function tuned(pair: string, base: string, form: string): Promise<Settings | undefined> {
  if (form === 'control') return {}
  const jobs = tuningJobs(pair, base, tunedAs(form))
  if (jobs.some((job) => !existsSync(resultFile(job)))) return undefined
  const found = await Promise.all(jobs.map(readResult))
  const best = found.reduce((best, { validation }, i) => (validation > found[best]!.validation ? i : best), 0)
  return gridOf(base)[best]
}

const searchJobs = async (form: 'biao' | 'dev held out', i: number): Promise<Job[]> => {
  const jobs: Job[] = []
  for (const pair of PAIRS) {
    const choice = await tuned(pair, 'conet', 'plain')
    if (choice === undefined) continue
    const { model, set } = settingsOf('conet', form, BIAO_GRID[i]!)
    for (const seed of SEARCH_SEEDS)
      jobs.push({
        out: join('search', slug(form), String(i), `${slug(pair)}-seed${seed}`),
        ...{ pair, model, set: { ...set, ...choice }, seed, tests: false },
      })
  }
  return jobs
}

/** Mean validation AUC of each of BIAO_GRID, or nothing while some are missing. */
async function searched(form: 'biao' | 'dev held out'): Promise<number[] | undefined> {
  const means: number[] = []
  for (const i of BIAO_GRID.keys()) {
    const jobs = await searchJobs(form, i)
    if (jobs.length === 0 || jobs.some((job) => !existsSync(resultFile(job)))) return undefined
    const found = await Promise.all(jobs.map(readResult))
    means.push(found.reduce((sum, { validation }) => sum + validation / found.length, 0))
  }
  return means
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '5' },
      workers: { type: 'string', default: '2' },
      only: { type: 'string' },
      pairs: { type: 'string' },
      stage: { type: 'string' },
      'no-write': { type: 'boolean', default: false },
    },
  })
  const workers = Number(values.workers)
  const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1)
  const pairs = PAIRS.filter((pair) => values.pairs === undefined || values.pairs.split(';').includes(pair))
  const entries = ENTRIES.filter(
    ({ base, form }) => values.only === undefined || values.only.split(';').includes(`${base} ${form}`),
  )
  const stage = (name: string) => values.stage === undefined || values.stage === name
  if (stage('tune')) {
    const trained = entries.filter(({ form }) => form !== 'control')
    const forms = [...new Set(trained.map(({ base, form }) => `${base} ${tunedAs(form)}`))]
    const jobs = pairs.flatMap((pair) =>
      forms.flatMap((entry) => tuningJobs(pair, ...(entry.split(' ') as [string, string]))),
    )
    await runAll(jobs, workers)
  }
  if (stage('search')) {
    const jobs: Job[] = []
    for (const form of ['biao', 'dev held out'] as const)
      for (const i of BIAO_GRID.keys()) jobs.push(...(await searchJobs(form, i)))
    await runAll(jobs, workers)
  }
  const found = await searched('biao')
  const heldOut = await searched('dev held out')
  const best = (means: readonly number[] | undefined) => means && BIAO_GRID[means.indexOf(Math.max(...means))]!
  /** The variant of the validation rows takes what held-out rows like best: it has no validation rows to be tuned on. */
  const upperOf = (form: string) => best(form.startsWith('dev ') ? heldOut : found)
  console.log(`BIAO on validation: ${found?.join(', ')}; with dev rows held out: ${heldOut?.join(', ')}`)
  const trainingJob = (pair: string, base: string, form: string, seed: number, choice: Settings): Job => {
    const { model, set } = settingsOf(base, form, upperOf(form))
    const out = join('trained', slug(pair), slug(`${base} ${form}`), `seed${seed}`)
    return { out, pair, model, set: { ...set, ...choice }, seed, tests: true }
  }
  const splitJob = (pair: string, base: string, share: number, seed: number, choice: Settings): Job => {
    const { out, ...job } = trainingJob(pair, base, 'biao', seed, choice)
    return { ...job, out: join(dirname(out), `dev${share}-seed${seed}`), set: { ...job.set, devShare: share } }
  }

  if (stage('train')) {
    const jobs: Job[] = []
    // Seed by seed, so that a comparison that is cut has every model.
    for (const seed of seeds)
      for (const pair of pairs)
        for (const { base, form } of entries) {
          const choice = await tuned(pair, base, form)
          const ready = choice !== undefined && (tunedAs(form) === form || upperOf(form) !== undefined)
          if (ready) jobs.push(trainingJob(pair, base, form, seed, choice))
        }
    await runAll(jobs, workers)
  }
  if (stage('splits')) {
    const jobs: Job[] = []
    for (const seed of seeds)
      for (const pair of SPLIT_PAIRS)
        for (const share of SPLIT_SHARES) {
          const choice = await tuned(pair, 'conet', 'plain')
          if (choice !== undefined) jobs.push(splitJob(pair, 'conet', share, seed, choice))
        }
    await runAll(jobs, workers)
  }
  if (stage('report')) {
    const finished = async (jobs: readonly (Job | undefined)[]) =>
      Promise.all(
        jobs.flatMap((job) => (job !== undefined && existsSync(resultFile(job)) ? [job] : [])).map(readResult),
      )
    const results = new Map<string, Result[]>()
    for (const pair of PAIRS)
      for (const { base, form } of ENTRIES) {
        const choice = await tuned(pair, base, form)
        const jobs = seeds.map((seed) => choice && trainingJob(pair, base, form, seed, choice))
        results.set(`${pair} ${base} ${form}`, await finished(jobs))
      }
    const splits = new Map<string, Result[]>()
    for (const pair of SPLIT_PAIRS)
      for (const share of SPLIT_SHARES) {
        const choice = await tuned(pair, 'conet', 'plain')
        const jobs = seeds.map((seed) => choice && splitJob(pair, 'conet', share, seed, choice))
        splits.set(`${pair} ${share}`, await finished(jobs))
      }
    const page = writePage({
      results,
      splits,
      settings: { ...SHARED, ...BIAO },
      grid: GRID,
      search: { settings: BIAO_GRID, reused: found ?? [], heldOut: heldOut ?? [] },
    })
    console.log(page)
    if (!values['no-write']) {
      await mkdir('docs/results', { recursive: true })
      await writeFileAtomic('docs/results/biao.md', page)
    }
  }
}

if (process.argv[2] === '--work')
  process.on('message', async (job: Job) => {
    await runJob(job)
    process.send!('done')
  })
else await main()
