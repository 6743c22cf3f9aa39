import { commandLine } from '../../parts/command.tsx'
import { plain } from './columns.ts'

/** What a run was made with, as far as a command says it. */
export interface Made {
  readonly path: string
  readonly model: string
  readonly dataset: string
  readonly split: string
  readonly seed: number
  /** That were set. */
  readonly options: Readonly<Record<string, unknown>>
}

/** Trains the same again, beside it. */
export function againCommand({ path, model, dataset, split, seed, options }: Made): string {
  const set = Object.entries(options).flatMap(([name, value]) => ['--set', `${name}=${plain(value)}`])
  return commandLine(
    'train',
    model,
    dataset,
    '--out',
    `${path}-again`,
    ...set,
    '--split-by',
    split,
    '--seed',
    `${seed}`,
  )
}

/** Goes on with a training that was stopped, or with one that is done when it is allowed more epochs. */
export function onCommand({ path, model, dataset }: Made, epochs?: number): string {
  return commandLine(
    'train',
    model,
    dataset,
    '--out',
    path,
    '--resume',
    ...(epochs === undefined ? [] : ['--set', `epochs=${epochs}`]),
  )
}
