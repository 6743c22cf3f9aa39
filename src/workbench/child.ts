import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { systemCode } from '../files/index.ts'

/** Why the system begins no process of a command, in words. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['E2BIG', 'its options are longer than a command of this system may be'],
  ['ERR_INVALID_ARG_VALUE', 'its options hold the character 0, which no command can be given'],
])

/** A process, or in words why there is none: some refusals are thrown, some are told later. */
export function beginChild(program: string, words: readonly string[], stdio: StdioOptions): ChildProcess | string {
  try {
    const child = spawn(program, words, { stdio })
    if (child.stderr !== undefined) return child
    child.on('error', () => {})
    return 'this system begins no more processes now'
  } catch (error) {
    return REASONS.get(systemCode(error) ?? '') ?? `its process cannot be begun (${systemCode(error) ?? error})`
  }
}
