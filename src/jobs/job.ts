import { createHash } from 'node:crypto'

/**
 * A command of this program as a plain value, which can be done anywhere that sees the same files. Its truth is its output folder,
 * never what an engine knows of it: begun again it goes on where it stopped, and once more after its end it changes nothing. So an
 * engine need only do a job at least once.
 */
export interface CommandJob {
  /** Two that do the same have the same: `idOf`. */
  readonly id: string
  /** For people: a few words. */
  readonly name: string
  /** What stands behind `tributary`. */
  readonly argv: readonly string[]
  /** Where it is begun, which paths in `argv` are told from. */
  readonly cwd: string
  /** The folder or file that it writes. */
  readonly out: string
  /** Ids of jobs that must be done before. */
  readonly after?: readonly string[]
  /** Processors that it can use. Default 1. */
  readonly threads?: number
}

export type JobState = 'waiting' | 'running' | 'done' | 'failed' | 'canceled'

/** Something became of a job. */
export interface JobEvent {
  readonly id: string
  readonly state: JobState
  /** Who does it. */
  readonly worker?: string
  /** Of a job that failed: one sentence. */
  readonly reason?: string
}

/** Who does jobs. */
export interface JobEngine {
  /** As `--on` names it. */
  readonly name: string
  /** Hands jobs over; one that is there already is not done twice, and one that failed or was canceled is tried again. */
  submit(jobs: readonly CommandJob[]): Promise<void>
  /**
   * What becomes of jobs, from now until all of them are over; the state of each comes first. Leaving it changes nothing for the jobs, but
   * an engine that lives in this process ends with it.
   */
  watch(ids: readonly string[], signal?: AbortSignal): AsyncIterable<JobEvent>
  /** Ends jobs, those that run too; what they have done so far stays. */
  cancel(ids: readonly string[]): Promise<void>
  /** Frees what it holds. */
  close(): Promise<void>
}

/** A job as an engine keeps it, and what became of it last. */
export interface KeptJob {
  readonly job: CommandJob
  readonly last: JobEvent
}

/** An engine that goes on without this process: what it was given by any process can be asked of it later, from anywhere. */
export interface LastingEngine extends JobEngine {
  /** All that it knows of, in the order in which they were handed over. */
  list(): Promise<readonly KeptJob[]>
}

export function isLasting(engine: JobEngine): engine is LastingEngine {
  return 'list' in engine
}

export function isOver(state: JobState): boolean {
  return state === 'done' || state === 'failed' || state === 'canceled'
}

/** @param inputs hashes of what the command reads, and of the program: other inputs make another job */
export function idOf(argv: readonly string[], inputs: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([argv, inputs]))
    .digest('hex')
    .slice(0, 32)
}

/**
 * Jobs in an order in which none stands before what it needs.
 * @throws Error where they wait for one another in a circle, or for one that is not there
 */
export function inOrder(jobs: readonly CommandJob[]): CommandJob[] {
  const byId = new Map(jobs.map((job) => [job.id, job]))
  const placed = new Set<string>()
  const ordered: CommandJob[] = []
  const place = (job: CommandJob, path: readonly string[]) => {
    if (placed.has(job.id)) return
    if (path.includes(job.id)) throw new Error(`jobs wait for one another: ${[...path, job.id].join(' → ')}`)
    for (const id of job.after ?? []) {
      const before = byId.get(id)
      if (before === undefined) throw new Error(`${job.id} waits for ${id}, which is no job`)
      place(before, [...path, job.id])
    }
    placed.add(job.id)
    ordered.push(job)
  }
  for (const job of jobs) place(job, [])
  return ordered
}
