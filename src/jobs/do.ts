import { setTimeout as pause } from 'node:timers/promises'
import { TributaryError } from '../core/index.ts'
import { type CommandJob, isLasting, type JobEngine, type JobEvent } from './job.ts'

/** While nothing becomes of jobs, whoever waits may look how far they are. */
const LOOK_MILLISECONDS = 2000

/** What comes, and undefined while nothing comes for a while. */
async function* withLooks<E>(events: AsyncIterable<E>): AsyncGenerator<E | undefined, void> {
  const iterator = events[Symbol.asyncIterator]()
  let next = iterator.next()
  try {
    for (;;) {
      const waited = new AbortController()
      const look = pause(LOOK_MILLISECONDS, undefined, { signal: waited.signal }).catch(() => {})
      const step = await Promise.race([next, look])
      waited.abort()
      if (step === undefined) yield undefined
      else {
        if (step.done) return
        next = iterator.next()
        yield step.value
      }
    }
  } finally {
    await iterator.return?.()
  }
}

/**
 * Has jobs done: what becomes of each, and undefined now and then. Left early, jobs of an engine that lives in this process are ended.
 * @returns why jobs failed, by their ids
 * @throws TributaryError `interrupted` by the signal; as `submit`
 */
export async function* doJobs(
  engine: JobEngine,
  jobs: readonly CommandJob[],
  signal?: AbortSignal,
): AsyncGenerator<JobEvent | undefined, ReadonlyMap<string, string>> {
  await engine.submit(jobs)
  const ids = jobs.map(({ id }) => id)
  const failed = new Map<string, string>()
  for await (const event of withLooks(engine.watch(ids, signal))) {
    if (event?.state === 'failed' || event?.state === 'canceled') failed.set(event.id, event.reason ?? event.state)
    yield event
  }
  if (signal?.aborted) await leave(engine, ids)
  return failed
}

/**
 * Whoever waited is asked to stop.
 * @throws TributaryError `interrupted`, which says what becomes of the jobs
 */
async function leave(engine: JobEngine, ids: readonly string[]): Promise<never> {
  if (isLasting(engine))
    throw new TributaryError(
      'interrupted',
      `${engine.name} goes on with the jobs (tributary jobs cancel --all --on ${engine.name} ends them)`,
    )
  await engine.cancel(ids)
  throw new TributaryError('interrupted', 'stopped before all jobs were done')
}
