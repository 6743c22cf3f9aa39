import { join, resolve } from 'node:path'
import { type Dataset, TributaryError } from '../core/index.ts'
import { type CommandJob, idOf, type JobEngine } from '../jobs/index.ts'
import { openRun } from '../runs/run.ts'
import { TRIBUTARY_VERSION } from '../runs/versions.ts'
import type { Job } from './job.ts'

/** What becomes of trainings that are done elsewhere. */
export type SpreadEvent =
  | { readonly type: 'spread'; readonly jobs: readonly Job[]; readonly engine: string }
  | { readonly type: 'elsewhere'; readonly job: Job; readonly state: 'running' | 'done'; readonly worker?: string }

/** What became of all of them. */
export interface Spread {
  /** That were not finished before. */
  readonly begun: number
  /** The reasons, by the keys of the jobs. */
  readonly failed: ReadonlyMap<string, string>
}

export interface SpreadOptions {
  readonly dataset: Dataset
  /** Holds the folders that the jobs' keys name. */
  readonly out: string
  readonly engine: JobEngine
  readonly signal?: AbortSignal | undefined
  /** What every command is given beside its own, such as plug-ins. */
  readonly words?: readonly string[] | undefined
}

/**
 * Trains by an engine; who evaluates afterwards finds the runs finished, to the same bits as if they had been trained here.
 * @throws TributaryError `interrupted` by the signal
 */
export async function* trainElsewhere(
  jobs: readonly Job[],
  options: SpreadOptions,
): AsyncGenerator<SpreadEvent, Spread> {
  const { dataset, out, engine, signal, words = [] } = options
  const cwd = process.cwd()
  const open: { readonly job: Job; readonly command: CommandJob }[] = []
  for (const job of jobs) {
    const folder = join(out, ...job.key.split('/'))
    // Finished ones cost a process each to find out.
    if ((await statusOf(folder)) === 'done') continue
    const argv = [...trainingWords(job, folder), ...words]
    const id = idOf(argv, [resolve(folder), dataset.hash, TRIBUTARY_VERSION])
    const command = { id, name: job.key, argv, cwd, out: folder, threads: job.threads ?? 1 }
    open.push({ job, command })
  }
  const failed = new Map<string, string>()
  if (open.length === 0) return { begun: 0, failed }
  yield { type: 'spread', jobs: open.map(({ job }) => job), engine: engine.name }
  await engine.submit(open.map(({ command }) => command))
  const byId = new Map(open.map(({ job, command }) => [command.id, job]))
  for await (const { id, state, reason, worker } of engine.watch([...byId.keys()], signal)) {
    const job = byId.get(id)!
    if (state === 'running' || state === 'done')
      yield { type: 'elsewhere', job, state, ...(worker !== undefined && { worker }) }
    if (state === 'failed' || state === 'canceled') failed.set(job.key, reason ?? state)
  }
  if (signal?.aborted) {
    await engine.cancel([...byId.keys()])
    throw new TributaryError('interrupted', 'stopped before all trainings were done')
  }
  return { begun: open.length, failed }
}

/** @throws TributaryError `job-failed` where any failed */
export function refuseFailed({ begun, failed }: Spread): void {
  const [first] = failed
  if (first !== undefined)
    throw new TributaryError(
      'job-failed',
      `${failed.size} of ${begun} trainings failed; the first is ${first.join(': ')}; asked again, the others are reused`,
    )
}

/** The command that makes the run of a job, or goes on with it. */
function trainingWords(
  { model, overrides, datasetFolder, splitName, seed, threads, simulation }: Job,
  folder: string,
): string[] {
  return [
    ...['train', model, datasetFolder, '--out', folder, '--resume', '--json', '--seed', String(seed)],
    ...['--split-by', splitName],
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
    ...Object.entries(overrides).flatMap(([name, value]) => [
      '--set',
      `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ]),
    ...(simulation === undefined
      ? []
      : [
          ...['--simulate-every', String(simulation.every), '--simulate-episodes', String(simulation.episodes)],
          ...(simulation.leave ?? []).flatMap((rule) => ['--simulate-leave', rule]),
        ]),
  ]
}

async function statusOf(folder: string): Promise<string | undefined> {
  try {
    return (await openRun(folder)).manifest.status
  } catch {
    return undefined
  }
}
