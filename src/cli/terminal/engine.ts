import { InvalidArgumentError } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { type EngineName, type Program, parseEngineName } from '../../jobs/index.ts'
import { pluginsIn } from './command.ts'

/** `--on`, the same wherever trainings can be spread. */
export const ON = [
  '--on <engine>',
  'who trains: local[:WORKERS], so many processes of this machine at once (default: this process, one training after the other)',
  engineName,
] as const

function engineName(text: string): EngineName {
  try {
    return parseEngineName(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof TributaryError ? `${error.message}.` : String(error))
  }
}

/** How this command line was started. */
export function thisProgram(): Program {
  return [process.execPath, ...process.execArgv, process.argv[1]]
}

/** What a command that another process does needs beside its own words. */
export function sharedWords(): string[] {
  return pluginsIn(process.argv).flatMap((file) => ['--plugin', file])
}
