import { setTimeout as pause } from 'node:timers/promises'
import type { JobsOptions, Queue } from 'bullmq'
import { inOrder, isOver, type JobEvent, type LastingEngine } from '../job.ts'
import { CANCELED, connectionTo, eventOf, type Kept, reached, reasonOf, shownUrl } from './queue.ts'

export interface BullmqOptions {
  /** Of a Redis or a Postgres; who reads it may do jobs, which are commands: whoever can write there can run any. */
  readonly url: string
  /** Of Tributary. */
  readonly version: string
  /** Told when the database cannot be reached, and when it answers again. */
  readonly onTrouble?: (text: string) => void
  /** Between two looks at jobs that are watched. Default 500. */
  readonly lookMilliseconds?: number
}

/** What is over is kept as long as somebody may ask for it. */
const KEPT: JobsOptions = { removeOnComplete: { age: 7 * 86_400 }, removeOnFail: { age: 30 * 86_400 } }

/**
 * Hands jobs to a queue of BullMQ, from which `tributary worker` processes on any machine take them.
 * @throws TributaryError `not-supported` where bullmq is not installed, `job-failed` where the database cannot be reached
 */
export async function bullmqEngine(options: BullmqOptions): Promise<LastingEngine> {
  const { url, version, onTrouble = () => {}, lookMilliseconds = 500 } = options
  const connection = await connectionTo(url)
  const troubles: Error[] = []
  const queue = connection.queue((error) => troubles.push(error))
  try {
    await reached(queue, url, troubles)
  } catch (error) {
    await queue.close().catch(() => {})
    throw error
  }
  return {
    name: `bullmq:${shownUrl(url)}`,
    async submit(jobs) {
      // In the order of their needs, so that a queue of one worker never waits.
      for (const job of inOrder(jobs)) await handOver(queue, { job, version })
    },
    async *watch(ids, signal) {
      const told = new Map<string, string>()
      let isAway = false
      while (told.size < ids.length || [...told.values()].some((state) => !isOver(state as JobEvent['state']))) {
        if (signal?.aborted) return
        try {
          for (const event of await eventsOf(queue, ids, told)) {
            told.set(event.id, event.state)
            yield event
          }
          if (isAway) onTrouble(`${shownUrl(url)} answers again`)
          isAway = false
        } catch (error) {
          // The jobs go on, or wait, without whoever watches.
          if (!isAway) onTrouble(`${shownUrl(url)} does not answer (${reasonOf(error)}); waiting for it`)
          isAway = true
        }
        await pause(lookMilliseconds, undefined, signal && { signal }).catch(() => {})
      }
    },
    async cancel(ids) {
      for (const id of ids) {
        const job = await queue.getJob(id)
        if (job === undefined || isOver((await eventOf(job)).state)) continue
        // A worker looks at this; nobody else may end what runs there.
        await job.updateData({ ...job.data, canceled: true })
      }
    },
    async list() {
      const jobs = await queue.getJobs()
      const kept = jobs.filter((job) => job !== undefined).sort((a, b) => a.timestamp - b.timestamp)
      return Promise.all(kept.map(async (job) => ({ job: job.data.job, last: await eventOf(job) })))
    },
    close: () => queue.close(),
  }
}

/** Whoever hands over a job found that its output is not there, whatever the queue knows of it. */
async function handOver(queue: Queue<Kept>, kept: Kept): Promise<void> {
  const { id, name } = kept.job
  const there = await queue.getJob(id)
  if (there !== undefined) {
    const { state } = await eventOf(there)
    if (!isOver(state)) return
    if (state === 'canceled' && there.failedReason !== CANCELED) return await there.updateData(kept)
    await there.remove()
  }
  await queue.add(name, kept, { ...KEPT, jobId: id })
}

/** Of the jobs that are not over: where the state changed. */
async function eventsOf(
  queue: Queue<Kept>,
  ids: readonly string[],
  told: ReadonlyMap<string, string>,
): Promise<JobEvent[]> {
  const open = ids.filter((id) => !isOver((told.get(id) ?? 'waiting') as JobEvent['state']))
  const events = await Promise.all(
    open.map(async (id): Promise<JobEvent> => {
      const job = await queue.getJob(id)
      const reason = 'the queue does not have it any more; ask again, and it is handed over again'
      return job === undefined ? { id, state: 'failed', reason } : eventOf(job)
    }),
  )
  return events.filter(({ id, state }) => told.get(id) !== state)
}
