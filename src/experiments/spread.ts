import { join, resolve } from 'node:path'
import { type Dataset, TributaryError } from '../core/index.ts'
import { type CommandJob, doJobs, idOf, type JobEngine } from '../jobs/index.ts'
import { openRun } from '../runs/run.ts'
import { TRIBUTARY_VERSION } from '../runs/versions.ts'
import type { Job } from './job.ts'

/** What becomes of trainings that are done elsewhere. */
export type SpreadEvent =
  | { readonly type: 'spread'; readonly jobs: readonly Job[]; readonly engine: string }
  | { readonly type: 'elsewhere'; readonly job: Job; readonly state: 'running' | 'done'; readonly worker?: string }
  /** How many of them are done, those that are on as parts: what their folders say, whoever trains. */
  | { readonly type: 'spread-share'; readonly trained: number }

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
    const folder = folderOf(out, job)
    // Finished ones cost a process each to find out.
    if ((await statusOf(folder)) === 'done') continue
    const argv = [...trainingWords(job, folder), ...words]
    const id = idOf(argv, [resolve(folder), dataset.hash, TRIBUTARY_VERSION])
    const command = { id, name: job.key, argv, cwd, out: folder, threads: job.threads ?? 1 }
    open.push({ job, command })
  }
  if (open.length === 0) return { begun: 0, failed: new Map() }
  yield { type: 'spread', jobs: open.map(({ job }) => job), engine: engine.name }
  const byId = new Map(open.map(({ job, command }) => [command.id, job]))
  const commands = open.map(({ command }) => command)
  const running = new Set<Job>()
  let trained = 0
  const doing = doJobs(engine, commands, signal)
  try {
    for (;;) {
      const { done, value } = await doing.next()
      if (done) {
        const failed = [...value].map(([id, reason]) => [byId.get(id)!.key, reason] as const)
        return { begun: open.length, failed: new Map(failed) }
      }
      if (value === undefined) {
        const shares = await Promise.all([...running].map((job) => shareDone(folderOf(out, job), job)))
        yield { type: 'spread-share', trained: shares.reduce((sum, share) => sum + share, trained) }
        continue
      }
      const { id, state, worker } = value
      const job = byId.get(id)!
      running[state === 'running' ? 'add' : 'delete'](job)
      if (state === 'done') trained++
      if (state === 'running' || state === 'done')
        yield { type: 'elsewhere', job, state, ...(worker !== undefined && { worker }) }
    }
  } finally {
    await doing.return(new Map())
  }
}

function folderOf(out: string, { key }: Job): string {
  return join(out, ...key.split('/'))
}

/** How much of a training is done by what its folder says, if it goes on to its last epoch; 0 where that is not known. */
async function shareDone(folder: string, { config: { epochs } }: Job): Promise<number> {
  if (typeof epochs !== 'number') return 0
  try {
    const line = (await (await openRun(folder)).readMetrics()).at(-1)
    // Trained domain by domain, it begins again in each.
    return typeof line?.epoch === 'number' && line.domain === undefined ? line.epoch / epochs : 0
  } catch {
    return 0 // not begun
  }
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
