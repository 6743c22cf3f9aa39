import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Checkpoint, type NamedTensors, TributaryError } from '../core/index.ts'
import {
  isUnfinished,
  readError,
  readFileBytes,
  removeUnfinished,
  writeError,
  writeFileAtomic,
} from '../files/atomic.ts'
import {
  acquireLock,
  decodeSafetensors,
  encodeSafetensors,
  type FolderKind,
  isLock,
  type Lock,
  refuseForeign,
  refuseLocked,
  systemCode,
  writeLockedFolder,
} from '../files/index.ts'
import { decodeCheckpoint, encodeCheckpoint, sha256 } from './checkpoint.ts'
import { type Manifest, manifestText, parseManifest } from './manifest.ts'
import { MetricsFile } from './metrics.ts'

export { configOfRun, type Manifest } from './manifest.ts'

const MANIFEST = 'manifest.json'
const METRICS = 'metrics.jsonl'
const WEIGHTS = 'weights.safetensors'
const CHECKPOINT = 'optimizer.safetensors'
/** The checkpoint before, as long as the run is trained. */
const PREVIOUS = 'optimizer.previous.safetensors'

const OWN_FILES =
  '(manifest\\.json|metrics\\.jsonl|(weights|optimizer|optimizer\\.previous)\\.safetensors|(report|explain|transfer)\\.html|transfer\\.json)'

/** What may be replaced by another run. The twins that `tributary transfer` trained are in it. */
const RUN_FOLDER: FolderKind = {
  name: 'run',
  holds: new RegExp(`^(transfer/[^/]+/seed\\d+/)?${OWN_FILES}$`),
  is: async (folder) => {
    const path = join(folder, MANIFEST)
    const text = await readFile(path, 'utf8').catch(() => '')
    try {
      parseManifest(path, text)
      return true
    } catch (error) {
      // Damaged, it is still a run; of a web page's manifest nothing is left to tell it from one.
      return error instanceof TributaryError && /"weightsHash"|"decidedHash"/.test(text)
    }
  },
}

/**
 * Refuses a folder that no run may be made in, before work is done for it; returns the names that are there already.
 * @throws `file-exists`, `in-use`
 */
export async function refuseTaken(
  folder: string,
  options: { readonly overwrite?: boolean | undefined; readonly inputs?: readonly string[] },
): Promise<readonly string[] | undefined> {
  const present = await namesIn(folder)
  if (present === undefined) return present
  await refuseLocked(folder)
  if (present.length === 0) return present
  if (!present.includes(MANIFEST))
    throw new TributaryError('file-exists', `${folder} already exists and is not a run; choose another folder`)
  if (!options.overwrite)
    throw new TributaryError(
      'file-exists',
      `${folder} already holds a run; go on with --resume, replace it with --overwrite, or choose another folder`,
    )
  await refuseForeign(folder, { replaces: RUN_FOLDER, inputs: options.inputs })
  return present
}

/**
 * Makes the folder of a run that is about to start, which is locked until `release`. An empty folder may already be there; with
 * `overwrite` an older run.
 * @param options `inputs` are read by the training, and not replaced
 * @throws `file-exists` when something else is there, `in-use` when another process writes there, `disk-full` when the folder cannot
 * be written
 */
export async function createRun(
  folder: string,
  manifest: Manifest,
  options: { readonly overwrite?: boolean | undefined; readonly inputs?: readonly string[] } = {},
): Promise<Run> {
  const present = await refuseTaken(folder, options)
  const write = (place: string) => writeFileAtomic(join(place, MANIFEST), manifestText(manifest))
  const { inputs } = options
  if (present?.length !== 0) {
    const lock = await writeLockedFolder(folder, write, present && { replaces: RUN_FOLDER, inputs })
    return new Run(folder, manifest, new MetricsFile(join(folder, METRICS)), lock)
  }
  const lock = await acquireLock(folder)
  try {
    await write(folder)
  } catch (error) {
    await lock.release()
    throw error
  }
  return new Run(folder, manifest, new MetricsFile(join(folder, METRICS)), lock)
}

/**
 * Opens a run, finished or not, without changing anything in it.
 * @throws `file-missing` when there is no run, `file-damaged` when its manifest is not one
 */
export async function openRun(folder: string): Promise<Run> {
  return await open(folder)
}

/**
 * Opens a run to write in it; it is locked until `release`.
 * @throws as `openRun`; `in-use` when another process writes in it
 */
export async function openRunToWrite(folder: string): Promise<Run> {
  await open(folder)
  const lock = await acquireLock(folder)
  try {
    // Read under the lock: whoever had it before may have gone on.
    return await open(folder, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function open(folder: string, lock?: Lock): Promise<Run> {
  const present = await namesIn(folder)
  if (present === undefined) throw new TributaryError('file-missing', `there is no run at ${folder}`)
  if (!present.includes(MANIFEST))
    throw new TributaryError('file-missing', `${folder} is not a run: it has no ${MANIFEST}`)
  const path = join(folder, MANIFEST)
  const manifest = parseManifest(path, Buffer.from(await readFileBytes(path)).toString())
  return new Run(folder, manifest, await MetricsFile.open(join(folder, METRICS)), lock)
}

/** A run directory. One process writes to it at a time, and awaits each call before the next; one that lost its lock is refused (`in-use`). */
export class Run {
  readonly folder: string
  #manifest: Manifest
  readonly #metrics: MetricsFile
  readonly #lock: Lock | undefined

  /** Use `createRun`, `openRun` or `openRunToWrite`. */
  constructor(folder: string, manifest: Manifest, metrics: MetricsFile, lock?: Lock) {
    this.folder = folder
    this.#manifest = manifest
    this.#metrics = metrics
    this.#lock = lock
  }

  get manifest(): Manifest {
    return this.#manifest
  }

  /** When the weights were written, milliseconds since 1970; undefined where there are none. */
  get trainedAt(): number | undefined {
    return statSync(join(this.folder, WEIGHTS), { throwIfNoEntry: false })?.mtime.getTime()
  }

  /** Lets other processes write in it; this one has done so. */
  async release(): Promise<void> {
    await this.#lock?.release()
  }

  /** Replaces the manifest on disk by one with these fields changed. */
  async updateManifest(patch: { readonly [K in keyof Manifest]?: Manifest[K] | undefined }): Promise<void> {
    await this.#lock?.refuseLost()
    await this.#metrics.flush()
    const manifest = { ...this.#manifest, ...patch } as Manifest
    await writeFileAtomic(join(this.folder, MANIFEST), manifestText(manifest))
    this.#manifest = manifest
    // What it is good for is over.
    if (manifest.status === 'done') await rm(join(this.folder, PREVIOUS), { force: true })
  }

  /** Adds one JSON line to metrics.jsonl. Lines reach the disk a few at a time and before every checkpoint. */
  async appendMetrics(record: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#lock?.refuseLost()
    await this.#metrics.append(record)
  }

  /**
   * Every line of metrics.jsonl in order, without a last one that a killed process did not finish.
   * @throws `file-damaged` for a line that is not a JSON object
   */
  async readMetrics(): Promise<Record<string, unknown>[]> {
    return await this.#metrics.read()
  }

  /**
   * Replaces the checkpoint; the one before is kept. Killed at any moment, the folder holds the previous one or this one, whole.
   * @throws `not-finite` or `bad-argument` when the state is not plain JSON and would come back changed
   */
  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    await this.#lock?.refuseLost()
    const pieces = encodeCheckpoint(checkpoint, await this.#metrics.position())
    await writeFileAtomic(join(this.folder, CHECKPOINT), pieces, { keepAs: join(this.folder, PREVIOUS) })
  }

  /** The last checkpoint, without going back to it; undefined where there is none. @throws `file-damaged` */
  async readCheckpoint(): Promise<Checkpoint | undefined> {
    if (!(await this.hasCheckpoint())) return undefined
    const path = join(this.folder, CHECKPOINT)
    const { epoch, state, tensors } = decodeCheckpoint(await readFileBytes(path), path)
    return { epoch, state, tensors }
  }

  async hasCheckpoint(): Promise<boolean> {
    return (await readdir(this.folder)).includes(CHECKPOINT)
  }

  /**
   * Goes back to the last checkpoint (`previous`: to the one before it), or to the start when there is none (`undefined`):
   * metrics.jsonl loses the lines that were written after it, and files that a killed process left unfinished are removed. Nothing
   * else is changed when the checkpoint or the metrics before it are damaged.
   * @throws `file-damaged` when they are not, to the bit, what the run wrote; `file-missing` when there is no previous one
   */
  async loadCheckpoint(which: 'last' | 'previous' = 'last'): Promise<Checkpoint | undefined> {
    await removeUnfinished(this.folder)
    const present = await readdir(this.folder)
    if (which === 'previous' && !present.includes(PREVIOUS))
      throw new TributaryError(
        'file-missing',
        `${this.folder} has no checkpoint before the last one; go on with --resume, or train again with --overwrite`,
      )
    const name = which === 'last' && present.includes(CHECKPOINT) ? CHECKPOINT : PREVIOUS
    if (!present.includes(name)) {
      await this.#metrics.backTo({ metricsBytes: 0 })
      return undefined
    }
    const path = join(this.folder, name)
    try {
      const { epoch, state, tensors, ...metrics } = decodeCheckpoint(await readFileBytes(path), path)
      await this.#metrics.backTo(metrics)
      // The last one would be kept as the one before.
      if (name === PREVIOUS) await rename(path, join(this.folder, CHECKPOINT))
      return { epoch, state, tensors }
    } catch (error) {
      if (!(error instanceof TributaryError && error.code === 'file-damaged')) throw writeError(path, error)
      const remedy =
        name === CHECKPOINT && present.includes(PREVIOUS)
          ? 'restore it, or go on from the checkpoint before with --resume-previous'
          : 'restore it, or train again with --overwrite'
      throw new TributaryError('file-damaged', `${error.message}; ${remedy}`, { cause: error })
    }
  }

  /** Writes the weights that the run is evaluated and served with, and their hash into the manifest. */
  async saveWeights(weights: NamedTensors): Promise<void> {
    await this.#lock?.refuseLost()
    const pieces = encodeSafetensors(weights, { model: this.#manifest.model, dataset: this.#manifest.dataset.hash })
    await writeFileAtomic(join(this.folder, WEIGHTS), pieces)
    await this.updateManifest({ weightsHash: sha256(pieces) })
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
}

/** Names in a folder, without what is being written and who writes; `undefined` when there is no folder. */
async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).filter((name) => !isUnfinished(name) && !isLock(name))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    if (systemCode(error) === 'ENOTDIR' && (await stat(folder).catch(() => undefined))?.isFile())
      throw new TributaryError('file-exists', `${folder} is a file, where the folder of a run is expected`)
    throw readError(folder, error)
  }
}
