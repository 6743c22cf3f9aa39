// The comparison of SyNCRec's Tables 2, 4 and 5: `npx tsx reproduce/syncrec.ts --help` says how.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { amazon5Candidates, importAmazon5 } from '../bench/syncrec/amazon5.ts'
import { Part, type TrainEvent } from '../src/core/index.ts'
import { evaluationCases } from '../src/data/index.ts'
import { type Candidates, evaluate } from '../src/evaluation/measures/index.ts'
import { writeFileAtomic } from '../src/files/atomic.ts'
import { mean } from '../src/math/bootstrap.ts'
import { trainRun } from '../src/runs/train.ts'
import { figuresByDomain } from '../src/trust/signals.ts'
import { readOptions, someOf, unlessNo, whole } from './shared/command.ts'
import { givenJob, readResults, runJobs } from './shared/jobs.ts'
import { type Result, type Row, writeOneModel, writePage } from './syncrec/page.ts'

export const LOSSES = ['softmax', 'bce', 'bpr'] as const
export type Loss = (typeof LOSSES)[number]

export interface Entry {
  readonly label: string
  readonly model: string
  readonly set: Readonly<Record<string, unknown>>
  /** What it is: one model of all domains, one that knows a single domain, or a part of SyNCRec. */
  readonly kind: 'mixed' | 'twins' | 'part'
  /** The entry that trains the same network, and whose setting is therefore its own; they differ in what answers. */
  readonly tunedAs?: string
}

const both = { histories: 'both' }
/** Compared under every loss, each tuned by itself with the same settings and runs. */
export const ENTRIES: readonly Entry[] = [
  { label: 'sasrec twins', model: 'sasrec', set: { sequences: 'single' }, kind: 'twins' },
  { label: 'sasrec, both histories', model: 'sasrec', set: both, kind: 'mixed' },
  {
    label: 'sasrec, both histories and a memory',
    model: 'sasrec',
    set: { ...both, memory: 'neighbors' },
    kind: 'mixed',
    tunedAs: 'sasrec, both histories',
  },
  {
    label: 'sasrec twins with a memory',
    model: 'sasrec',
    set: { sequences: 'single', memory: 'neighbors' },
    kind: 'twins',
    tunedAs: 'sasrec twins',
  },
  { label: 'sasrec', model: 'sasrec', set: {}, kind: 'mixed' },
  { label: 'sasrec, own histories', model: 'sasrec', set: { histories: 'own' }, kind: 'mixed' },
  { label: 'sasrec, asked by history', model: 'sasrec', set: { ask: 'domain' }, kind: 'mixed' },
  { label: 'sasrec, asked by vector', model: 'sasrec', set: { ask: 'learned' }, kind: 'mixed' },
  { label: 'hstu twins', model: 'hstu', set: { sequences: 'single' }, kind: 'twins' },
  { label: 'hstu, both histories', model: 'hstu', set: both, kind: 'mixed' },
  { label: 'syncrec', model: 'syncrec', set: { branch: 'cross' }, kind: 'mixed' },
  {
    label: 'syncrec, both branches',
    model: 'syncrec',
    set: { branch: 'blend' },
    kind: 'mixed',
    tunedAs: 'syncrec',
  },
  {
    label: 'syncrec, asked by history',
    model: 'syncrec',
    set: { branch: 'cross', ask: 'domain' },
    kind: 'mixed',
    tunedAs: 'syncrec',
  },
  { label: 'syncrec twins', model: 'syncrec', set: { branch: 'cross', sequences: 'single' }, kind: 'twins' },
  // Measured every fourth step: a game of five domains takes 31 passes.
  { label: 'cgrec', model: 'cgrec', set: { every: 4 }, kind: 'mixed' },
  { label: 'cgrec twins', model: 'cgrec', set: { sequences: 'single' }, kind: 'twins' },
  { label: 'mmoe', model: 'syncrec', set: { branch: 'cross', ablation: 'mmoe' }, kind: 'part' },
  {
    label: 'without loss correction',
    model: 'syncrec',
    set: { branch: 'cross', ablation: 'loss-correction' },
    kind: 'part',
  },
  {
    label: 'without mutual information',
    model: 'syncrec',
    set: { branch: 'cross', ablation: 'mutual-information' },
    kind: 'part',
  },
  {
    label: 'without stop-gradient',
    model: 'syncrec',
    set: { branch: 'cross', ablation: 'stop-gradient' },
    kind: 'part',
  },
]

const LABELS = ENTRIES.map(({ label }) => label)

/** With their defaults, whose objective is cross-entropy in the domain. */
export const BASELINES: readonly Pick<Entry, 'label' | 'model' | 'set'>[] = [
  { label: 'syncrec, cross branch, defaults', model: 'syncrec', set: { branch: 'cross' } },
  { label: 'syncrec, both branches, defaults', model: 'syncrec', set: { branch: 'blend' } },
  { label: 'item-knn, plain cosine', model: 'item-knn', set: { recency: 1, repeats: false } },
  ...['popularity', 'item-knn', 'bprmf', 'transrec', 'gru4rec', 'narm', 'stamp', 'nextitnet'],
  ...['bert4rec', 'light-sans', 'sine', 'c2dsr'],
].map((entry) => (typeof entry === 'string' ? { label: entry, model: entry, set: {} } : entry))
export const BASELINE_SEEDS = [1, 2, 3]

/** What every model may choose from on validation. */
export const GRID: readonly Readonly<Record<string, unknown>>[] = [64, 128].flatMap((width) =>
  [0.0005, 0.001, 0.003].map((learningRate) => ({ learningRate, width })),
)
/** The inner width of feed-forward networks goes with the width, as in the papers. */
const withInner = (model: string, set: Readonly<Record<string, unknown>>) =>
  model === 'sasrec' || model === 'cgrec' ? { ...set, inner: set.width } : set
/** The same for all. */
const SHARED = { dropout: 0.5, patience: 10 }
/** No result uses them: all settings with the first, the best of them with all. */
const TUNING_SEEDS = [101, 102, 103]
const FINALISTS = 2

const FOLDER = '.results/syncrec'

/** One training: `out` is its place below FOLDER. */
interface Job {
  readonly out: string
  readonly model: string
  readonly set: Readonly<Record<string, unknown>>
  readonly seed: number
  /** Whether the test part is looked at. */
  readonly tests: boolean
}

const slug = (text: string) => text.replaceAll(/[^a-z0-9]+/g, '-')
const resultFile = (job: Pick<Job, 'out'>) => join(FOLDER, job.out, 'result.json')

async function runJob({ out, model: name, set, seed, tests }: Job): Promise<void> {
  const folder = join(FOLDER, out)
  await mkdir(join(folder, '..'), { recursive: true })
  const training = trainRun({
    model: name,
    overrides: set,
    datasetFolder: await importAmazon5('.results/datasets'),
    out: folder,
    splitName: 'column',
    seed,
    threads: 1,
    resume: true,
    checkpointSeconds: 60,
  })
  let next = await training.next()
  let last: Extract<TrainEvent, { type: 'epoch' }> | undefined
  while (!next.done) {
    if (next.value.type === 'epoch') last = next.value
    next = await training.next()
  }
  const { model, dataset, split, run } = next.value
  const ask = (part: Part, candidates: Candidates) =>
    evaluate(model, dataset, evaluationCases(dataset, split, part), {
      candidates,
      maskSeen: false,
      seed,
      ties: 'random',
    })
  const valid = await ask(Part.valid, { kind: 'full' })
  const losses = { ...last?.losses, ...figuresByDomain(last?.trust, dataset.domains) }
  const { epochs = 0, seconds = 0 } = run.manifest.result ?? {}
  // Each domain counts the same, as in the tables.
  const result: Result = { validation: valid.macro['ndcg@10'], epochs, seconds, losses, set }
  if (tests) {
    const given = await ask(Part.test, { kind: 'file', path: amazon5Candidates('indomain') })
    const foreign = await ask(Part.test, { kind: 'file', path: amazon5Candidates('alldomain') })
    const full = await ask(Part.test, { kind: 'full' })
    const { lastInDomain, lastElsewhere, newToDomain } = given.members
    result.test = {
      given: [...given.ranks],
      foreign: [...foreign.ranks],
      full: [...full.ranks],
      users: [...given.users],
      domains: [...given.caseDomains],
      groups: {
        lastInDomain: [...lastInDomain!],
        lastElsewhere: [...lastElsewhere!],
        newToDomain: [...newToDomain!],
      },
    }
  }
  await model.dispose()
  await writeFileAtomic(resultFile({ out }), `${JSON.stringify(result)}\n`)
}

const finished = (jobs: readonly Job[]) => readResults<Result>(jobs.map(resultFile))

async function inShort(job: Job): Promise<string | undefined> {
  const [result] = await finished([job])
  return result && `validation NDCG@10 ${result.validation.toFixed(4)}, ${result.epochs} epochs`
}

const tuningJob = (entry: Entry, loss: Loss, choice: (typeof GRID)[number], seed: number): Job => ({
  out: join('tuning', loss, slug(entry.label), `${slug(JSON.stringify(choice))}seed${seed}`),
  model: entry.model,
  set: { ...SHARED, ...entry.set, ...withInner(entry.model, choice), loss },
  seed,
  tests: false,
})

const firstJobs = (entry: Entry, loss: Loss) => GRID.map((choice) => tuningJob(entry, loss, choice, TUNING_SEEDS[0]))

/** The settings that are tried with all seeds, best first; nothing while some were not tried with the first. */
async function finalists(entry: Entry, loss: Loss): Promise<(typeof GRID)[number][]> {
  const jobs = firstJobs(entry, loss)
  const found = await finished(jobs)
  if (found.length < jobs.length) return []
  const order = [...GRID.keys()].sort((a, b) => found[b].validation - found[a].validation)
  return order.slice(0, FINALISTS).map((i) => GRID[i])
}

const lastJobs = async (entry: Entry, loss: Loss) =>
  (await finalists(entry, loss)).map((choice) => TUNING_SEEDS.map((seed) => tuningJob(entry, loss, choice, seed)))

/** The best on validation over the tuning seeds, and what it came to there; nothing while some are missing. */
async function tuned(entry: Entry, loss: Loss) {
  const { tunedAs } = entry
  if (tunedAs !== undefined) {
    const setting = await tunedHere(ENTRIES.find(({ label }) => label === tunedAs)!, loss)
    const found = setting && (await finished(TUNING_SEEDS.map((seed) => tuningJob(entry, loss, setting.choice, seed))))
    if (setting === undefined || found === undefined || found.length < TUNING_SEEDS.length) return undefined
    return { choice: setting.choice, validation: mean(found.map(({ validation }) => validation)) }
  }
  return await tunedHere(entry, loss)
}

async function tunedHere(entry: Entry, loss: Loss) {
  const choices = await finalists(entry, loss)
  const means: number[] = []
  for (const jobs of await lastJobs(entry, loss)) {
    const found = await finished(jobs)
    if (found.length < jobs.length) return undefined
    means.push(mean(found.map(({ validation }) => validation)))
  }
  if (means.length === 0) return undefined
  const validation = Math.max(...means)
  return { choice: choices[means.indexOf(validation)], validation }
}

const trainingJob = (entry: Entry, loss: Loss, choice: Readonly<Record<string, unknown>>, seed: number): Job => ({
  out: join('trained', loss, slug(entry.label), `seed${seed}`),
  model: entry.model,
  set: { ...SHARED, ...entry.set, ...withInner(entry.model, choice), loss },
  seed,
  tests: true,
})
const baselineJob = ({ label, model, set }: (typeof BASELINES)[number], seed: number): Job => ({
  out: join('baselines', slug(label), `seed${seed}`),
  model,
  set,
  seed,
  tests: true,
})

const job = givenJob<Job>()
if (job !== undefined) {
  await runJob(job)
  process.exit(0)
}
const values = readOptions({
  script: 'syncrec.ts',
  does: `SyNCRec's Tables 2, 4 and 5 on the amazon5 splits: SyNCRec, its parts, and other models of all domains against twins that
    know one domain each, under cross-entropy in the domain (softmax), the released code's loss (bce) and the one nearest to the paper's (bpr).
    Every model is tuned on validation with the same settings and runs, then trained with fresh seeds. A killed comparison goes on where it was.`,
  results: `runs, each with its result beside it, below .results/syncrec; the pages are docs/results/one-model.md and, once SyNCRec is
    among the tuned, docs/results/syncrec.md.`,
  options: {
    seeds: whole('seeds 1 to N', 5),
    workers: whole('jobs at a time, each in a process of its own', 2),
    losses: someOf('losses to tune and train', LOSSES),
    only: someOf('models to tune and train', LABELS),
    stage: someOf('stages', ['tune', 'train', 'baselines', 'report']),
    write: unlessNo('print the page, but do not write it'),
  },
})
const { losses, stage: stages } = values
const seeds = Array.from({ length: values.seeds }, (_, i) => i + 1)
const entries = ENTRIES.filter(({ label }) => values.only.includes(label))
const run = async (jobs: readonly Job[]) => {
  // What is missing shows before hours of training.
  await importAmazon5('.results/datasets')
  for (const among of ['indomain', 'alldomain'] as const) amazon5Candidates(among)
  await runJobs(import.meta.url, jobs, values.workers, inShort)
}

if (stages.includes('tune'))
  // Model by model, so that a comparison that is cut has whole ones.
  for (const loss of losses)
    for (const entry of entries) {
      const { tunedAs } = entry
      if (tunedAs === undefined) {
        await run(firstJobs(entry, loss))
        await run((await lastJobs(entry, loss)).flat())
        continue
      }
      const setting = await tunedHere(ENTRIES.find(({ label }) => label === tunedAs)!, loss)
      if (setting !== undefined) await run(TUNING_SEEDS.map((seed) => tuningJob(entry, loss, setting.choice, seed)))
    }
if (stages.includes('train')) {
  const jobs: Job[] = []
  // Seed by seed, so that a comparison that is cut has every model.
  for (const seed of seeds)
    for (const loss of losses)
      for (const entry of entries) {
        const found = await tuned(entry, loss)
        if (found !== undefined) jobs.push(trainingJob(entry, loss, found.choice, seed))
      }
  await run(jobs)
}
if (stages.includes('baselines'))
  await run(BASELINE_SEEDS.flatMap((seed) => BASELINES.map((entry) => baselineJob(entry, seed))))
if (stages.includes('report')) {
  const compared = new Map<Loss, Row[]>()
  for (const loss of LOSSES) {
    const rows: Row[] = []
    for (const entry of ENTRIES) {
      const found = await tuned(entry, loss)
      if (found === undefined) continue
      const results = await finished(seeds.map((seed) => trainingJob(entry, loss, found.choice, seed)))
      if (results.length > 0) rows.push({ label: entry.label, kind: entry.kind, ...found, results })
    }
    if (rows.length > 0) compared.set(loss, rows)
  }
  const baselines = []
  for (const entry of BASELINES) {
    const results = await finished(BASELINE_SEEDS.map((seed) => baselineJob(entry, seed)))
    if (results.length > 0) baselines.push({ label: entry.label, kind: 'baseline' as const, choice: {}, results })
  }
  const present = new Set([...compared.values()].flat().map(({ label }) => label))
  const input = {
    missing: LABELS.filter((label) => !present.has(label)),
    compared,
    baselines,
    settings: GRID.length,
    finalists: FINALISTS,
    tuningSeeds: TUNING_SEEDS.length,
  }
  const pages = new Map([['one-model.md', writeOneModel(input)]])
  // A page on SyNCRec without it would take the place of one that has it.
  if ([...compared.values()].flat().some(({ label }) => label === 'syncrec')) pages.set('syncrec.md', writePage(input))
  for (const [name, page] of pages) {
    console.log(page)
    if (!values.write) continue
    await mkdir('docs/results', { recursive: true })
    await writeFileAtomic(join('docs/results', name), page)
  }
}
