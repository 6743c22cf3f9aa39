import type { JobEngine } from '../../jobs/index.ts'
import type { Entry } from '../entry.ts'
import type { AskedProtocol } from '../job.ts'
import type { Importance } from './importance.ts'
import type { Dimension } from './space.ts'

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
