import { join } from 'node:path'
import type { Dataset } from '../core/index.ts'
import { describe } from '../data/index.ts'
import type { Seeded } from '../evaluation/compare.ts'
import type { TrainedRun } from '../runs/open.ts'
import type { Run } from '../runs/run.ts'
import { underTrained } from '../runs/under-trained.ts'
import type { Estimate } from './estimate.ts'
import { type Job, type JobEvent, type JobResult, runJob } from './job.ts'
import type { SpreadEvent } from './spread.ts'

/** What happens in an experiment, as plain values: a command draws them, a server passes them on. */
export type ExperimentEvent =
  /** First of all: everything that will be done, in this order. */
  | { readonly type: 'planned'; readonly jobs: readonly Job[] }
  /** Before the first training. */
  | { readonly type: 'estimated'; readonly estimate: Estimate }
  | { readonly type: 'begun'; readonly job: Job; readonly place: number }
  | JobEvent
  | SpreadEvent
  /** For people. */
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'ended'; readonly job: Job; readonly place: number; readonly trained: boolean }

export interface RunnerOptions {
  readonly dataset: Dataset
  /** Holds the folders that the jobs' keys name. */
  readonly out: string
  /** Runs that are there already, by the keys of their jobs; each is opened when it is its turn. */
  readonly opened?: ReadonlyMap<string, () => Promise<TrainedRun>>
  readonly signal?: AbortSignal | undefined
}

/** Does jobs one after the other, here; results are in the order of the jobs. */
export async function* runJobs(
  jobs: readonly Job[],
  { dataset, out, opened, signal }: RunnerOptions,
): AsyncGenerator<ExperimentEvent, readonly JobResult[]> {
  const { domains } = describe(dataset)
  const domainShares = new Map(domains.map(({ name, interactions }) => [name, interactions / dataset.log.length]))
  yield { type: 'planned', jobs }
  const results: JobResult[] = []
  for (const [place, job] of jobs.entries()) {
    yield { type: 'begun', job, place }
    const folder = join(out, ...job.key.split('/'))
    const result = yield* runJob(job, { folder, opened: await opened?.get(job.key)?.(), signal, domainShares })
    results.push(result)
    yield { type: 'ended', job, place, trained: result.trained }
  }
  return results
}

/** The runs of an entry with its seeds, as a comparison takes them; without their evaluations. */
export async function seededRuns(
  name: string,
  runs: readonly Run[],
  domains: readonly string[],
): Promise<Omit<Seeded<never>, 'evaluations'>> {
  const read = runs.map(async (run) => ({ manifest: run.manifest, events: await run.readMetrics() }))
  return {
    name,
    seeds: runs.map(({ manifest }) => manifest.seed),
    seconds: runs.reduce((sum, { manifest }) => sum + (manifest.result?.seconds ?? 0), 0) / runs.length,
    underTrained: underTrained(await Promise.all(read), domains),
  }
}
