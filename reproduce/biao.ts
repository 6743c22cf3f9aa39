// The comparison of BIAO's Tables 1 to 3: `npx tsx reproduce/biao.ts --help` says how.
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ciao, ciaoFiles } from '../bench/biao/ciao.ts'
import { parseConfig } from '../src/core/config.ts'
import { Part, TributaryError } from '../src/core/index.ts'
import { evaluationCases, splitDataset } from '../src/data/index.ts'
import { labels } from '../src/evaluation/measures/index.ts'
import { writeFileAtomic } from '../src/files/atomic.ts'
import { findModel } from '../src/registry.ts'
import { startTraining } from '../src/runs/in-memory.ts'
import { type Result, writePage } from './biao/page.ts'
import { readOptions, someOf, unlessNo, whole } from './shared/command.ts'
import { givenJob, readResults, runJobs } from './shared/jobs.ts'

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
const labelOf = ({ base, form }: (typeof ENTRIES)[number]) => `${base} ${form}`

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

async function runJob({ out, pair, model: name, set, seed, tests }: Job): Promise<void> {
  const dataset = ciao(pair.split(':'))
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
    return labels.evaluate(model, dataset, evaluationCases(dataset, split, part), { positiveAbove })
  }
  const validation = (await ask(Part.valid)).overall.auc
  const result: Result = { validation, epochs, bestEpoch, seconds, losses, set, ...(stopped && { stopped }) }
  if (tests) {
    const { predictions, labels: given } = await ask(Part.test)
    result.test = { predictions: [...predictions], labels: [...given] }
  }
  await model.dispose()
  await mkdir(dirname(resultFile({ out })), { recursive: true })
  await writeFileAtomic(resultFile({ out }), `${JSON.stringify(result)}\n`)
}

const finished = (jobs: readonly Job[]) => readResults<Result>(jobs.map(resultFile))

async function inShort(job: Job): Promise<string | undefined> {
  const [result] = await finished([job])
  return result && `validation AUC ${result.validation.toFixed(4)}, ${result.epochs} epochs`
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
  const found = await finished(jobs)
  if (found.length < jobs.length) return undefined
  const best = found.reduce((best, { validation }, i) => (validation > found[best].validation ? i : best), 0)
  return gridOf(base)[best]
}

const searchJobs = async (form: 'biao' | 'dev held out', i: number): Promise<Job[]> => {
  const jobs: Job[] = []
  for (const pair of PAIRS) {
    const choice = await tuned(pair, 'conet', 'plain')
    if (choice === undefined) continue
    const { model, set } = settingsOf('conet', form, BIAO_GRID[i])
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
    const found = await finished(jobs)
    if (jobs.length === 0 || found.length < jobs.length) return undefined
    means.push(found.reduce((sum, { validation }) => sum + validation / found.length, 0))
  }
  return means
}

async function main(): Promise<void> {
  const values = readOptions({
    script: 'biao.ts',
    does: `BIAO's Tables 1 to 3 on pairs of ciao's categories: CoNet and MiNet as their single-domain form (S), with source features
      only (0), with even source weights (plain), with BIAO, and BIAO without its global or its user-specific part; on some pairs
      also with dev rows split off. The weight decay of S, 0 and plain is chosen on validation by a seed that no result uses; BIAO
      takes that of plain, and its own two options (interval and upper learning rate) as they do best on validation over all
      pairs. A killed comparison goes on where it was.`,
    results: 'a file a training below .results/biao; the page is docs/results/biao.md.',
    options: {
      seeds: whole('seeds 1 to N', 5),
      workers: whole('jobs at a time, each in a process of its own', 2),
      only: someOf('models with their form', ENTRIES.map(labelOf)),
      pairs: someOf('pairs, source:target', PAIRS),
      stage: someOf('stages', ['tune', 'search', 'train', 'splits', 'report']),
      write: unlessNo('print the page, but do not write it'),
    },
  })
  const { pairs, stage: stages } = values
  const seeds = Array.from({ length: values.seeds }, (_, i) => i + 1)
  const entries = ENTRIES.filter((entry) => values.only.includes(labelOf(entry)))
  const run = async (jobs: readonly Job[]) => {
    // What is missing shows before any job fails for it.
    ciaoFiles()
    await runJobs(import.meta.url, jobs, values.workers, inShort)
  }
  if (stages.includes('tune')) {
    const trained = entries.filter(({ form }) => form !== 'control')
    const forms = [...new Set(trained.map(({ base, form }) => `${base} ${tunedAs(form)}`))]
    const jobs = pairs.flatMap((pair) =>
      forms.flatMap((entry) => tuningJobs(pair, ...(entry.split(' ') as [string, string]))),
    )
    await run(jobs)
  }
  if (stages.includes('search')) {
    const jobs: Job[] = []
    for (const form of ['biao', 'dev held out'] as const)
      for (const i of BIAO_GRID.keys()) jobs.push(...(await searchJobs(form, i)))
    await run(jobs)
  }
  const found = await searched('biao')
  const heldOut = await searched('dev held out')
  const best = (means: readonly number[] | undefined) => means && BIAO_GRID[means.indexOf(Math.max(...means))]
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

  if (stages.includes('train')) {
    const jobs: Job[] = []
    // Seed by seed, so that a comparison that is cut has every model.
    for (const seed of seeds)
      for (const pair of pairs)
        for (const { base, form } of entries) {
          const choice = await tuned(pair, base, form)
          const ready = choice !== undefined && (tunedAs(form) === form || upperOf(form) !== undefined)
          if (ready) jobs.push(trainingJob(pair, base, form, seed, choice))
        }
    await run(jobs)
  }
  if (stages.includes('splits')) {
    const jobs: Job[] = []
    for (const seed of seeds)
      for (const pair of SPLIT_PAIRS)
        for (const share of SPLIT_SHARES) {
          const choice = await tuned(pair, 'conet', 'plain')
          if (choice !== undefined) jobs.push(splitJob(pair, 'conet', share, seed, choice))
        }
    await run(jobs)
  }
  if (stages.includes('report')) {
    const results = new Map<string, Result[]>()
    for (const pair of PAIRS)
      for (const { base, form } of ENTRIES) {
        const choice = await tuned(pair, base, form)
        const jobs = choice ? seeds.map((seed) => trainingJob(pair, base, form, seed, choice)) : []
        results.set(`${pair} ${base} ${form}`, await finished(jobs))
      }
    const splits = new Map<string, Result[]>()
    for (const pair of SPLIT_PAIRS)
      for (const share of SPLIT_SHARES) {
        const choice = await tuned(pair, 'conet', 'plain')
        const jobs = choice ? seeds.map((seed) => splitJob(pair, 'conet', share, seed, choice)) : []
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
    if (values.write) {
      await mkdir('docs/results', { recursive: true })
      await writeFileAtomic('docs/results/biao.md', page)
    }
  }
}

const job = givenJob<Job>()
if (job !== undefined) await runJob(job)
else await main()
