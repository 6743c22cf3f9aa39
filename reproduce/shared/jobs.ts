// The jobs of a reproduction script, each in a process of its own: the script itself, called with --job.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { refuseInASentence } from './command.ts'

/** The job that this process was started for; undefined in the process that a person started. */
export function givenJob<Job>(): Job | undefined {
  const [flag, job] = process.argv.slice(2)
  if (flag !== '--job') return undefined
  refuseInASentence()
  return JSON.parse(job) as Job
}

/** What stands in the files that are there, in their order. */
export function readResults<Result>(files: readonly string[]): Promise<Result[]> {
  const there = files.filter((file) => existsSync(file))
  return Promise.all(there.map(async (file) => JSON.parse(await readFile(file, 'utf8')) as Result))
}

/** Runs the jobs that are not finished, `workers` at a time; `cameTo` says in a few words what a finished one found. */
export async function runJobs<Job extends { readonly out: string }>(
  scriptUrl: string,
  jobs: readonly Job[],
  workers: number,
  cameTo: (job: Job) => Promise<string | undefined>,
): Promise<void> {
  const open: Job[] = []
  for (const job of jobs) if ((await cameTo(job)) === undefined) open.push(job)
  console.log(`${jobs.length} jobs, ${jobs.length - open.length} of them done`)
  const failed: string[] = []
  let left = open.length
  const worker = async () => {
    for (let job = open.shift(); job !== undefined; job = open.shift()) {
      const started = performance.now()
      const args = ['--import', 'tsx', fileURLToPath(scriptUrl), '--job', JSON.stringify(job)]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
      const end = await new Promise((resolve) => {
        child.once('error', resolve).once('exit', (code, signal) => resolve(code ?? signal))
      })
      const result = end === 0 ? await cameTo(job) : undefined
      // One that fails must not take hours of the others with it.
      if (result === undefined) failed.push(job.out)
      const seconds = ((performance.now() - started) / 1000).toFixed(0)
      console.log(`${job.out}: ${result ?? `failed, ended with ${end}`}, ${seconds} s; ${--left} to go`)
    }
  }
  await Promise.all(Array.from({ length: workers }, worker))
  if (failed.length === 0) return
  console.error(`failed, and tried again by the next call: ${failed.join(', ')}`)
  process.exitCode = 1
}
