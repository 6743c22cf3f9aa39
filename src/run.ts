import { createHash } from 'node:crypto'
import { open, readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { TributaryError } from './core/errors.ts'
import {
  isUnfinished,
  readError,
  readFileBytes,
  removeUnfinished,
  writeError,
  writeFileAtomic,
  writeFolderAtomic,
} from './core/files.ts'
import type { Checkpoint } from './core/model.ts'
import { decodeSafetensors, encodeSafetensors } from './core/safetensors.ts'
import type { NamedTensors } from './core/tensor.ts'

const MANIFEST = 'manifest.json'
const METRICS = 'metrics.jsonl'
const WEIGHTS = 'weights.safetensors'
/** Weights, best weights, moments and counters in one file, because only one file can be replaced at once. */
const CHECKPOINT = 'optimizer.safetensors'

const namedNumbers = z.record(z.string(), z.number())

const manifestSchema = z.object({
  format: z.literal(1),
  model: z.string(),
  task: z.enum(['ranking', 'ctr', 'rating', 'policy']),
  /** Every option of the model, and whether the user set it. */
  config: z.record(z.string(), z.object({ value: z.unknown(), from: z.enum(['default', 'set']) })),
  dataset: z.object({ name: z.string(), path: z.string(), hash: z.string() }),
  split: z.string(),
  seed: z.number(),
  threads: z.number(),
  versions: z.object({ tributary: z.string(), node: z.string(), onnxruntime: z.string() }),
  /** `done` once the best weights are in the folder. */
  status: z.enum(['training', 'done']),
  result: z
    .object({
      epochs: z.number(),
      bestEpoch: z.number(),
      reason: z.string(),
      /** Time spent in epochs. */
      seconds: z.number(),
      validation: namedNumbers.optional(),
    })
    .optional(),
  /** SHA-256 of the weights file. */
  weightsHash: z.string().optional(),
  /** Runs that it was trained with, such as a world model: by folder, the hash of their weights. */
  uses: z.record(z.string(), z.string()).optional(),
  /** How a policy was shown in the dataset's truth while it learned, and what the controls earn there in each mode. */
  simulation: z
    .object({
      every: z.number(),
      episodes: z.number(),
      leave: z.array(z.string()),
      maxLength: z.number(),
      controls: z.record(z.string(), z.object({ knowsTruth: z.boolean(), mode: z.record(z.string(), namedNumbers) })),
    })
    .optional(),
})

/** What a run is: everything that was decided before its first step, and how it ended. */
export type Manifest = Readonly<z.output<typeof manifestSchema>>

/**
 * Refuses a folder that no run may be made in, before work is done for it; returns the names that are there already.
 * @throws `file-exists`
 */
export async function refuseTaken(
  folder: string,
  options: { readonly overwrite?: boolean | undefined },
): Promise<readonly string[] | undefined> {
  const present = await namesIn(folder)
  if (present !== undefined && present.length > 0) {
    if (!present.includes(MANIFEST))
      throw new TributaryError('file-exists', `${folder} already exists and is not a run; choose another folder`)
    if (!options.overwrite)
      throw new TributaryError(
        'file-exists',
        `${folder} already holds a run; go on with --resume, replace it with --overwrite, or choose another folder`,
      )
  }
  return present
}

/**
 * Makes the folder of a run that is about to start. An empty folder may already be there; with `overwrite` an older run.
 * @throws `file-exists` when something else is there, `disk-full` when the folder cannot be written
 */
export async function createRun(
  folder: string,
  manifest: Manifest,
  options: { readonly overwrite?: boolean | undefined } = {},
): Promise<Run> {
  const present = await refuseTaken(folder, options)
  const write = (place: string) => writeFileAtomic(join(place, MANIFEST), manifestText(manifest))
  if (present?.length === 0) await write(folder)
  else await writeFolderAtomic(folder, write, { overwrite: present !== undefined })
  return new Run(folder, manifest, 0)
}

/**
 * Opens a run, finished or not, without changing anything in it.
 * @throws `file-missing` when there is no run, `file-damaged` when its manifest is not one
 */
export async function openRun(folder: string): Promise<Run> {
  const present = await namesIn(folder)
  if (present === undefined) throw new TributaryError('file-missing', `there is no run at ${folder}`)
  if (!present.includes(MANIFEST))
    throw new TributaryError('file-missing', `${folder} is not a run: it has no ${MANIFEST}`)
  const path = join(folder, MANIFEST)
  const manifest = parseManifest(path, await readFileBytes(path))
  const metricsBytes = present.includes(METRICS) ? (await stat(join(folder, METRICS))).size : 0
  return new Run(folder, manifest, metricsBytes)
}

/** A run directory. One process writes to it at a time, and awaits each call before the next. */
export class Run {
  readonly folder: string
  #manifest: Manifest
  /** Size of the metrics file, whose further lines wait in `#lines`. */
  #metricsBytes: number
  #lines: string[] = []

  /** Use `createRun` or `openRun`. */
  constructor(folder: string, manifest: Manifest, metricsBytes: number) {
    this.folder = folder
    this.#manifest = manifest
    this.#metricsBytes = metricsBytes
  }

  get manifest(): Manifest {
    return this.#manifest
  }

  /** Replaces the manifest on disk by one with these fields changed. */
  async updateManifest(patch: Partial<Manifest>): Promise<void> {
    await this.#flushMetrics()
    const manifest = { ...this.#manifest, ...patch }
    await writeFileAtomic(join(this.folder, MANIFEST), manifestText(manifest))
    this.#manifest = manifest
  }

  /** Adds one JSON line to metrics.jsonl. Lines reach the disk a few at a time and before every checkpoint. */
  async appendMetrics(record: Readonly<Record<string, unknown>>): Promise<void> {
    this.#lines.push(`${JSON.stringify(record)}\n`)
    if (this.#lines.length >= 32) await this.#flushMetrics()
  }

  /**
   * Every line of metrics.jsonl in order, without a last one that a killed process did not finish.
   * @throws `file-damaged` for a line that is not a JSON object
   */
  async readMetrics(): Promise<Record<string, unknown>[]> {
    await this.#flushMetrics()
    if (this.#metricsBytes === 0) return []
    const path = join(this.folder, METRICS)
    const lines = Buffer.from(await readFileBytes(path))
      .toString()
      .split('\n')
      .slice(0, -1)
    return lines.map((line, index) => {
      const record = z.record(z.string(), z.unknown()).safeParse(parseJson(line))
      if (record.success) return record.data
      throw new TributaryError('file-damaged', `line ${index + 1} of ${path} is not a JSON object`)
    })
  }

  /**
   * Replaces the checkpoint. Killed at any moment, the folder holds the previous one or this one, whole.
   * @throws `not-finite` or `bad-argument` when the state is not plain JSON and would come back changed
   */
  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    await this.#flushMetrics()
    const position = JSON.stringify({ epoch: checkpoint.epoch, metricsBytes: this.#metricsBytes })
    const metadata = { position, state: JSON.stringify(checkpoint.state, plainJson) }
    await writeFileAtomic(join(this.folder, CHECKPOINT), encodeSafetensors(checkpoint.tensors, metadata))
  }

  /**
   * Goes back to the last checkpoint, or to the start when there is none (`undefined`): metrics.jsonl loses the lines
   * that were written after it, and files that a killed process left unfinished are removed.
   * @throws `file-damaged` when the checkpoint cannot be read
   */
  async loadCheckpoint(): Promise<Checkpoint | undefined> {
    await removeUnfinished(this.folder)
    const present = await readdir(this.folder)
    if (!present.includes(CHECKPOINT)) {
      await this.#truncateMetrics(0)
      return undefined
    }
    const path = join(this.folder, CHECKPOINT)
    const { tensors, metadata } = decodeSafetensors(await readFileBytes(path), path)
    const position = positionSchema.safeParse(parseJson(metadata.position))
    const state = z.record(z.string(), z.unknown()).safeParse(parseJson(metadata.state))
    if (!position.success || !state.success)
      throw new TributaryError('file-damaged', `${path} is not a checkpoint: its metadata lacks position or state`)
    await this.#truncateMetrics(position.data.metricsBytes)
    return { epoch: position.data.epoch, state: state.data, tensors }
  }

  /** Writes the weights that the run is evaluated and served with, and their hash into the manifest. */
  async saveWeights(weights: NamedTensors): Promise<void> {
    const pieces = encodeSafetensors(weights, { model: this.#manifest.model, dataset: this.#manifest.dataset.hash })
    const hash = createHash('sha256')
    for (const piece of pieces) hash.update(piece)
    await writeFileAtomic(join(this.folder, WEIGHTS), pieces)
    await this.updateManifest({ weightsHash: hash.digest('hex') })
  }

  /**
   * @throws `file-missing` when the run has not finished, `file-damaged` when the file is not byte for byte what was saved
   */
  async loadWeights(): Promise<NamedTensors> {
    const path = join(this.folder, WEIGHTS)
    if (this.#manifest.status !== 'done' && !(await readdir(this.folder)).includes(WEIGHTS))
      throw new TributaryError('file-missing', `${this.folder} has no weights yet; finish its training with --resume`)
    const bytes = await readFileBytes(path)
    const { tensors } = decodeSafetensors(bytes, path)
    const { weightsHash } = this.#manifest
    if (weightsHash !== undefined && createHash('sha256').update(bytes).digest('hex') !== weightsHash)
      throw new TributaryError(
        'file-damaged',
        `${path} is not the file that the run wrote (its SHA-256 differs from the manifest's); train again or restore it`,
      )
    return tensors
  }

  async #flushMetrics(): Promise<void> {
    if (this.#lines.length === 0) return
    const path = join(this.folder, METRICS)
    const bytes = Buffer.from(this.#lines.join(''))
    try {
      const file = await open(path, 'a')
      try {
        await file.appendFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
    } catch (error) {
      throw writeError(path, error)
    }
    this.#metricsBytes += bytes.length
    this.#lines = []
  }

  async #truncateMetrics(bytes: number): Promise<void> {
    this.#lines = []
    const path = join(this.folder, METRICS)
    if (this.#metricsBytes < bytes)
      throw new TributaryError(
        'file-damaged',
        `${path} has ${this.#metricsBytes} bytes, but the checkpoint was made when it had ${bytes}; restore it or train again`,
      )
    if (this.#metricsBytes > bytes) await truncate(path, bytes)
    this.#metricsBytes = bytes
  }
}

const count = z.number().int().nonnegative()
const positionSchema = z.object({ epoch: count, metricsBytes: count })

/** Names in a folder, without those still being written; `undefined` when there is no folder. */
async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).filter((name) => !isUnfinished(name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR')
      throw new TributaryError('file-exists', `${folder} is a file, where the folder of a run is expected`)
    throw readError(folder, error)
  }
}

function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

function parseManifest(path: string, bytes: Uint8Array): Manifest {
  const value = parseJson(Buffer.from(bytes).toString())
  if (value === undefined) throw new TributaryError('file-damaged', `${path} is not JSON`)
  const parsed = manifestSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new TributaryError('file-damaged', `${path} is not a manifest: ${issue.path.join('.')}: ${issue.message}`)
}

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** JSON would turn infinity into null and typed arrays into objects, and a resumed run would not be the same run. */
function plainJson(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TributaryError('not-finite', `the state of a checkpoint cannot hold '${key}': ${value}; leave it out`)
  if (ArrayBuffer.isView(value))
    throw new TributaryError(
      'bad-argument',
      `the state of a checkpoint cannot hold the array '${key}': make it a tensor`,
    )
  return value
}
