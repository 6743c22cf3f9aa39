import { shortened, TributaryError } from '../core/index.ts'
import type { Program } from './child.ts'
import type { JobEngine } from './job.ts'
import { localEngine } from './local.ts'

/** Which engine somebody asks for. */
export type EngineName =
  | { readonly kind: 'local'; readonly workers: number }
  /** A queue in Redis or Postgres, for `tributary worker` processes on any machine. */
  | { readonly kind: 'bullmq'; readonly url: string }
  | { readonly kind: 'slurm'; readonly partition?: string }

/**
 * Reads `local:2`, `bullmq:redis://host:6379`, `bullmq:postgres://user@host/database`, `slurm` or `slurm:partition`.
 * @throws TributaryError `bad-argument`
 */
export function parseEngineName(text: string): EngineName {
  const [, kind, rest] = /^(local|bullmq|slurm)(?::(.+))?$/s.exec(text) ?? []
  if (kind === 'local' && /^[1-9]\d{0,2}$/.test(rest ?? '1')) return { kind, workers: Number(rest ?? 1) }
  if (kind === 'bullmq' && /^(rediss?|postgres(ql)?):\/\//.test(rest ?? '') && URL.canParse(rest))
    return { kind, url: rest }
  if (kind === 'slurm' && /^[\w.-]*$/.test(rest ?? '')) return { kind, ...(rest && { partition: rest }) }
  throw new TributaryError(
    'bad-argument',
    `'${shortened(text)}' is no engine; write local, local:WORKERS, bullmq:redis://HOST:PORT, bullmq:postgres://USER@HOST/DATABASE, slurm or slurm:PARTITION`,
  )
}

export interface EngineOptions {
  /** Starts this program where a job is done in a process of this machine. */
  readonly program: Program
  /** Of Tributary. */
  readonly version: string
  /** Told of what passes by itself, such as a database that does not answer for a while. */
  readonly onTrouble?: (text: string) => void
}

/** @throws TributaryError `not-supported` where its program is not installed, `job-failed` where it cannot be reached */
export async function openEngine(name: EngineName, options: EngineOptions): Promise<JobEngine> {
  switch (name.kind) {
    case 'local':
      return localEngine({ workers: name.workers, program: options.program })
    case 'bullmq':
      return (await import('./bullmq/engine.ts')).bullmqEngine({ url: name.url, ...options })
    case 'slurm':
      return (await import('./slurm/engine.ts')).slurmEngine({ ...name, ...options })
  }
}
