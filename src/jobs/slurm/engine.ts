import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { writeFileAtomic } from '../../files/index.ts'
import type { Program } from '../child.ts'
import { type CommandJob, inOrder, isOver, type JobEvent, type KeptJob, type LastingEngine } from '../job.ts'
import { endOf, type Queued, queued, quotedForShell, slurm } from './commands.ts'
import { JobsFolder, type Place } from './folder.ts'

export interface SlurmOptions {
  readonly partition?: string
  /** Starts this program on every node: the nodes see the same files. */
  readonly program: Program
  /** Of Tributary. */
  readonly version: string
  /** Where jobs are begun from; what is known of them lies in a folder below. Default: where this process is. */
  readonly cwd?: string
  /** Told when Slurm cannot be asked, and when it answers again. */
  readonly onTrouble?: (text: string) => void
  /** Between two looks at jobs that are watched. Default 2000. */
  readonly lookMilliseconds?: number
}

/** Slurm's own limit is 1,001 where nobody raised it. */
const MOST_TASKS = 1000

/** A job that Slurm was given, and where it has it. */
interface Submitted {
  readonly job: CommandJob
  readonly place: Place
}

/**
 * Hands jobs to Slurm as arrays of tasks, which it does again where a node fails. What else it shall know (account, time, memory) it takes
 * from its own variables, such as SBATCH_ACCOUNT.
 * @throws TributaryError `not-supported` where Slurm's programs are not installed, `job-failed` where it cannot be asked
 */
export async function slurmEngine(options: SlurmOptions): Promise<LastingEngine> {
  const { partition, cwd = process.cwd(), onTrouble = () => {}, lookMilliseconds = 2000 } = options
  await queued()
  const folder = new JobsFolder(cwd)
  const lookAt = (submitted: readonly Submitted[], inQueue: readonly Queued[]) =>
    Promise.all(submitted.map((one) => eventOf(folder, one, submitted, inQueue)))

  return {
    name: partition === undefined ? 'slurm' : `slurm:${partition}`,
    async submit(jobs) {
      const ordered = inOrder(jobs)
      const before = await folder.submitted()
      const known = new Map((await lookAt(before, await queued())).map((event) => [event.id, event.state]))
      const open = ordered.filter(({ id }) => isOver(known.get(id) ?? 'failed'))
      const places = new Map(before.map(({ job, place }) => [job.id, place]))
      for (const batch of batchesOf(open)) {
        const needs = (batch[0].after ?? []).map((id) => places.get(id)!)
        const array = await submitBatch(batch, needs, folder, options)
        for (const [task, { id }] of batch.entries()) places.set(id, { array, task })
      }
    },
    async *watch(ids, signal) {
      const wanted = new Set(ids)
      const told = new Map<string, JobEvent['state']>()
      let isAway = false
      while (ids.some((id) => !isOver(told.get(id) ?? 'waiting')) && !signal?.aborted) {
        try {
          const inQueue = await queued()
          const submitted = await folder.submitted()
          for (const event of await lookAt(submitted, inQueue)) {
            if (!wanted.has(event.id) || told.get(event.id) === event.state) continue
            if (isOver(told.get(event.id) ?? 'waiting')) continue
            told.set(event.id, event.state)
            yield event
          }
          if (isAway) onTrouble('Slurm answers again')
          isAway = false
        } catch (error) {
          // Its nodes go on without it.
          if (!isAway) onTrouble(`${error instanceof Error ? error.message : error}; waiting for Slurm`)
          isAway = true
        }
        await pause(lookMilliseconds, undefined, signal && { signal }).catch(() => {})
      }
    },
    async cancel(ids) {
      const submitted = (await folder.submitted()).filter(({ job }) => ids.includes(job.id))
      const inQueue = await queued()
      for (const { job, place } of submitted) {
        const there = inQueue.find((one) => one.array === place.array && one.task === place.task)
        if (there === undefined) continue
        await writeFileAtomic(folder.canceled(job.id), '')
        const task = `${place.array}_${place.task}`
        // What runs ends in order; Slurm would kill it after half a minute without having told it.
        await slurm('scancel', there.state === 'RUNNING' ? ['--full', '--signal=TERM', task] : [task])
      }
    },
    async list() {
      const submitted = await folder.submitted()
      const events = await lookAt(submitted, await queued())
      return submitted.map(({ job }, n): KeptJob => ({ job, last: events[n] }))
    },
    async close() {},
  }
}

/** Jobs that need the same, and as many processors, are tasks of one array job. */
function batchesOf(jobs: readonly CommandJob[]): CommandJob[][] {
  const alike = new Map<string, CommandJob[]>()
  for (const job of jobs) {
    const key = JSON.stringify([[...(job.after ?? [])].sort(), job.threads ?? 1])
    alike.set(key, [...(alike.get(key) ?? []), job])
  }
  return [...alike.values()].flatMap((batch) =>
    Array.from({ length: Math.ceil(batch.length / MOST_TASKS) }, (_, n) =>
      batch.slice(n * MOST_TASKS, (n + 1) * MOST_TASKS),
    ),
  )
}

/** @returns the number that Slurm gave the array job */
async function submitBatch(
  jobs: readonly CommandJob[],
  needs: readonly Place[],
  folder: JobsFolder,
  { partition, program, version }: SlurmOptions,
): Promise<number> {
  const batch = await folder.addBatch(jobs, version)
  const words = [
    ...['--parsable', '--requeue', '--job-name=tributary', `--chdir=${jobs[0].cwd}`],
    ...[`--array=0-${jobs.length - 1}`, `--cpus-per-task=${jobs[0].threads ?? 1}`],
    ...[`--output=${join(folder.logs(), '%A_%a.log')}`, '--open-mode=append'],
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(needs.length === 0
      ? []
      : [
          `--dependency=afterok:${needs.map(({ array, task }) => `${array}_${task}`).join(':')}`,
          '--kill-on-invalid-dep=yes',
        ]),
  ]
  const task = `${quotedForShell(`${batch}/`)}"$SLURM_ARRAY_TASK_ID".json`
  const script = `#!/bin/sh\nexec ${program.map(quotedForShell).join(' ')} worker --job ${task}\n`
  const array = Number.parseInt(await slurm('sbatch', words, script), 10)
  await folder.numberBatch(batch, array)
  return array
}

/** What became of a job: by the queue as it was before its files are looked at, so that one that ends meanwhile is not lost. */
async function eventOf(
  folder: JobsFolder,
  { job, place }: Submitted,
  all: readonly Submitted[],
  inQueue: readonly Queued[],
): Promise<JobEvent> {
  const { id } = job
  const outcome = await folder.outcomeOf(id)
  const canceled = await folder.isCanceled(id)
  if (outcome !== undefined) {
    const { code, reason, worker } = outcome
    if (code === 0) return { id, state: 'done', worker }
    return canceled ? { id, state: 'canceled' } : { id, state: 'failed', reason, worker }
  }
  const there = inQueue.find(({ array, task }) => array === place.array && task === place.task)
  if (there?.state === 'RUNNING' || there?.state === 'COMPLETING') return { id, state: 'running', worker: there.node }
  if (canceled) return { id, state: 'canceled' }
  if (there !== undefined) return { id, state: 'waiting' }
  for (const need of all.filter((one) => job.after?.includes(one.job.id)))
    if (isOver((await eventOf(folder, need, all, inQueue)).state) && (await folder.outcomeOf(need.job.id))?.code !== 0)
      return { id, state: 'failed', reason: 'what it needs is not done' }
  const said = await endOf(place)
  const how = said === undefined ? 'and has forgotten it' : `as ${said}`
  const log = join(folder.logs(), `${place.array}_${place.task}.log`)
  return { id, state: 'failed', reason: `Slurm ended it ${how}: its limits of time or memory, or its node; ${log}` }
}
