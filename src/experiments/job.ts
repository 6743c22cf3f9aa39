import { dirname } from 'node:path'
import { Part, type TrainEvent, TributaryError } from '../core/index.ts'
import { evaluationCases } from '../data/index.ts'
import { listScorer } from '../evaluation/list-scorer.ts'
import { askedBy, type Candidates, type Episodes, type Evaluated, measureOf } from '../evaluation/measures/index.ts'
import { makeFolder } from '../files/index.ts'
import type { TrainedRun } from '../runs/open.ts'
import type { Run } from '../runs/run.ts'
import { shareOfTraining } from '../runs/share.ts'
import { type TrainRunOptions, trainRun } from '../runs/train.ts'
import { type Entry, folderOf } from './entry.ts'
import { retold, toldBy } from './events.ts'

/** What is asked of a model once it is trained. */
export interface AskedProtocol {
  readonly candidates: Candidates
  readonly part: 'test' | 'valid'
  readonly maskSeen: boolean
  /** Beside those that are always measured. */
  readonly metrics?: readonly string[] | undefined
  /** What models that can act do among simulated users, instead of how they rank. */
  readonly episodes?: Episodes | undefined
  /** Where the rows with high values rank, whatever models predict of them, and above what a value is high. */
  readonly ranked?: boolean | undefined
  readonly positiveAbove?: number | undefined
}

/** Drawn for the bootstrap and for sampled negatives; one for all experiments, so that each can be repeated. */
export const STATISTICS_SEED = 0

/** One training and what is asked of its model: a plain value, which can be done anywhere. */
export interface Job extends Pick<TrainRunOptions, 'datasetFolder' | 'splitName' | 'threads' | 'simulation'> {
  /** Names its folder, below that of the experiment. */
  readonly key: string
  /** Of its entry, which jobs of other seeds share. */
  readonly label: string
  readonly model: string
  readonly overrides: Entry['overrides']
  /** The same, completed. */
  readonly config: Entry['config']
  readonly seed: number
  readonly splitName: string
  readonly protocols: readonly AskedProtocol[]
}

/** A job of an entry; what policies are shown of the truth while they learn is nothing to other models. */
export function jobOf(
  entry: Entry,
  seed: number,
  asked: Omit<Job, 'key' | 'label' | 'model' | 'overrides' | 'config' | 'seed'>,
): Job {
  const { label, spec, overrides, config } = entry
  const simulation = spec.task === 'policy' ? asked.simulation : undefined
  return {
    ...asked,
    key: `${folderOf(entry)}/seed${seed}`,
    label,
    model: spec.name,
    overrides,
    config,
    seed,
    simulation,
  }
}

export type JobEvent =
  /** `share` of the training is done, if it goes on to its last epoch; 0 where that is not known. */
  | { readonly type: 'training'; readonly job: Job; readonly event: TrainEvent; readonly share: number }
  | { readonly type: 'evaluating'; readonly job: Job; readonly done: number; readonly total: number }

export interface JobResult {
  readonly run: Run
  /** False for a run that was there already. */
  readonly trained: boolean
  /** By protocol. */
  readonly evaluations: readonly Evaluated[]
}

export interface JobOptions {
  /** Of the run. */
  readonly folder: string
  /** A run that is open already, and is not looked for in the folder. */
  readonly opened?: TrainedRun | undefined
  readonly signal?: AbortSignal | undefined
  /** What each domain takes of a training that goes domain by domain, in that order. */
  readonly domainShares?: ReadonlyMap<string, number>
}

/**
 * Trains and evaluates. A run that is finished is taken as it is; an unfinished one goes on from its last checkpoint.
 * @throws TributaryError `mismatch` when the folder holds a run of something else
 */
export async function* runJob(job: Job, options: JobOptions): AsyncGenerator<JobEvent, JobResult> {
  const { signal } = options
  let trained = false
  let { opened } = options
  if (opened === undefined) {
    const shareOf = shareOfTraining(job.config, options.domainShares)
    await makeFolder(dirname(options.folder))
    const training = trainRun({ ...job, out: options.folder, resume: true, ...(signal && { signal }) })
    opened = yield* retold(training, (event): JobEvent => {
      trained = true
      return { type: 'training', job, event, share: shareOf(event) }
    })
    refuseOther(opened, job)
  }
  return { run: opened.run, trained, evaluations: yield* evaluateRun(opened, job, signal) }
}

/** Evaluates a model under each protocol, in order, and frees it. */
async function* evaluateRun(
  opened: TrainedRun,
  job: Job,
  signal: AbortSignal | undefined,
): AsyncGenerator<JobEvent, JobResult['evaluations']> {
  const { model, spec, config, dataset, split } = opened
  const evaluations: Evaluated[] = []
  try {
    for (const asked of job.protocols) {
      const cases = evaluationCases(dataset, split, Part[asked.part])
      evaluations.push(
        yield* toldBy<JobEvent, Evaluated>((tell, signal) => {
          const onProgress = (done: number, total: number) => tell({ type: 'evaluating', job, done, total })
          return measureOf(spec, asked).evaluate(asked.ranked ? listScorer(opened) : model, dataset, cases, {
            ...asked,
            ...(asked.positiveAbove === undefined && askedBy(config)),
            seed: STATISTICS_SEED,
            split,
            signal,
            onProgress,
          })
        }, signal),
      )
    }
    return evaluations
  } finally {
    await model.dispose()
  }
}

/** A run found in the folder may be of an earlier experiment that asked for something else. */
function refuseOther({ run, config: begun }: TrainedRun, { splitName, seed, config }: Job): void {
  const { folder, manifest } = run
  const differs = (what: string, there: unknown, here: unknown) => {
    if (JSON.stringify(there) === JSON.stringify(here)) return
    throw new TributaryError(
      'mismatch',
      `${folder} was trained with ${what} ${JSON.stringify(there)}, not ${JSON.stringify(here)}; choose another --out or remove it`,
    )
  }
  differs('split', manifest.split, splitName)
  differs('seed', manifest.seed, seed)
  for (const [name, value] of Object.entries(config)) differs(name, begun[name], value)
}
