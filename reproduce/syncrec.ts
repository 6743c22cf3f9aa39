// The comparison of SyNCRec's Tables 2, 4 and 5: `npx tsx reproduce/syncrec.ts --help` says how.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { amazon5Candidates, importAmazon5 } from '../bench/syncrec/amazon5.ts'
import { Part, type TrainEvent } from '../src/core/index.ts'
import { evaluationCases } from '../src/data/index.ts'
import { type Candidates, evaluate } from '../src/evaluation/measures/index.ts'
import { writeFileAtomic } from '../src/files/atomic.ts'
import { trainRun } from '../src/runs/train.ts'
import { figuresByDomain } from '../src/trust/signals.ts'
import { readOptions, someOf, unlessNo, whole } from './shared/command.ts'
import { givenJob, readResults, runJobs } from './shared/jobs.ts'
import { type Result, writePage } from './syncrec/page.ts'

export const LOSSES = ['softmax', 'bce'] as const
export type Loss = (typeof LOSSES)[number]

export interface Entry {
  readonly label: string
  readonly model: string
  readonly set: Readonly<Record<string, unknown>>
}

/** Compared under both losses, each tuned by itself. */
export const ENTRIES: readonly Entry[] = [
  { label: 'syncrec', model: 'syncrec', set: {} },
  { label: 'syncrec, both branches', model: 'syncrec', set: { branch: 'blend' } },
  { label: 'sasrec twins', model: 'sasrec', set: { sequences: 'single' } },
  { label: 'sasrec', model: 'sasrec', set: {} },
  // Measured every fourth step: a game of five domains takes 31 passes.
  { label: 'cgrec', model: 'cgrec', set: { every: 4 } },
  { label: 'mmoe', model: 'syncrec', set: { ablation: 'mmoe' } },
  { label: 'without loss correction', model: 'syncrec', set: { ablation: 'loss-correction' } },
  { label: 'without mutual information', model: 'syncrec', set: { ablation: 'mutual-information' } },
  { label: 'without stop-gradient', model: 'syncrec', set: { ablation: 'stop-gradient' } },
]

const LABELS = ENTRIES.map(({ label }) => label)

/** With their defaults, whose objective is cross-entropy in the domain. */
export const BASELINES: readonly Entry[] = [
  ...['popularity', 'item-knn', 'bprmf', 'transrec', 'gru4rec', 'narm', 'stamp', 'nextitnet'],
  ...['bert4rec', 'light-sans', 'sine'],
].map((model) => ({ label: model, model, set: model === 'item-knn' ? { recency: 1, repeats: false } : {} }))
export const BASELINE_SEEDS = [1, 2, 3]

/** What every model may choose from on validation, by the same seed, which no result uses. */
export const GRID: readonly Readonly<Record<string, unknown>>[] = [{ learningRate: 0.001 }, { learningRate: 0.003 }]
/** The same for all. */
const SHARED = { dropout: 0.5, patience: 6 }
const TUNING_SEED = 101

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
  const result: Result = { validation: valid.overall['ndcg@10'], epochs, seconds, losses, set }
  if (tests) {
    const given = await ask(Part.test, { kind: 'file', path: amazon5Candidates() })
    const full = await ask(Part.test, { kind: 'full' })
    result.test = {
      given: [...given.ranks],
      full: [...full.ranks],
      users: [...given.users],
      domains: [...given.caseDomains],
      hasHistory: [...given.members.historyInDomain!],
      isNew: [...given.members.notRepeated!],
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

const tuningJobs = (entry: Entry, loss: Loss): Job[] =>
  GRID.map((choice, i) => ({
    out: join('tuning', loss, slug(entry.label), String(i)),
    model: entry.model,
    set: { ...SHARED, ...entry.set, ...choice, loss },
    seed: TUNING_SEED,
    tests: false,
  }))

/** The best of the grid on validation, or nothing while some are missing. */
async function tuned(entry: Entry, loss: Loss): Promise<Readonly<Record<string, unknown>> | undefined> {
  const jobs = tuningJobs(entry, loss)
  const found = await finished(jobs)
  if (found.length < jobs.length) return undefined
  const best = found.reduce((best, { validation }, i) => (validation > found[best].validation ? i : best), 0)
  return GRID[best]
}

const trainingJob = (entry: Entry, loss: Loss, choice: Readonly<Record<string, unknown>>, seed: number): Job => ({
  out: join('trained', loss, slug(entry.label), `seed${seed}`),
  model: entry.model,
  set: { ...SHARED, ...entry.set, ...choice, loss },
  seed,
  tests: true,
})
const baselineJob = ({ label, model, set }: Entry, seed: number): Job => ({
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
  does: `SyNCRec's Tables 2, 4 and 5 on the amazon5 splits: SyNCRec, its ablations and the sequential MMoE against SASRec on mixed
    sequences, its single-domain twins, CGRec and baselines, under the released code's loss (bce) and under cross-entropy in the domain
    (softmax). Every model is tuned on validation with the same grid under each loss, then trained with fresh seeds. A killed
    comparison goes on where it was.`,
  results: 'runs, each with its result beside it, below .results/syncrec; the page is docs/results/syncrec.md.',
  options: {
    seeds: whole('seeds 1 to N', 5),
    workers: whole('jobs at a time, each in a process of its own', 2),
    losses: someOf('losses', LOSSES),
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
  amazon5Candidates()
  await runJobs(import.meta.url, jobs, values.workers, inShort)
}

if (stages.includes('tune')) await run(losses.flatMap((loss) => entries.flatMap((entry) => tuningJobs(entry, loss))))
if (stages.includes('train')) {
  const jobs: Job[] = []
  // Seed by seed, so that a comparison that is cut has every model.
  for (const seed of seeds)
    for (const loss of losses)
      for (const entry of entries) {
        const choice = await tuned(entry, loss)
        if (choice !== undefined) jobs.push(trainingJob(entry, loss, choice, seed))
      }
  await run(jobs)
}
if (stages.includes('baselines'))
  await run(BASELINE_SEEDS.flatMap((seed) => BASELINES.map((entry) => baselineJob(entry, seed))))
if (stages.includes('report')) {
  const compared = new Map<Loss, { label: string; choice: Readonly<Record<string, unknown>>; results: Result[] }[]>()
  for (const loss of losses) {
    const rows = []
    for (const entry of ENTRIES) {
      const choice = await tuned(entry, loss)
      if (choice === undefined) continue
      const results = await finished(seeds.map((seed) => trainingJob(entry, loss, choice, seed)))
      if (results.length > 0) rows.push({ label: entry.label, choice, results })
    }
    compared.set(loss, rows)
  }
  const baselines = []
  for (const entry of BASELINES) {
    const results = await finished(BASELINE_SEEDS.map((seed) => baselineJob(entry, seed)))
    if (results.length > 0) baselines.push({ label: entry.label, choice: {}, results })
  }
  const page = writePage({ compared, baselines, grid: GRID.length })
  console.log(page)
  if (values.write) {
    await mkdir('docs/results', { recursive: true })
    await writeFileAtomic('docs/results/syncrec.md', page)
  }
}
