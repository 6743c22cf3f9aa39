import { InvalidArgumentError } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { type EngineName, type JobEngine, openEngine, type Program, parseEngineName } from '../../jobs/index.ts'
import { TRIBUTARY_VERSION } from '../../runs/versions.ts'
import { pluginsIn } from './command.ts'
import type { Terminal } from './terminal.ts'

/** Those that `--on` takes. */
export const ENGINES =
  'local[:WORKERS], so many processes of this machine at once; bullmq:redis://HOST or bullmq:postgres://HOST/DATABASE, workers of any machine; slurm[:PARTITION]'

/** `--on`, the same wherever trainings can be spread. */
export const ON = [
  '--on <engine>',
  `who trains: ${ENGINES} (default: this process, one training after the other)`,
  engineName,
] as const

/** Parses `--on`. */
export function engineName(text: string): EngineName {
  try {
    return parseEngineName(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof TributaryError ? `${error.message}.` : String(error))
  }
}

/** Opens what `--on` names. */
export function engineOf(name: EngineName, terminal: Terminal): Promise<JobEngine> {
  return openEngine(name, {
    program: thisProgram(),
    version: TRIBUTARY_VERSION,
    onTrouble: (text) => terminal.note(text),
  })
}

/** How this command line was started. */
export function thisProgram(): Program {
  return [process.execPath, ...process.execArgv, process.argv[1]]
}

/** What a command that another process does needs beside its own words. */
export function sharedWords(): string[] {
  return pluginsIn(process.argv).flatMap((file) => ['--plugin', file])
}
