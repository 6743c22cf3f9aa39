import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { TributaryError } from '../../core/index.ts'
import { systemCode, writeFileAtomic } from '../../files/index.ts'
import { type Program, runChild } from '../child.ts'
import { type TaskOutcome, taskSchema } from './folder.ts'

export interface TaskOptions {
  readonly program: Program
  /** Of Tributary. */
  readonly version: string
  readonly signal: AbortSignal
}

/**
 * Does the job of a file, and writes what became of it where whoever waits looks. One that the cluster stops leaves nothing: it is done again.
 * @throws TributaryError `interrupted` by the signal, `job-failed` when the job failed, `file-missing`, `file-damaged`
 */
export async function doTask(file: string, { program, version, signal }: TaskOptions): Promise<void> {
  const task = taskSchema.parse(JSON.parse(await textOf(file)))
  const { job } = task
  const write = async (outcome: Omit<TaskOutcome, 'worker'>) => {
    await writeFileAtomic(task.outcome, JSON.stringify({ ...outcome, worker: hostname() }))
    if (outcome.code !== 0) throw new TributaryError('job-failed', `${job.name} failed: ${outcome.reason}`)
  }
  if (task.version !== version)
    return await write({
      code: null,
      reason: `it was handed over by Tributary ${task.version}, and ${hostname()} has ${version}; have the same everywhere`,
    })
  const { code, reason } = await runChild(program, job.argv, { signal, cwd: job.cwd })
  if (signal.aborted && code !== 0 && !existsSync(task.canceled))
    throw new TributaryError('interrupted', `${job.name} was stopped where it can go on`)
  await write({ code, reason: code === 0 ? '' : reason })
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new TributaryError('file-missing', `there is no job in ${file} (${systemCode(error)})`)
  }
}
