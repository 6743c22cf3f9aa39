import { type Dataset, type Metric, TributaryError } from '../../core/index.ts'
import { defaultSplit, openDataset } from '../../data/index.ts'
import { type Evaluated, measureOf } from '../../evaluation/measures/index.ts'
import { underTrained } from '../../runs/under-trained.ts'
import { entryOf } from '../entry.ts'
import { type AskedProtocol, type Job, type JobResult, jobOf } from '../job.ts'
import { type ExperimentEvent, runJobs } from '../runner.ts'
import { trainElsewhere } from '../spread.ts'
import type { Trial, TuningPlan } from './plan.ts'
import { optionsAt, type Point } from './space.ts'
import type { Tried } from './tpe.ts'

/** The trials of a tuning: trained and looked at by their numbers. */
export class Trials {
  readonly dataset: Dataset
  readonly metric: Metric
  /** What makes more of the metric better. */
  readonly sign: 1 | -1
  readonly splitName: string
  /** By number; that of the defaults is not looked at. */
  readonly points: Point[] = []
  /** By number, of those that were trained. */
  readonly done: Trial[] = []
  readonly #plan: TuningPlan

  private constructor(plan: TuningPlan, dataset: Dataset, metric: Metric) {
    this.#plan = plan
    this.dataset = dataset
    this.metric = metric
    this.sign = metric.higherIsBetter ? 1 : -1
    this.splitName = plan.splitName ?? defaultSplit(dataset)
  }

  /** @throws TributaryError `bad-argument`, `unknown-name` for a metric or domain that there is not */
  static async of(plan: TuningPlan): Promise<Trials> {
    const dataset = await openDataset(plan.datasetFolder)
    const measure = measureOf(plan.entry.spec, {})
    const metric = measure.metric(plan.metric ?? measure.yardstick.name)
    if (!['overall', 'macro', ...dataset.domains].includes(plan.objective))
      throw new TributaryError(
        'bad-argument',
        `there is no domain '${plan.objective}' to tune for; choose overall, macro or one of ${dataset.domains.join(', ')}`,
      )
    return new Trials(plan, dataset, metric)
  }

  /** Trains some of them, and looks at each. */
  async *train(numbers: readonly number[], epochs?: number): AsyncGenerator<ExperimentEvent, void> {
    const { out, signal, words, engine } = this.#plan
    const jobs = numbers.map((number) => this.#jobOf(number, epochs))
    // What failed there is tried here again: a training diverges anywhere, and what is the fault of a disk or a worker is no trial that failed.
    if (engine !== undefined) yield* trainElsewhere(jobs, { dataset: this.dataset, out, signal, words, engine })
    for (const [place, number] of numbers.entries()) {
      this.done[number] = yield* this.#trainHere(number, jobs[place])
      yield { type: 'note', text: this.#noteOf(number) }
    }
  }

  /** What is known of the space; the defaults may lie outside of what is searched. */
  tried(): Tried[] {
    return this.done.flatMap(({ number, value }) =>
      isDefaults(number) ? [] : [{ point: this.points[number], value: this.sign * value }],
    )
  }

  /** Whether the first did better; one that failed did worse than any other. */
  better(one: number, other: number): boolean {
    const [a, b] = [one, other].map((value) => (Number.isFinite(value) ? this.sign * value : Number.NEGATIVE_INFINITY))
    return a > b
  }

  #optionsOf(number: number): Record<string, unknown> {
    return isDefaults(number) ? {} : optionsAt(this.#plan.space, this.points[number])
  }

  #jobOf(number: number, epochs: number | undefined): Job {
    const { entry, datasetFolder, trainingSeed, threads, candidates = { kind: 'full' }, maskSeen = false } = this.#plan
    const overrides = { ...entry.overrides, ...this.#optionsOf(number), ...(epochs !== undefined && { epochs }) }
    const named = entryOf(entry.spec.name, overrides, `trial-${String(number).padStart(3, '0')}`)
    const protocol: AskedProtocol = { candidates, part: 'valid', maskSeen, metrics: [this.metric.name] }
    return jobOf(named, trainingSeed, {
      ...{ datasetFolder, splitName: this.splitName, protocols: [protocol] },
      ...(threads !== undefined && { threads }),
      simulation: undefined,
    })
  }

  async *#trainHere(number: number, job: Job): AsyncGenerator<ExperimentEvent, Trial> {
    const { out, signal } = this.#plan
    try {
      const [result] = yield* runJobs([job], { dataset: this.dataset, out, signal })
      return { ...this.#begun(number, job), ...(await this.#read(result)) }
    } catch (error) {
      // Options under which a training diverges are found, too.
      if (!(error instanceof TributaryError && error.code === 'not-finite')) throw error
      return { ...this.#begun(number, job), failure: error.message }
    }
  }

  /** A trial of which nothing came. */
  #begun(number: number, { key }: Job): Trial {
    const nothing = { value: Number.NaN, domains: {}, epochs: 0, bestEpoch: 0, seconds: 0 }
    return { number, options: this.#optionsOf(number), run: key, ...nothing, underTrained: false, stopped: false }
  }

  async #read({ run, evaluations: [evaluated] }: JobResult): Promise<Partial<Trial>> {
    const { manifest } = run
    const lines = [{ manifest, events: await run.readMetrics() }]
    return {
      value: objectiveOf(evaluated, this.#plan.objective, this.metric.name),
      domains: Object.fromEntries([...evaluated.domains].map(([name, scores]) => [name, scores[this.metric.name]])),
      epochs: manifest.result?.epochs ?? 0,
      bestEpoch: manifest.result?.bestEpoch ?? 0,
      seconds: manifest.result?.seconds ?? 0,
      underTrained: underTrained(lines, this.dataset.domains) !== undefined,
    }
  }

  #noteOf(number: number): string {
    const { value, options, failure } = this.done[number]
    const shown = Object.entries(options).map(([name, one]) => `${name}=${one}`)
    const what = shown.length === 0 ? 'the defaults' : shown.join(' ')
    if (failure !== undefined) return `trial ${number} failed (${what}): ${failure}`
    const best = this.done
      .filter((trial) => Number.isFinite(trial?.value))
      .reduce((one, other) => (this.better(other.value, one.value) ? other : one))
    const beside = best.number === number ? 'best so far' : `best ${best.value.toFixed(4)} of trial ${best.number}`
    return `trial ${number}: ${this.metric.name} ${value.toFixed(4)}, ${beside}; ${what}`
  }
}

function isDefaults(number: number): boolean {
  return number === 0
}

function objectiveOf(evaluated: Evaluated, objective: string, metric: string): number {
  if (objective === 'overall') return evaluated.overall[metric]
  if (objective === 'macro') return evaluated.macro[metric]
  return evaluated.domains.get(objective)?.[metric] ?? Number.NaN
}
