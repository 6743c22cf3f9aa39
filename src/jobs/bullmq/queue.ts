import type { Job, Queue } from 'bullmq'
import { TributaryError } from '../../core/index.ts'
import { systemCode } from '../../files/index.ts'
import { type CommandJob, isOver, type JobEvent } from '../job.ts'

/** What stands in the queue of a job. */
export interface Kept {
  readonly job: CommandJob
  /** Of Tributary: another may do it to other bits. */
  readonly version: string
  /** Somebody wants it ended. */
  readonly canceled?: boolean
}

/** The reason of a job that was ended since somebody wanted it. */
export const CANCELED = 'canceled'

export const QUEUE = 'tributary'

/** In Postgres the tables of the queue lie in a schema of their own. */
const SCHEMA = 'tributary_jobs'

const FIRST_ANSWER_MILLISECONDS = 10_000
/** What refuses for so long will not answer. */
const REFUSING_MILLISECONDS = 1000

type Bullmq = typeof import('bullmq')

/** What a queue and a worker are opened with, in Redis or in Postgres. */
export interface Connection {
  readonly bullmq: Bullmq
  /** With the backend of the database behind them. */
  readonly queue: (onTrouble: (error: Error) => void) => Queue<Kept>
  readonly workerArguments: readonly [{ readonly connection: never }, never?]
}

/** @throws TributaryError `not-supported` where the package is not installed */
export async function connectionTo(url: string): Promise<Connection> {
  const bullmq = await load(() => import('bullmq'), 'bullmq')
  const isPostgres = /^postgres/.test(url)
  if (!isPostgres) await load(() => import('ioredis'), 'ioredis')
  const connection = isPostgres ? { connectionString: url, schema: SCHEMA, migrate: true } : { url }
  // The types of the two backends differ, and nothing here depends on which it is.
  const args = (isPostgres ? [{ connection }, bullmq.createPostgresBackend] : [{ connection }]) as never
  return {
    bullmq,
    workerArguments: args,
    queue(onTrouble) {
      const queue: Queue<Kept> = new bullmq.Queue(QUEUE, ...(args as [never]))
      queue.on('error', onTrouble)
      return queue
    },
  }
}

/** What is only needed by those who ask for it is installed by them alone. */
async function load<T>(imported: () => Promise<T>, name: string): Promise<T> {
  try {
    return await imported()
  } catch (error) {
    if (systemCode(error) !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new TributaryError(
      'not-supported',
      `jobs go through a queue of bullmq, and ${name} is not installed; install it beside Tributary: npm install bullmq ioredis`,
    )
  }
}

/**
 * Waits for the first answer of a database.
 * @throws TributaryError `job-failed`
 */
export async function reached(queue: Queue<Kept>, url: string, troubles: readonly Error[]): Promise<void> {
  let looking: NodeJS.Timeout | undefined
  const begun = performance.now()
  const late = new Promise<never>((_, reject) => {
    looking = setInterval(() => {
      const waited = performance.now() - begun
      if (waited > FIRST_ANSWER_MILLISECONDS || (waited > REFUSING_MILLISECONDS && troubles.length > 0))
        reject(troubles.at(-1) ?? new Error('it does not answer'))
    }, 100)
  })
  try {
    await Promise.race([queue.getJobCounts(), late])
  } catch (error) {
    throw new TributaryError('job-failed', `the queue ${shownUrl(url)} cannot be reached: ${reasonOf(error)}`)
  } finally {
    clearInterval(looking)
  }
}

/** A refused connection to a name with several addresses says nothing itself. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error instanceof Error ? error.message || error.name : String(error)
}

/** A URL without its password. */
export function shownUrl(text: string): string {
  const url = new URL(text)
  url.password = ''
  return url.href
}

/** What became of a job, as its queue has it. */
export async function eventOf(job: Job<Kept>): Promise<JobEvent> {
  const id = job.data.job.id
  const state = await job.getState()
  const worker = job.processedBy === undefined ? {} : { worker: job.processedBy }
  if (state === 'active') return { id, state: 'running', ...worker }
  if (state === 'completed') return { id, state: 'done', ...worker }
  if (state === 'failed') {
    if (job.failedReason === CANCELED) return { id, state: 'canceled' }
    return { id, state: 'failed', reason: job.failedReason, ...worker }
  }
  return { id, state: job.data.canceled ? 'canceled' : 'waiting' }
}

/** Whether a job waits for another, and whether in vain. */
export async function needsOf(queue: Queue<Kept>, { after = [] }: CommandJob): Promise<'done' | 'open' | 'failed'> {
  const states = await Promise.all(
    after.map(async (id) => {
      const need = await queue.getJob(id)
      return need === undefined ? 'failed' : (await eventOf(need)).state
    }),
  )
  if (states.every((state) => state === 'done')) return 'done'
  return states.some((state) => isOver(state) && state !== 'done') ? 'failed' : 'open'
}
