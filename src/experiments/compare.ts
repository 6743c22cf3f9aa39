import { type ByName, type Dataset, mapValues } from '../core/index.ts'
import { accountOfSplit, defaultSplit, openDataset, splitDataset } from '../data/index.ts'
import { type Comparison, type Seeded, summarizeSeeds } from '../evaluation/compare.ts'
import { type CaseGroup, judgingEnvironment } from '../evaluation/measures/index.ts'
import type { Finding } from '../evaluation/verdicts.ts'
import type { JobEngine } from '../jobs/index.ts'
import type { Run } from '../runs/run.ts'
import type { EpochSimulation } from '../simulation/while-training.ts'
import { type Entry, refuseUnalike } from './entry.ts'
import { type Estimate, estimateOf } from './estimate.ts'
import { type AskedProtocol, type JobResult, jobOf, STATISTICS_SEED } from './job.ts'
import { type ExperimentEvent, runJobs, seededRuns } from './runner.ts'
import { refuseFailed, trainElsewhere } from './spread.ts'

export interface ComparisonPlan extends Partial<AskedProtocol> {
  /** The others are held against the first. */
  readonly entries: readonly Entry[]
  readonly datasetFolder: string
  /** Where the runs go, each in a folder of its own; asked again, finished runs are reused. */
  readonly out: string
  /** One of `SPLITS`; default `defaultSplit` of the dataset. */
  readonly splitName?: string | undefined
  /** Default 1, 2, 3. */
  readonly seeds?: readonly number[]
  readonly threads?: number
  /** How many users a verdict takes; default `LEAST_USERS`. */
  readonly leastUsers?: number | undefined
  /** Which cases of models that rank are counted; default all. */
  readonly group?: CaseGroup | undefined
  /** Of its policies, while they learn. */
  readonly simulation?: EpochSimulation | undefined
  /** Trains; default this process, one after the other. What is trained is evaluated here. */
  readonly engine?: JobEngine | undefined
  /** What a command of the engine is given beside what says its training, such as plug-ins. */
  readonly words?: readonly string[] | undefined
  readonly signal?: AbortSignal
}

export interface ComparisonOutcome {
  readonly entries: readonly Entry[]
  readonly comparison: Comparison
  readonly dataset: Dataset
  readonly splitName: string
  /** What the split left out, and why. */
  readonly splitNotes: readonly string[]
  /** By entry, then by seed. */
  readonly runs: readonly (readonly Run[])[]
  /** Runs that were finished already. */
  readonly reused: number
}

/** What a comparison would train, checked before hours of it. */
async function jobsOf(plan: ComparisonPlan) {
  const { entries, datasetFolder, seeds = [1, 2, 3], threads, simulation } = plan
  const {
    candidates = { kind: 'full' },
    part = 'test',
    maskSeen = false,
    metrics,
    episodes,
    ranked,
    positiveAbove,
  } = plan
  refuseUnalike(entries, plan)
  const dataset = await openDataset(datasetFolder)
  // Before hours of training.
  if (episodes !== undefined) judgingEnvironment(dataset, episodes)
  const { splitName = defaultSplit(dataset) } = plan
  const protocols = [{ candidates, part, maskSeen, metrics, episodes, ranked, positiveAbove }]
  const asked = { datasetFolder, splitName, protocols, simulation, ...(threads !== undefined && { threads }) }
  // All entries with one seed before the next one, so that it is soon known how long each takes.
  const jobs = seeds.flatMap((seed) => entries.map((entry) => jobOf(entry, seed, asked)))
  return { dataset, splitName, jobs }
}

/**
 * How long a comparison would take, by finished runs beside its own, or else by the first steps of each model. Nothing is written.
 * @throws TributaryError as `compare`
 */
export async function estimateComparison(plan: ComparisonPlan): Promise<Estimate> {
  const { dataset, jobs } = await jobsOf(plan)
  return await estimateOf(jobs, { dataset, out: plan.out, probe: true, signal: plan.signal })
}

/**
 * Trains every entry with every seed as a run of its own, evaluates it and holds all against the first. Runs that are
 * finished are used as they are and unfinished ones go on, so that a killed comparison does, too.
 * @throws TributaryError `bad-argument` for models that are not measured alike; `bad-dataset` for episodes without a truth; `mismatch` when the folder holds runs of another
 * dataset, split or configuration; `interrupted` by the signal
 */
export async function* compare(plan: ComparisonPlan): AsyncGenerator<ExperimentEvent, ComparisonOutcome> {
  const { entries, engine, signal } = plan
  const { dataset, splitName, jobs } = await jobsOf(plan)
  yield { type: 'estimated', estimate: await estimateOf(jobs, { dataset, out: plan.out, signal }) }
  const spread = { dataset, out: plan.out, signal, words: plan.words }
  const elsewhere = engine && (yield* trainElsewhere(jobs, { ...spread, engine }))
  if (elsewhere !== undefined) refuseFailed(elsewhere)
  const done = yield* runJobs(jobs, { dataset, out: plan.out, signal })

  const ofEntry = entries.map((_, e) => done.filter((_, place) => place % entries.length === e))
  const outcome = await comparisonOf(plan, { entries, dataset, splitName, done: ofEntry })
  return { ...outcome, reused: outcome.reused - (elsewhere?.begun ?? 0) }
}

/**
 * What trained and evaluated models come to.
 * @param done by entry, then by seed
 */
export async function comparisonOf(
  { leastUsers, group }: Pick<ComparisonPlan, 'leastUsers' | 'group'>,
  {
    entries,
    dataset,
    splitName,
    done,
  }: Pick<ComparisonOutcome, 'entries' | 'dataset' | 'splitName'> & {
    readonly done: readonly (readonly JobResult[])[]
  },
): Promise<ComparisonOutcome> {
  const runs = done.map((results) => results.map(({ run }) => run))
  const results: Seeded[] = []
  for (const [e, { label }] of entries.entries())
    results.push({
      ...(await seededRuns(label, runs[e], dataset.domains)),
      evaluations: done[e].map(({ evaluations: [only] }) => only),
    })
  return {
    entries,
    comparison: summarizeSeeds(results, { seed: STATISTICS_SEED, leastUsers, group }),
    dataset,
    splitName,
    splitNotes: accountOfSplit(dataset, splitDataset(dataset, splitName)).notes,
    runs,
    reused: done.flat().filter(({ trained }) => !trained).length,
  }
}

/** The verdict on a model by domain. */
export function verdictsOn(comparison: Comparison, label: string): ByName<Finding> {
  return mapValues(comparison.differences.get(label)!, (metrics) => metrics[comparison.metric].verdict)
}
