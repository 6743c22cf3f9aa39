import { spawn } from 'node:child_process'
import { TributaryError } from '../../core/index.ts'
import { systemCode } from '../../files/index.ts'
import type { Place } from './folder.ts'

/** A job that Slurm still has. */
export interface Queued extends Place {
  /** As Slurm calls it: PENDING, RUNNING, COMPLETING, … */
  readonly state: string
  readonly node: string
}

/**
 * Asks one of Slurm's programs.
 * @returns what it printed
 * @throws TributaryError `not-supported` where there is none, `job-failed` with its last words
 */
export function slurm(program: string, words: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] })
    let [printed, said] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    child.once('error', (error) => {
      const missing = systemCode(error) === 'ENOENT'
      const reason = `there is no ${program} here; jobs are given to Slurm from a machine of its cluster, with its programs on the PATH`
      reject(missing ? new TributaryError('not-supported', reason) : error)
    })
    child.once('close', (code) => {
      if (code === 0) return resolve(printed)
      const last = said.trim().split('\n').at(-1)?.trim()
      reject(new TributaryError('job-failed', `${program} failed: ${last || `it ended with code ${code}`}`))
    })
    child.stdin.on('error', () => {}).end(input)
  })
}

/** All array jobs of this user that are not over. */
export async function queued(): Promise<Queued[]> {
  const printed = await slurm('squeue', ['--me', '--array', '--noheader', '--states=all', '--format=%F|%K|%T|%N'])
  return printed
    .split('\n')
    .map((line) => line.trim().split('|'))
    .filter(([, task, state]) => /^\d+$/.test(task ?? '') && !OVER.test(state))
    .map(([array, task, state, node]) => ({ array: Number(array), task: Number(task), state, node }))
}

/** States of jobs that Slurm still lists for some minutes. */
const OVER = /^(COMPLETED|FAILED|CANCELLED|TIMEOUT|DEADLINE|OUT_OF_MEMORY|BOOT_FAIL|REVOKED)/

/** Why Slurm says that a job is over; undefined where it has forgotten it. */
export async function endOf({ array, task }: Place): Promise<string | undefined> {
  const shown = await slurm('scontrol', ['show', 'job', `${array}_${task}`, '--oneliner']).catch(() => '')
  return /\bJobState=(\S+)/.exec(shown)?.[1]
}

/** A word for a POSIX shell. */
export function quotedForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
