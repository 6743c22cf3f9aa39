import { type ChildProcess, type SpawnOptions, type StdioOptions, spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import { systemCode } from '../files/index.ts'

/** How this program is started: the words before its own. */
export type Program = readonly [string, ...string[]]

export interface ChildOptions {
  /** Aborted, the child is asked to stop where it can go on later, and ended if it does not. */
  readonly signal: AbortSignal
  /** Where it is begun. Default: where this process was. */
  readonly cwd?: string
  /** Told of each line that it writes about itself. */
  readonly onLine?: (line: string) => void
  /** Whether what it prints is kept. Default: not. */
  readonly keepsPrinted?: boolean
  /** Whether other processes go first. Default: not. */
  readonly yields?: boolean
}

export interface ChildOutcome {
  /** Of the process; null where a signal ended it, or there was none. */
  readonly code: number | null
  /** The last line that it wrote about itself: why it failed, where it did. */
  readonly reason: string
  /** What it printed; empty where that is not kept. */
  readonly printed: string
}

/** In the environment of a child, whose standard input stays open as long as the process that watches over it lives. */
export const SUPERVISED = 'TRIBUTARY_SUPERVISED'

/** Between asking a child to stop where it can go on, and ending it. */
const GRACE_MILLISECONDS = 20_000

/**
 * Does a command in a process of its own. A program that cannot be started is an outcome, too.
 * @param program starts this program; `argv` stands behind it
 */
export function runChild(program: Program, argv: readonly string[], options: ChildOptions): Promise<ChildOutcome> {
  const { signal, cwd, onLine, keepsPrinted = false, yields = false } = options
  return new Promise((resolve) => {
    const [file, ...words] = program
    // Ctrl-C in the terminal of this process reaches its children, too; both then end in order.
    const stdio: StdioOptions = ['pipe', keepsPrinted ? 'pipe' : 'ignore', 'pipe']
    const child = begin(file, [...words, ...argv], { cwd, stdio, env: { ...process.env, [SUPERVISED]: '1' } })
    if (typeof child === 'string') return resolve({ code: null, reason: child, printed: '' })
    child.stdin?.on('error', () => {}) // its end, of which `close` tells
    if (yields) yieldToOthers(child)
    let [printed, last] = ['', '']
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    const hear = (line: string) => {
      if (line.trim() !== '') last = line
      onLine?.(line)
    }
    createInterface({ input: child.stderr! }).on('line', hear)
    let end: NodeJS.Timeout | undefined
    const stop = () => {
      child.kill('SIGTERM')
      end = setTimeout(() => child.kill('SIGKILL'), GRACE_MILLISECONDS)
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    child.on('error', (error) => hear(error.message))
    child.once('close', (code, ended) => {
      clearTimeout(end)
      signal.removeEventListener('abort', stop)
      const silent =
        code === 0 ? '' : ended === null ? `its process ended with code ${code}` : `it was ended by ${ended}`
      resolve({ code, reason: last.trim().replace(/^error: /, '') || silent, printed })
    })
  })
}

/** Why the system begins no process of a command, in words. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['E2BIG', 'its options are longer than a command of this system may be'],
  ['ERR_INVALID_ARG_VALUE', 'its options hold the character 0, which no command can be given'],
])

/** A process, or in words why there is none: some refusals are thrown, some are told later. */
function begin(file: string, words: readonly string[], options: SpawnOptions): ChildProcess | string {
  try {
    const child = spawn(file, words, options)
    if (child.stderr !== undefined) return child
    child.on('error', () => {})
    return 'this system begins no more processes now'
  } catch (error) {
    const code = systemCode(error)
    return REFUSALS.get(code ?? '') ?? `its process cannot be begun (${code ?? error})`
  }
}

/** Whoever asks for a list goes first. */
function yieldToOthers({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It has ended already, or this system allows nobody to.
  }
}
