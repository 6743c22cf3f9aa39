import { spawn } from 'node:child_process'
import type { CommandJob } from './job.ts'

/** How this program is started: the words before its own. */
export type Program = readonly [string, ...string[]]

export interface ChildOutcome {
  /** Of the process; null where a signal ended it. */
  readonly code: number | null
  /** The last line that it wrote about itself: why it failed. */
  readonly reason: string
}

/** Between asking a child to stop where it can go on, and ending it. */
const GRACE_MILLISECONDS = 20_000

/** What is kept of what a child says. */
const MOST_TEXT = 4_000

/**
 * Does a command in a process of its own. Aborted, it is asked to stop where it can go on later, and ended if it does not.
 * @param program starts this program; `argv` stands behind it
 */
export function runChild(
  program: Program,
  { argv, cwd }: Pick<CommandJob, 'argv' | 'cwd'>,
  signal: AbortSignal,
): Promise<ChildOutcome> {
  return new Promise((resolve) => {
    const [file, ...words] = program
    const child = spawn(file, [...words, ...argv], { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
    let told = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told = (told + text).slice(-MOST_TEXT)
    })
    let end: NodeJS.Timeout | undefined
    const stop = () => {
      child.kill('SIGTERM')
      end = setTimeout(() => child.kill('SIGKILL'), GRACE_MILLISECONDS)
    }
    const over = (outcome: ChildOutcome) => {
      clearTimeout(end)
      signal.removeEventListener('abort', stop)
      resolve(outcome)
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    child.once('error', (error) => over({ code: null, reason: error.message }))
    child.once('close', (code, ended) => over({ code, reason: reasonOf(told) || `it was ended by ${ended}` }))
  })
}

function reasonOf(told: string): string {
  const last = told.trim().split('\n').at(-1) ?? ''
  return last.replace(/^error: /, '')
}
