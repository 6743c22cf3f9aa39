import { dirname, join } from 'node:path'
import {
  type Dataset,
  type ModelSpec,
  Part,
  parseAssignments,
  parseConfig,
  ranksItems,
  TributaryError,
} from '../../core/index.ts'
import { describe, evaluationCases, openDataset } from '../../data/index.ts'
import { type AnyProtocol, type Comparison, type Seeded, summarizeSeeds } from '../../evaluation/compare.ts'
import { summarizePoints } from '../../evaluation/measures/compare-points.ts'
import { evaluatePoints, type PointEvaluation } from '../../evaluation/measures/points.ts'
import { type Candidates, type Evaluation, evaluate } from '../../evaluation/measures/ranking.ts'
import type { UnderTrained } from '../../evaluation/verdicts.ts'
import { makeFolder, refuseForeignFiles } from '../../files/index.ts'
import { findModel } from '../../registry.ts'
import type { Run } from '../../runs/run.ts'
import { pointOptions, type TrainedRun } from '../../runs/train.ts'
import { underTrained } from '../../runs/under-trained.ts'
import type { EpochSimulation } from '../../simulation/while-training.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { type TimeLeft, timeLeft } from '../terminal/time-left.ts'
import { type Shown, trainVisibly } from '../terminal/training.ts'

/** One model of a comparison, with its options: `sasrec:loss=bpr:epochs=20`, which is also its name in every table. */
export interface Entry {
  readonly label: string
  readonly spec: ModelSpec
  /** What is not the model's default, as `--set` or a manifest gives it. */
  readonly overrides: Readonly<Record<string, unknown>>
  /** Checked and completed. */
  readonly config: Readonly<Record<string, unknown>>
}

/**
 * Reads `sasrec,sasrec:sequences=single,popularity`. Everything is checked here, before hours of training.
 * @throws TributaryError `unknown-name`, `bad-config`, and `bad-argument` for a model given twice or models
 * that are not measured alike
 */
export function parseEntries(text: string): readonly Entry[] {
  const entries = text.split(',').map((part): Entry => {
    const label = part.trim()
    const [name = '', ...settings] = label.split(':')
    const spec = findModel(name)
    if (spec.task === 'rating')
      throw new TributaryError(
        'bad-argument',
        `${name} predicts ratings; compare compares models that rank or predict labels`,
      )
    const overrides = parseAssignments(settings)
    return { label, spec, overrides, config: parseConfig(spec, overrides).config }
  })
  const twice = entries.find(({ label }, i) => entries.findIndex((other) => other.label === label) !== i)
  if (twice !== undefined)
    throw new TributaryError('bad-argument', `${twice.label} is listed twice; give each model once, or other options`)
  refuseUnalike(entries)
  return entries
}

/**
 * Figures of different tasks, or of labels made otherwise, cannot be held against each other.
 * @throws TributaryError `bad-argument`
 */
export function refuseUnalike(entries: readonly Entry[]): void {
  const [first] = entries as [Entry, ...Entry[]]
  for (const other of entries) {
    if (ranksItems(other.spec.task) !== ranksItems(first.spec.task)) {
      const [ranks, predicts] = ranksItems(other.spec.task) ? [other, first] : [first, other]
      const message = `${ranks.label} ranks items and ${predicts.label} predicts labels; compare models of one task`
      throw new TributaryError('bad-argument', message)
    }
    const [ours, theirs] = [first, other].map(({ config }) => config.positiveAbove)
    if (first.spec.task === 'ctr' && ours !== theirs) {
      const message = `${first.label} has positiveAbove = ${ours} and ${other.label} ${theirs}; labels must be made alike`
      throw new TributaryError('bad-argument', message)
    }
  }
}

/** Where the runs of an entry are, below the comparison's folder. */
export function folderOf(entry: Pick<Entry, 'label'>): string {
  return entry.label.replaceAll(/[^\w.=-]+/g, '-')
}

/** What is asked of every model of a comparison. */
export interface AskedProtocol {
  readonly candidates: Candidates
  readonly part: 'test' | 'valid'
  readonly maskSeen: boolean
}

export interface ComparisonOptions extends AskedProtocol {
  readonly entries: readonly Entry[]
  readonly datasetFolder: string
  readonly splitName: string
  readonly seeds: readonly number[]
  readonly out: string
  readonly threads: number
  /** How many users a verdict takes; default `LEAST_USERS`. */
  readonly leastUsers?: number
  /** Of its policies, while they learn. */
  readonly simulation?: EpochSimulation | undefined
}

export interface ComparisonOutcome {
  readonly entries: readonly Entry[]
  readonly comparison: Comparison<AnyProtocol>
  readonly dataset: Dataset
  /** By entry, then by seed. */
  readonly runs: readonly (readonly Run[])[]
  /** Runs that were finished already. */
  readonly reused: number
}

/** Drawn for the bootstrap and for sampled negatives; one for all comparisons, so that each can be repeated. */
export const STATISTICS_SEED = 0

/**
 * Trains every entry with every seed as a run of its own, evaluates it and holds all against the first. Runs that are
 * finished are used as they are and unfinished ones go on, so that a killed comparison does, too.
 * @throws TributaryError `mismatch` when the folder holds runs of another dataset, split or configuration
 */
export async function compareModels(terminal: Terminal, options: ComparisonOptions): Promise<ComparisonOutcome> {
  await refuseForeignFiles(join(options.out, 'results.json'), join(options.out, 'report.html'))
  const [models, seeds] = [options.entries.length, options.seeds.length]
  terminal.note(
    models * seeds === 1
      ? 'one training'
      : `${models * seeds} trainings: ${models} models, ${seeds === 1 ? 'one seed' : `${seeds} seeds`} each`,
  )
  const outcome = await sayingHowToGoOn(trainAndEvaluate(terminal, options))
  const { reused, runs } = outcome
  if (reused > 0) terminal.note(`${reused} of ${runs.flat().length} runs in ${options.out} were finished already`)
  return outcome
}

/** Adds to an interruption that nothing is lost. */
export async function sayingHowToGoOn<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (!(error instanceof TributaryError && error.code === 'interrupted')) throw error
    const message = `${error.message}; the same command goes on where this one stopped`
    throw new TributaryError('interrupted', message, { cause: error })
  })
}

async function trainAndEvaluate(terminal: Terminal, options: ComparisonOptions): Promise<ComparisonOutcome> {
  const asked = { seed: STATISTICS_SEED, leastUsers: options.leastUsers }
  if (ranksItems(options.entries[0].spec.task)) {
    const { results, ...outcome } = await resultsOf(terminal, options, async (label, opened, left) => {
      const [evaluation] = await evaluateVisibly(terminal, label, opened, [options], left)
      return evaluation
    })
    return { ...outcome, comparison: summarizeSeeds(results, asked) }
  }
  const { results, ...outcome } = await resultsOf(terminal, options, (label, opened, left) =>
    predictVisibly(terminal, label, opened, options.part, left),
  )
  return { ...outcome, comparison: summarizePoints(results, asked) }
}

/**
 * Every entry with every seed: found or trained, and evaluated. All entries with one seed before the next one, so that it is
 * soon known how long each takes.
 */
async function resultsOf<E>(
  terminal: Terminal,
  options: ComparisonOptions,
  evaluateOne: (label: string, opened: TrainedRun, left: TimeLeft) => Promise<E>,
): Promise<Omit<ComparisonOutcome, 'comparison'> & { readonly results: readonly Seeded<E>[] }> {
  const { entries, seeds } = options
  const dataset = await openDataset(options.datasetFolder)
  const domainShares = new Map(
    describe(dataset).domains.map((one) => [one.name, one.interactions / dataset.log.length]),
  )
  const jobs = seeds.flatMap((seed) => entries.map((entry, e) => ({ seed, entry, e, kind: entry.label })))
  const left = timeLeft(jobs, 'trainings')
  const runs: Run[][] = entries.map(() => [])
  const evaluations: E[][] = entries.map(() => [])
  let reused = 0
  for (const [place, { seed, entry, e }] of jobs.entries()) {
    const label = `${place + 1}/${jobs.length} ${entry.label}${seeds.length > 1 ? ` seed ${seed}` : ''}`
    const folder = join(options.out, folderOf(entry), `seed${seed}`)
    left.begin()
    const asked = { ...options, entry, seed, folder, left, domainShares }
    const { trained, ...opened } = await findOrTrain(terminal, label, asked)
    evaluations[e].push(await evaluateOne(label, opened, left))
    runs[e].push(opened.run)
    if (!trained) reused++
    left.end(!trained)
  }
  const results: Seeded<E>[] = []
  for (const [e, { label: name }] of entries.entries())
    results.push({
      name,
      seeds,
      evaluations: evaluations[e],
      seconds: meanSeconds(runs[e]),
      underTrained: await underTrainedRuns(runs[e], dataset.domains),
    })
  return { entries, results, dataset, runs, reused }
}

/** Whether runs that differ in their seeds were still getting better at their end, and in which of all the domains. */
export async function underTrainedRuns(
  runs: readonly Run[],
  domains: readonly string[],
): Promise<UnderTrained | undefined> {
  const read = runs.map(async (run) => ({ manifest: run.manifest, events: await run.readMetrics() }))
  return underTrained(await Promise.all(read), domains)
}

/** Of training, mean over runs. */
export function meanSeconds(runs: readonly Run[]): number {
  return runs.reduce((sum, { manifest }) => sum + (manifest.result?.seconds ?? 0), 0) / runs.length
}

/**
 * The run of an entry and a seed: as it is where it is finished, else trained, from its last checkpoint where there is one.
 * @throws TributaryError `mismatch` when the folder holds a run of something else
 */
export async function findOrTrain(
  terminal: Terminal,
  label: string,
  options: Pick<ComparisonOptions, 'datasetFolder' | 'splitName' | 'threads' | 'simulation'> & {
    readonly entry: Entry
    readonly seed: number
    readonly folder: string
  } & Pick<Shown, 'left' | 'domainShares'>,
): Promise<TrainedRun & { readonly trained: boolean }> {
  const { entry, seed, folder, datasetFolder, splitName, threads, left, domainShares } = options
  const simulation = entry.spec.task === 'policy' ? options.simulation : undefined
  await makeFolder(dirname(folder))
  let trained = false
  const opened = await trainVisibly(
    terminal,
    label,
    {
      model: entry.spec.name,
      overrides: entry.overrides,
      datasetFolder,
      out: folder,
      splitName,
      seed,
      threads,
      resume: true,
      simulation,
    },
    {
      // A bar says how it goes; a log of several hours should not be silent.
      epochLines: !terminal.live,
      ...(left && { left }),
      ...(domainShares && { domainShares }),
      onEvent: () => {
        trained = true
      },
    },
  )
  refuseOther(opened.run, folder, entry, splitName, seed)
  return { ...opened, trained }
}

/** Evaluates a model under each protocol, in order, and frees it. */
export async function evaluateVisibly(
  terminal: Terminal,
  label: string,
  { model, dataset, split }: TrainedRun,
  protocols: readonly AskedProtocol[],
  left?: TimeLeft,
): Promise<Evaluation[]> {
  const progress = terminal.progress(`${label}: evaluating`, 'cases')
  try {
    const evaluations: Evaluation[] = []
    for (const { candidates, part, maskSeen } of protocols)
      evaluations.push(
        await evaluate(model, dataset, evaluationCases(dataset, split, Part[part]), {
          candidates,
          maskSeen,
          seed: STATISTICS_SEED,
          part,
          split,
          signal: terminal.signal,
          onProgress: (done, total) => progress.update(done, total, undefined, left && String(left)),
        }),
      )
    return evaluations
  } finally {
    progress.end()
    await model.dispose()
  }
}

/** Predicts the rows of a part with a model and frees it. */
async function predictVisibly(
  terminal: Terminal,
  label: string,
  { model, spec, config, dataset, split }: TrainedRun,
  part: 'test' | 'valid',
  left: TimeLeft,
): Promise<PointEvaluation> {
  const progress = terminal.progress(`${label}: evaluating`, 'cases')
  try {
    return await evaluatePoints(model, dataset, evaluationCases(dataset, split, Part[part]), {
      ...pointOptions(spec, config)!,
      part,
      signal: terminal.signal,
      onProgress: (done, total) => progress.update(done, total, undefined, String(left)),
    })
  } finally {
    progress.end()
    await model.dispose()
  }
}

/** A run found in the folder may be of an earlier comparison that asked for something else. */
function refuseOther({ manifest }: Run, folder: string, entry: Entry, splitName: string, seed: number): void {
  const differs = (what: string, there: unknown, here: unknown) => {
    if (JSON.stringify(there) === JSON.stringify(here)) return
    throw new TributaryError(
      'mismatch',
      `${folder} was trained with ${what} ${JSON.stringify(there)}, not ${JSON.stringify(here)}; choose another --out or remove it`,
    )
  }
  differs('split', manifest.split, splitName)
  differs('seed', manifest.seed, seed)
  for (const [name, value] of Object.entries(entry.config)) differs(name, manifest.config[name]?.value, value)
}
