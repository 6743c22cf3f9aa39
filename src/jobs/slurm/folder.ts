import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { systemCode, writeFileAtomic } from '../../files/index.ts'
import type { CommandJob } from '../job.ts'

// What Slurm forgets of a job once it is over lies in files that the nodes see, too:
//   batches/BATCH/0.json, 1.json, …   the tasks of an array job, as `tributary worker --job` takes them
//   batches/BATCH/array               the number that Slurm gave it
//   outcomes/ID.json                  what became of a job; absent until it is over
//   canceled/ID                       somebody wants it ended
//   logs/ARRAY_TASK.log               what its process wrote

/** Below the folder that jobs are begun in. */
export const JOBS_FOLDER = join('.tributary', 'slurm')

const jobSchema = z.object({
  id: z.string(),
  name: z.string(),
  argv: z.array(z.string()),
  cwd: z.string(),
  out: z.string(),
  after: z.array(z.string()).optional(),
  threads: z.number().optional(),
})

/** A job as a node is given it. */
export const taskSchema = z.object({
  /** Of Tributary. */
  version: z.string(),
  job: jobSchema,
  outcome: z.string(),
  canceled: z.string(),
})
export type Task = z.output<typeof taskSchema>

const outcomeSchema = z.object({ code: z.number().nullable(), reason: z.string(), worker: z.string() })
export type TaskOutcome = z.output<typeof outcomeSchema>

/** Where Slurm has a job: the task of an array job. */
export interface Place {
  readonly array: number
  readonly task: number
}

export class JobsFolder {
  readonly path: string

  constructor(cwd: string) {
    this.path = join(cwd, JOBS_FOLDER)
  }

  outcome(id: string): string {
    return join(this.path, 'outcomes', `${id}.json`)
  }

  canceled(id: string): string {
    return join(this.path, 'canceled', id)
  }

  logs(): string {
    return join(this.path, 'logs')
  }

  /** Writes the tasks of an array job that is about to be submitted, without what is left of earlier attempts. */
  async addBatch(jobs: readonly CommandJob[], version: string): Promise<string> {
    const batch = join(this.path, 'batches', randomUUID())
    for (const folder of [batch, join(this.path, 'outcomes'), join(this.path, 'canceled'), this.logs()])
      await mkdir(folder, { recursive: true })
    for (const [task, job] of jobs.entries()) {
      const [outcome, canceled] = [this.outcome(job.id), this.canceled(job.id)]
      for (const left of [outcome, canceled]) await rm(left, { force: true })
      await writeFileAtomic(join(batch, `${task}.json`), JSON.stringify({ version, job, outcome, canceled }))
    }
    return batch
  }

  async numberBatch(batch: string, array: number): Promise<void> {
    await writeFileAtomic(join(batch, 'array'), String(array))
  }

  /** All jobs that were ever submitted from here, each where it was last, in the order of their submission. */
  async submitted(): Promise<{ readonly job: CommandJob; readonly place: Place }[]> {
    const all = new Map<string, { job: CommandJob; place: Place }>()
    const batches = []
    for (const name of await namesIn(join(this.path, 'batches'))) {
      const batch = join(this.path, 'batches', name)
      const array = Number(await textOf(join(batch, 'array')))
      // One that was not handed over: its process was killed before.
      if (array > 0) batches.push({ batch, array })
    }
    for (const { batch, array } of batches.sort((a, b) => a.array - b.array)) {
      const tasks = (await namesIn(batch))
        .filter((name) => name.endsWith('.json'))
        .map((name) => Number.parseInt(name, 10))
      for (const task of tasks.sort((a, b) => a - b)) {
        const job = taskSchema.parse(JSON.parse((await textOf(join(batch, `${task}.json`))) ?? '')).job as CommandJob
        all.delete(job.id)
        all.set(job.id, { job, place: { array, task } })
      }
    }
    return [...all.values()]
  }

  async outcomeOf(id: string): Promise<TaskOutcome | undefined> {
    const text = await textOf(this.outcome(id))
    return text === undefined ? undefined : outcomeSchema.parse(JSON.parse(text))
  }

  async isCanceled(id: string): Promise<boolean> {
    return (await textOf(this.canceled(id))) !== undefined
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
