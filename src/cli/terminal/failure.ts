import { CommanderError } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { writeError } from '../../files/atomic.ts'

/** What a failed command prints on stderr, and the code it exits with. */
export interface Failure {
  readonly text: string
  readonly exitCode: number
}

/** Shells report a process that SIGINT stopped as 128 + 2. */
const INTERRUPTED = 130

/**
 * Turns whatever a command threw into one line: a TributaryError is its own sentence, a full disk can hit any write, and
 * anything else is a defect to report. The stack is for `debug` only.
 */
export function describeFailure(thrown: unknown, debug: boolean): Failure {
  // Commander has already written its message (help, version, or a usage error).
  if (thrown instanceof CommanderError) return { text: '', exitCode: thrown.exitCode === 0 ? 0 : 1 }
  const path =
    thrown instanceof Error && 'path' in thrown && typeof thrown.path === 'string' ? thrown.path : 'the output'
  const error = writeError(path, thrown)
  const stack = debug && error instanceof Error ? `\n${stackOf(error)}` : ''
  if (error instanceof TributaryError)
    return {
      text: `error: ${debug ? oneLine(error.message) : shortened(oneLine(error.message))}${stack}`,
      exitCode: error.code === 'interrupted' ? INTERRUPTED : 1,
    }
  const message = shortened(oneLine(error instanceof Error ? error.message : String(error)))
  const where = debug ? stack : ' (--debug shows where)'
  return {
    text: `error: this is a defect of tributary, please report it with your command: ${message}${where}`,
    exitCode: 1,
  }
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : ''
  return `${error.stack}${cause}`
}

/** In characters. Most of a longer sentence is a name or a header from a file. */
const LONGEST_SENTENCE = 500

/** A sentence without its middle, where it is too long to be read: it begins with what failed and ends with what would be right. */
function shortened(sentence: string): string {
  const characters = [...sentence]
  if (characters.length <= LONGEST_SENTENCE) return sentence
  const part = (start: number, end?: number) => characters.slice(start, end).join('')
  return `${part(0, LONGEST_SENTENCE / 2)} … ${part(-LONGEST_SENTENCE / 2)}`
}

export function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ')
}
