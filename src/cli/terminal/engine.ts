import { InvalidArgumentError } from 'commander'
import { type JobEngine, localEngine, type Program } from '../../jobs/index.ts'
import { pluginsIn } from './command.ts'

/** `--on`, the same wherever trainings can be spread. */
export const ON = [
  '--on <engine>',
  'who trains: local[:WORKERS], so many processes of this machine at once (default: this process, one training after the other)',
  engineName,
] as const

/** What `--on` was given, checked before hours of work. */
export interface EngineName {
  readonly kind: 'local'
  readonly workers: number
}

function engineName(text: string): EngineName {
  const [, workers = '1'] = /^local(?::([1-9]\d{0,2}))?$/.exec(text) ?? refuse(text)
  return { kind: 'local', workers: Number(workers) }
}

function refuse(text: string): never {
  throw new InvalidArgumentError(`'${text}' is no engine; write local or local:WORKERS, such as local:2.`)
}

export function openEngine({ workers }: EngineName): JobEngine {
  return localEngine({ workers, program: thisProgram() })
}

/** How this command line was started. */
export function thisProgram(): Program {
  return [process.execPath, ...process.execArgv, process.argv[1]]
}

/** What a command that another process does needs beside its own words. */
export function sharedWords(): string[] {
  return pluginsIn(process.argv).flatMap((file) => ['--plugin', file])
}
