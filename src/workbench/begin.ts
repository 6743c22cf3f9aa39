import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseConfig, quoted, refusedOption, TributaryError } from '../core/index.ts'
import { SPLITS } from '../data/index.ts'
import { findModel, MODELS } from '../registry.ts'
import { datasetFolderOf } from '../runs/dataset.ts'
import { openRun } from '../runs/run.ts'
import { FieldError, unknownField } from '../serving/field-error.ts'
import type { Found } from './folders.ts'
import { specOf } from './specs.ts'
import type { TrainingTask } from './trainings.ts'

/** What somebody asks to be trained. Folders and files are paths below those that are looked at. */
export interface TrainingRequest {
  readonly model: string
  readonly dataset: string
  /** How rows become training, validation and test. Default: as the dataset has it. */
  readonly split?: string | undefined
  /** A run each. Default 1. */
  readonly seeds?: readonly number[] | undefined
  /** Options of the model, as JSON or as `--set` has them. */
  readonly set?: Readonly<Record<string, unknown>> | undefined
  /** Of the new run; with several seeds, of the folder that they share. Default: the model's, with a number where it is taken. */
  readonly name?: string | undefined
  /** The run whose weights it begins with. */
  readonly warmStart?: string | undefined
  /** Lets a policy act in the truth after every so many epochs. */
  readonly simulateEvery?: number | undefined
}

/** Where things are found and put. */
export interface Ground {
  /** The folders that are there now. */
  look(): Promise<readonly Found[]>
  /** The folder that new runs come into, and what stands before the names of runs in it. */
  readonly into: { readonly folder: string; readonly prefix: string }
  /** Whether a run waits or is trained, or one above or below it. */
  isTaken(run: string): boolean
}

const MANIFEST = 'manifest.json'
/** What `demonstrations` takes beside a folder. */
const NO_PATHS = ['', 'log']
/** Letters and digits of any script; nothing that a shell, a URL or another system reads otherwise; nothing hidden. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.=+@-]*(\/[\p{L}\p{N}_][\p{L}\p{N}_.=+@-]*){0,5}$/u
const LONGEST_NAME = 200

/**
 * What has to be done for a request, a training a seed.
 * @throws FieldError for what cannot be trained so, with the field; what only the dataset can tell, the training itself says
 */
export async function tasksOf(request: TrainingRequest, ground: Ground): Promise<TrainingTask[]> {
  const { model, split, seeds = [1], set = {}, warmStart, simulateEvery } = request
  const spec = MODELS.find(({ name }) => name === model)
  if (spec === undefined)
    throw unknownField(
      'model',
      model,
      'model',
      MODELS.map(({ name }) => name),
    )
  refuseOptions(model, set)
  if (new Set(seeds).size < seeds.length)
    throw new FieldError('bad-request', 'seeds', `'seeds' has one twice, which would be the same run again`)
  if (simulateEvery !== undefined && spec.task !== 'policy')
    throw new FieldError('bad-request', 'simulateEvery', `'simulateEvery' is for policies, and ${model} is none`)
  refuseSplit(split)
  const found = await ground.look()
  const dataset = existing(found, request.dataset, 'dataset', 'dataset.json', 'a dataset')
  const options = await withPaths(model, set, found)
  const start = warmStart === undefined ? undefined : existing(found, warmStart, 'warmStart', MANIFEST, 'a run')
  const name = await freeName(request, found, ground)
  return seeds.map((seed) => {
    const below = seeds.length === 1 ? name : `${name}/seed${seed}`
    const path = join(ground.into.folder, below)
    const words = [
      ...['train', model, dataset.path, '--out', path, '--seed', `${seed}`],
      ...(split === undefined ? [] : ['--split-by', split]),
      ...Object.entries(options).flatMap(([option, value]) => ['--set', `${option}=${textOf(value)}`]),
      ...(start === undefined ? [] : ['--warm-start', start.path]),
      ...(simulateEvery === undefined ? [] : ['--simulate-every', `${simulateEvery}`]),
    ]
    return { run: `${ground.into.prefix}${below}`, path, model, dataset: dataset.id, seed, resumes: false, words }
  })
}

/**
 * What has to be done to go on with a run that is there.
 * @param more `epochs` or `patience`, raised, for one that is done
 * @throws FieldError where there is no such run, or it is on or done; TributaryError `file-damaged`
 */
export async function resumeTask(
  run: string,
  more: Readonly<Record<string, unknown>>,
  ground: Ground,
): Promise<TrainingTask> {
  const { path } = existing(await ground.look(), run, 'run', MANIFEST, 'a run')
  if (ground.isTaken(run)) throw new FieldError('bad-request', 'run', `the run ${quoted(run)} is being trained already`)
  const opened = await openRun(path)
  const { model, seed, status } = opened.manifest
  if (status === 'done' && Object.keys(more).length === 0)
    throw new FieldError('bad-request', 'set', `the run ${quoted(run)} is done; to go on, set more epochs or patience`)
  findModel(model)
  const dataset = await datasetFolderOf(opened)
  const options = Object.entries(more).flatMap(([option, value]) => ['--set', `${option}=${textOf(value)}`])
  return {
    ...{ run, path, model, dataset, seed, resumes: true },
    words: ['train', model, dataset, '--out', path, '--resume', ...options],
  }
}

function refuseOptions(model: string, set: Readonly<Record<string, unknown>>): void {
  const spec = findModel(model)
  try {
    parseConfig(spec, set)
  } catch (error) {
    if (!(error instanceof TributaryError)) throw error
    const option = refusedOption(spec, set)
    throw new FieldError('bad-request', option ? `set.${option}` : 'set', error.message)
  }
}

function refuseSplit(split: string | undefined): void {
  if (split === undefined) return
  const rule = /^[^,:]*/.exec(split)?.[0] ?? ''
  const known = SPLITS.map(({ name }) => name)
  if (!known.includes(rule)) throw unknownField('split', rule, 'split', known)
}

/** Something that was found, which nothing outside of the folders is. */
function existing(found: readonly Found[], id: string, field: string, file: string, what: string): Found {
  const one = found.find((folder) => folder.id === id && folder.files.has(file))
  if (one !== undefined) return one
  const known = found.flatMap((folder) => (folder.files.has(file) ? [folder.id] : []))
  const { suggestion } = unknownField(what, id, field, known)
  const remedy = suggestion === undefined ? '' : `; did you mean ${quoted(suggestion)}?`
  throw new FieldError(
    'unknown-name',
    field,
    `there is no ${what.slice(2)} ${quoted(id)} below the folders${remedy}`,
    suggestion,
  )
}

/** Options that name something on the disk name it below the folders; the training is told where it is. */
async function withPaths(
  model: string,
  set: Readonly<Record<string, unknown>>,
  found: readonly Found[],
): Promise<Readonly<Record<string, unknown>>> {
  const paths: Record<string, string> = {}
  for (const { name, reads } of specOf(model).options) {
    const value = set[name]
    if (reads === undefined || typeof value !== 'string' || NO_PATHS.includes(value)) continue
    paths[name] =
      reads === 'run' ? existing(found, value, `set.${name}`, MANIFEST, 'a run').path : anything(found, value, name)
  }
  return { ...set, ...paths }
}

/** A folder, or a file in one. */
function anything(found: readonly Found[], id: string, option: string): string {
  const cut = id.lastIndexOf('/')
  const [above, file] = [id.slice(0, Math.max(0, cut)), id.slice(cut + 1)]
  const path =
    found.find((folder) => folder.id === id)?.path ??
    found.flatMap((folder) => (folder.id === above && folder.files.has(file) ? [join(folder.path, file)] : []))[0]
  if (path !== undefined) return path
  throw new FieldError('unknown-name', `set.${option}`, `there is nothing called ${quoted(id)} below the folders`)
}

async function freeName({ model, name }: TrainingRequest, found: readonly Found[], ground: Ground): Promise<string> {
  if (name === undefined) {
    for (let n = 1; ; n++) {
      const free = n === 1 ? model : `${model}-${n}`
      if ((await takenBy(free, found, ground)) === undefined) return free
    }
  }
  if (name.length > LONGEST_NAME || !NAME.test(name))
    throw new FieldError(
      'bad-request',
      'name',
      `'name' must be letters, digits, _ . = + @ - with / between folders, beginning with a letter or digit, not ${quoted(name)}`,
    )
  const reason = await takenBy(name, found, ground)
  if (reason !== undefined) throw new FieldError('bad-request', 'name', `${reason}; give another name`)
  return name
}

/** Why no run can be made under a name. */
async function takenBy(name: string, found: readonly Found[], { into, isTaken }: Ground): Promise<string | undefined> {
  const id = `${into.prefix}${name}`
  const isThere = await stat(join(into.folder, name)).then(
    () => true,
    () => false,
  )
  if (isThere || isTaken(id)) return `${quoted(id)} is there already`
  // A run holds nothing but its own files, and a dataset neither.
  const above = found.find(
    (one) => id.startsWith(`${one.id}/`) && (one.files.has(MANIFEST) || one.files.has('dataset.json')),
  )
  return above && `${quoted(above.id)} is a run or a dataset, which holds no others`
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
