import { TributaryError } from '../../core/index.ts'
import { accountOfSplit, defaultSplit, openDataset, splitDataset } from '../../data/index.ts'
import { type Evaluated, measureOf } from '../../evaluation/measures/index.ts'
import type { JobEngine } from '../../jobs/index.ts'
import { createRng } from '../../math/index.ts'
import { underTrained } from '../../runs/under-trained.ts'
import type { Entry } from '../entry.ts'
import { entryOf } from '../entry.ts'
import { type AskedProtocol, type Job, type JobResult, jobOf } from '../job.ts'
import { type ExperimentEvent, runJobs } from '../runner.ts'
import { trainElsewhere } from '../spread.ts'
import { rungs } from './halving.ts'
import { type Importance, importances } from './importance.ts'
import { type Dimension, optionsAt, type Point, randomPoint } from './space.ts'
import { nextPoint, type Tried } from './tpe.ts'

/** How the next options are chosen. */
export const SAMPLERS = ['tpe', 'random', 'halving'] as const
export type Sampler = (typeof SAMPLERS)[number]

export interface TuningPlan extends Partial<Pick<AskedProtocol, 'candidates' | 'maskSeen'>> {
  /** The model; what it sets is the same in all trials. */
  readonly entry: Entry
  readonly datasetFolder: string
  /** Where the trials go, each in a folder of its own; asked again, finished ones are reused. */
  readonly out: string
  readonly splitName?: string | undefined
  readonly space: readonly Dimension[]
  readonly sampler: Sampler
  /** The first is of the model's own defaults. */
  readonly trials: number
  /** So many are chosen at once, before anything is known of them: more need more workers and learn less from one another. Whatever does them, the same number gives the same trials. */
  readonly batch: number
  /** Of what is drawn of the space. */
  readonly seed: number
  /** Of every training; a comparison of what was found should have others. */
  readonly trainingSeed: number
  /** On validation; default what verdicts are about. */
  readonly metric?: string | undefined
  /** `overall` (all cases), `macro` (the mean over domains) or the name of a domain. */
  readonly objective: string
  readonly threads?: number
  readonly engine?: JobEngine | undefined
  readonly words?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** What became of one choice of options. */
export interface Trial {
  /** From 0, the defaults. */
  readonly number: number
  /** Those of the space alone. */
  readonly options: Readonly<Record<string, unknown>>
  /** Below the folder of the tuning. */
  readonly run: string
  /** Of the objective; NaN (null in JSON) where the training failed. */
  readonly value: number
  /** The metric in each domain. */
  readonly domains: Readonly<Record<string, number>>
  readonly epochs: number
  readonly bestEpoch: number
  readonly seconds: number
  /** Its last epoch was its best: more of them may make it better. */
  readonly underTrained: boolean
  /** Of successive halving: it was not trained to its end, since others were better. */
  readonly stopped: boolean
  /** Why it failed. */
  readonly failure?: string
}

export interface TuningOutcome {
  readonly model: string
  readonly dataset: { readonly name: string; readonly hash: string }
  readonly split: string
  readonly sampler: Sampler
  readonly seed: number
  readonly trainingSeed: number
  readonly metric: string
  readonly objective: string
  readonly lessIsBetter: boolean
  /** Set in all trials. */
  readonly fixed: Readonly<Record<string, unknown>>
  readonly space: readonly Dimension[]
  readonly trials: readonly Trial[]
  /** Of those that were trained to their end. */
  readonly best: Trial
  readonly defaults: Trial
  /** The best trial for each domain taken by itself. */
  readonly bestByDomain: Readonly<Record<string, number>>
  readonly importances: readonly Importance[]
  readonly splitNotes: readonly string[]
}

/**
 * Searches the options with which a model does best on validation; no test case is looked at. The first trial is of the defaults. Killed
 * and asked again, it goes on: what is drawn depends on the seed and on what was found before alone.
 * @throws TributaryError `bad-argument` for a metric or domain that there is not, or a model that successive halving cannot stop early;
 * `mismatch` when the folder holds another tuning; `interrupted` by the signal
 */
export async function* tune(plan: TuningPlan): AsyncGenerator<ExperimentEvent, TuningOutcome> {
  const { entry, space, trials: count, sampler, objective, signal, engine } = plan
  const dataset = await openDataset(plan.datasetFolder)
  const measure = measureOf(entry.spec, {})
  const metric = measure.metric(plan.metric ?? measure.yardstick.name)
  if (!['overall', 'macro', ...dataset.domains].includes(objective))
    throw new TributaryError(
      'bad-argument',
      `there is no domain '${objective}' to tune for; choose overall, macro or one of ${dataset.domains.join(', ')}`,
    )
  const wholeEpochs = entry.config.epochs
  if (sampler === 'halving' && typeof wholeEpochs !== 'number')
    throw new TributaryError(
      'bad-argument',
      `${entry.spec.name} has no epochs to stop after; tune it with tpe or random`,
    )
  const { splitName = defaultSplit(dataset), candidates = { kind: 'full' }, maskSeen = false } = plan
  const protocol: AskedProtocol = { candidates, part: 'valid', maskSeen, metrics: [metric.name] }
  const sign = metric.higherIsBetter ? 1 : -1
  const rng = createRng(plan.seed).split('tuning')
  const trials: Trial[] = []
  const points: Point[] = []
  const isDefaults = (number: number) => number === 0
  const optionsOf = (number: number) => (isDefaults(number) ? {} : optionsAt(space, points[number]))

  const jobFor = (number: number, epochs: number | undefined): Job => {
    const options = optionsOf(number)
    const overrides = { ...entry.overrides, ...options, ...(epochs !== undefined && { epochs }) }
    const named = entryOf(entry.spec.name, overrides, `trial-${String(number).padStart(3, '0')}`)
    const asked = { datasetFolder: plan.datasetFolder, splitName, protocols: [protocol] }
    return jobOf(named, plan.trainingSeed, {
      ...asked,
      ...(plan.threads !== undefined && { threads: plan.threads }),
      simulation: undefined,
    })
  }
  const read = async (number: number, { key }: Job, { run, evaluations: [evaluated] }: JobResult): Promise<Trial> => {
    const { result } = run.manifest
    const lines = [{ manifest: run.manifest, events: await run.readMetrics() }]
    return {
      number,
      options: optionsOf(number),
      run: key,
      value: objectiveOf(evaluated, objective, metric.name),
      domains: Object.fromEntries([...evaluated.domains].map(([name, scores]) => [name, scores[metric.name]])),
      epochs: result?.epochs ?? 0,
      bestEpoch: result?.bestEpoch ?? 0,
      seconds: result?.seconds ?? 0,
      underTrained: underTrained(lines, dataset.domains) !== undefined,
      stopped: false,
    }
  }
  /** Trains some of them, and looks at each. */
  async function* doTrials(numbers: readonly number[], epochs?: number): AsyncGenerator<ExperimentEvent, void> {
    const jobs = numbers.map((number) => jobFor(number, epochs))
    const spread = { dataset, out: plan.out, signal, words: plan.words }
    // What failed there is tried here again: a training diverges anywhere, and what is the fault of a disk or a worker is no trial that failed.
    if (engine !== undefined) yield* trainElsewhere(jobs, { ...spread, engine })
    for (const [place, number] of numbers.entries()) {
      trials[number] = yield* doTrial(number, jobs[place])
      yield { type: 'note', text: noteOf(trials, number, metric.name, sign) }
    }
  }
  async function* doTrial(number: number, job: Job): AsyncGenerator<ExperimentEvent, Trial> {
    try {
      const [result] = yield* runJobs([job], { dataset, out: plan.out, signal })
      return await read(number, job, result)
    } catch (error) {
      // Options under which a training diverges are found, too.
      if (!(error instanceof TributaryError && error.code === 'not-finite')) throw error
      return failedTrial(number, job, error.message)
    }
  }
  const failedTrial = (number: number, job: Job, failure: string): Trial => ({
    number,
    options: optionsOf(number),
    run: job.key,
    ...{ value: Number.NaN, domains: {}, epochs: 0, bestEpoch: 0, seconds: 0, underTrained: false, stopped: false },
    failure,
  })
  const tried = (): Tried[] =>
    trials.flatMap(({ number, value }) =>
      // The defaults may lie outside of what is searched.
      isDefaults(number) ? [] : [{ point: points[number], value: sign * value }],
    )

  if (sampler === 'halving') {
    for (let n = 0; n < count; n++) points[n] = randomPoint(space, rng.split('trial', n))
    let alive = Array.from({ length: count }, (_, n) => n)
    const rounds = rungs(count, wholeEpochs as number)
    for (const [k, { epochs }] of rounds.entries()) {
      yield { type: 'note', text: `round ${k + 1} of ${rounds.length}: ${alive.length} trials, ${epochs} epochs each` }
      yield* doTrials(alive, epochs)
      const next = rounds[k + 1]
      if (next === undefined) break
      const order = [...alive].sort((a, b) => compareValues(sign * trials[b].value, sign * trials[a].value) || a - b)
      // What was found is held against the defaults, trained as long.
      const kept = new Set([...order.slice(0, next.trials), 0])
      for (const n of alive) if (!kept.has(n)) trials[n] = { ...trials[n], stopped: true }
      alive = alive.filter((n) => kept.has(n))
    }
  } else
    for (let first = 0; first < count; first += plan.batch) {
      const numbers = Array.from({ length: Math.min(plan.batch, count - first) }, (_, i) => first + i)
      const known = tried()
      for (const number of numbers) {
        const drawn = rng.split('trial', number)
        points[number] = sampler === 'random' ? randomPoint(space, drawn) : nextPoint(space, known, drawn)
        known.push({ point: points[number], value: Number.NaN })
      }
      yield* doTrials(numbers)
    }

  const ended = trials.filter(({ value, stopped }) => Number.isFinite(value) && !stopped)
  if (ended.length === 0)
    throw new TributaryError('not-finite', `no trial came to an end; the first failed: ${trials[0]?.failure}`)
  const bestOf = (figure: (trial: Trial) => number) =>
    ended.reduce((best, trial) => (sign * figure(trial) > sign * figure(best) ? trial : best))
  return {
    model: entry.spec.name,
    dataset: { name: dataset.name, hash: dataset.hash },
    split: splitName,
    sampler,
    seed: plan.seed,
    trainingSeed: plan.trainingSeed,
    metric: metric.name,
    objective,
    lessIsBetter: sign < 0,
    fixed: entry.overrides,
    space,
    trials,
    best: bestOf(({ value }) => value),
    defaults: trials[0],
    bestByDomain: Object.fromEntries(
      dataset.domains.flatMap((domain) =>
        Number.isFinite(ended[0].domains[domain]) ? [[domain, bestOf(({ domains }) => domains[domain]).number]] : [],
      ),
    ),
    importances: importances(space, sampler === 'halving' ? [] : tried()),
    splitNotes: accountOfSplit(dataset, splitDataset(dataset, splitName)).notes,
  }
}

function objectiveOf(evaluated: Evaluated, objective: string, metric: string): number {
  if (objective === 'overall') return evaluated.overall[metric]
  if (objective === 'macro') return evaluated.macro[metric]
  return evaluated.domains.get(objective)?.[metric] ?? Number.NaN
}

/** Those that failed last. */
function compareValues(a: number, b: number): number {
  return (Number.isFinite(a) ? a : Number.NEGATIVE_INFINITY) - (Number.isFinite(b) ? b : Number.NEGATIVE_INFINITY) || 0
}

function noteOf(trials: readonly Trial[], number: number, metric: string, sign: number): string {
  const { value, options, failure } = trials[number]
  const shown = Object.entries(options).map(([name, one]) => `${name}=${one}`)
  const what = shown.length === 0 ? 'the defaults' : shown.join(' ')
  if (failure !== undefined) return `trial ${number} failed (${what}): ${failure}`
  const best = trials
    .filter((trial) => Number.isFinite(trial?.value))
    .reduce((one, other) => (sign * other.value > sign * one.value ? other : one))
  return `trial ${number}: ${metric} ${value.toFixed(4)}${best.number === number ? ', best so far' : `, best ${best.value.toFixed(4)} of trial ${best.number}`}; ${what}`
}
