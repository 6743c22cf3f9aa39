import { stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { Job, Queue, Worker } from 'bullmq'
import { isHeld, isHeldHere } from '../../files/index.ts'
import { type Program, runChild } from '../child.ts'
import type { CommandJob } from '../job.ts'
import { CANCELED, connectionTo, type Kept, needsOf, QUEUE, reached, reasonOf, shownUrl } from './queue.ts'

export interface WorkerOptions {
  readonly url: string
  /** So many jobs at once. */
  readonly workers: number
  readonly program: Program
  /** Of Tributary. */
  readonly version: string
  /** How long a job stays with a worker of which nothing is heard. */
  readonly leaseSeconds: number
  /** Ends when no job waits. */
  readonly untilEmpty?: boolean
  /** Aborted, jobs are stopped where they can go on, and given back. */
  readonly signal: AbortSignal
  readonly tell: (event: WorkerEvent) => void
}

export type WorkerEvent =
  | { readonly type: 'ready'; readonly queue: string; readonly worker: string }
  | { readonly type: 'begun' | 'done' | 'returned'; readonly job: CommandJob }
  | { readonly type: 'failed'; readonly job: CommandJob; readonly reason: string }
  | { readonly type: 'trouble'; readonly reason: string }

export interface WorkDone {
  readonly done: number
  readonly failed: number
  /** That others go on with. */
  readonly returned: number
}

/** Between two looks at whether a job may begin, or shall be ended. */
const LOOK_MILLISECONDS = 500

/**
 * Takes jobs from a queue until the signal, and does each in a process of its own: this one only supervises, so that it always has time to
 * tell the queue that it lives. A job whose lease is lost is ended, since another worker begins it.
 * @throws TributaryError `not-supported`, `job-failed` as `bullmqEngine`
 */
export async function work(options: WorkerOptions): Promise<WorkDone> {
  const { url, workers, leaseSeconds, signal, tell } = options
  const { bullmq, workerArguments, queue: opened } = await connectionTo(url)
  const troubles: Error[] = []
  const told = new Set<string>()
  const hear = (error: Error) => {
    troubles.push(error)
    const reason = reasonOf(error)
    // The same at each of a hundred attempts.
    if (!told.has(reason)) tell({ type: 'trouble', reason })
    told.add(reason)
  }
  const queue = opened(hear)
  const name = `${hostname()}:${process.pid}`
  const leases = new Leases(leaseSeconds * 1000)
  const done = { done: 0, failed: 0, returned: 0 }
  let worker: Worker<Kept> | undefined
  try {
    await reached(queue, url, troubles)
    const [backend, ...rest] = workerArguments
    const settings = {
      ...backend,
      ...{ name, concurrency: workers, lockDuration: leaseSeconds * 1000, stalledInterval: leaseSeconds * 500 },
      // A worker that is killed is no fault of its job.
      ...{ maxStalledCount: 10, runRetryDelay: 1000, drainDelay: 1 },
    }
    const process = (job: Job<Kept>, token?: string) =>
      oneJob(job, { ...options, queue, leases, done, token: token!, errors: bullmq })
    worker = new bullmq.Worker(QUEUE, process, settings, ...(rest as [])) as Worker<Kept>
    worker.on('error', hear)
    worker.on('locksRenewed', ({ jobIds }) => leases.renew(jobIds))
    worker.on('lockRenewalFailed', (ids) => leases.lose(ids))
    tell({ type: 'ready', queue: `bullmq:${shownUrl(url)}`, worker: name })
    while (!signal.aborted) {
      await pause(LOOK_MILLISECONDS, undefined, { signal }).catch(() => {})
      leases.expire()
      if (options.untilEmpty && leases.size === 0 && (await isEmpty(queue))) break
    }
  } finally {
    await worker?.close()
    leases.end()
    await queue.close()
  }
  return done
}

async function isEmpty(queue: Queue<Kept>): Promise<boolean> {
  try {
    return (await queue.getJobCountByTypes('waiting', 'delayed', 'prioritized', 'active')) === 0
  } catch {
    return false // not known
  }
}

/** When each job that runs here was last told to the queue, by the clock of this process. */
class Leases {
  readonly #milliseconds: number
  readonly #running = new Map<string, { renewed: number; lost: AbortController }>()

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  get size(): number {
    return this.#running.size
  }

  /** @returns aborted when the lease is lost */
  begin(id: string): AbortSignal {
    const lost = new AbortController()
    this.#running.set(id, { renewed: performance.now(), lost })
    return lost.signal
  }

  renew(ids: readonly string[]): void {
    for (const id of ids) {
      const lease = this.#running.get(id)
      if (lease !== undefined) lease.renewed = performance.now()
    }
  }

  lose(ids: readonly string[]): void {
    for (const id of ids) this.#running.get(id)?.lost.abort()
  }

  /** A queue that does not answer gives jobs to others once it does. */
  expire(): void {
    const now = performance.now()
    for (const { renewed, lost } of this.#running.values()) if (now - renewed > this.#milliseconds) lost.abort()
  }

  over(id: string): void {
    this.#running.delete(id)
  }

  end(): void {
    this.#running.clear()
  }
}

interface Supervision extends WorkerOptions {
  readonly queue: Queue<Kept>
  readonly leases: Leases
  readonly done: { -readonly [Key in keyof WorkDone]: WorkDone[Key] }
  /** Of this attempt. */
  readonly token: string
  readonly errors: Pick<typeof import('bullmq'), 'DelayedError' | 'UnrecoverableError' | 'WaitingError'>
}

/** @throws what the queue understands as: later, given back, failed */
async function oneJob(kept: Job<Kept>, supervision: Supervision): Promise<void> {
  const { queue, leases, program, signal, tell, done, token, errors } = supervision
  const { job } = kept.data
  const fail = (reason: string) => {
    done.failed++
    tell({ type: 'failed', job, reason })
    return new errors.UnrecoverableError(reason)
  }
  const refusal = await refusalOf(kept.data, supervision)
  if (refusal !== undefined) throw fail(refusal)
  const needs = await needsOf(queue, job)
  if (needs === 'failed') throw fail('what it needs is not done')
  // One that was lost here may still be on its way out.
  if (needs === 'open' || (await isHeldHere(job.out))) return await later(kept, supervision)
  const lost = leases.begin(job.id)
  const canceled = new AbortController()
  const over = new AbortController()
  void watchForCancel(queue, job.id, canceled, over.signal)
  tell({ type: 'begun', job })
  try {
    const stopped = AbortSignal.any([signal, lost, canceled.signal])
    const { code, reason } = await runChild(program, job.argv, { signal: stopped, cwd: job.cwd })
    if (code === 0) {
      done.done++
      tell({ type: 'done', job })
      return
    }
    if (canceled.signal.aborted) throw fail(CANCELED)
    if (!stopped.aborted) {
      // On another machine the process of a lost lease may still be on its way out, too.
      if (await isHeld(job.out)) return await later(kept, supervision)
      throw fail(reason)
    }
    done.returned++
    tell({ type: 'returned', job })
    if (!lost.aborted) await kept.moveToWait(token)
    throw new errors.WaitingError()
  } finally {
    over.abort()
    leases.over(job.id)
  }
}

/** Puts a job back, to be looked at again soon. */
async function later(kept: Job<Kept>, { token, errors }: Supervision): Promise<never> {
  await kept.moveToDelayed(Date.now() + LOOK_MILLISECONDS, token)
  throw new errors.DelayedError()
}

/** Why a job cannot be done here, in a sentence. */
async function refusalOf(
  { job, version, canceled }: Kept,
  { version: own }: Pick<WorkerOptions, 'version'>,
): Promise<string | undefined> {
  if (canceled) return CANCELED
  if (version !== own)
    return `it was handed over by Tributary ${version}, and the worker on ${hostname()} is ${own}; have the same everywhere`
  const folder = await stat(job.cwd).catch(() => undefined)
  if (folder?.isDirectory()) return undefined
  return `the worker on ${hostname()} does not see the folder ${job.cwd}; jobs need a file system that all machines share`
}

async function watchForCancel(
  queue: Queue<Kept>,
  id: string,
  canceled: AbortController,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    await pause(2 * LOOK_MILLISECONDS, undefined, { signal: over }).catch(() => {})
    const now = await queue.getJob(id).catch(() => undefined)
    if (now?.data.canceled && !over.aborted) return canceled.abort()
  }
}
