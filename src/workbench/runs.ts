import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { TributaryError } from '../core/index.ts'
import { readFileBytes } from '../files/atomic.ts'
import { isHeld, isLock, systemCode } from '../files/index.ts'
import { type Manifest, parseManifest } from '../runs/manifest.ts'
import { CurvesCache } from './curves.ts'
import { type Found, inParallel, stampOf } from './folders.ts'
import type { Curves } from './series.ts'
import { decided, isWholeInManifest, progressOf, type RunSummary } from './summary.ts'

/** A run below the folders, as it was last looked at. */
export interface KnownRun {
  readonly summary: RunSummary
  readonly files: ReadonlySet<string>
  /** Absent where it is damaged. */
  readonly manifest?: Manifest
}

interface Entry extends KnownRun {
  /** Differs when the run was begun anew, went on or ended. */
  readonly begun: string
  /** Differs when an epoch was written. */
  readonly written: string | undefined
}

export interface RunChanges {
  /** New ones and those that differ from before. */
  readonly changed: readonly RunSummary[]
  readonly removed: readonly string[]
}

/** The runs below folders, read again where they have changed. */
export class RunList {
  readonly #curves: CurvesCache
  #entries = new Map<string, Entry>()

  constructor(curves: CurvesCache = new CurvesCache()) {
    this.#curves = curves
  }

  get all(): readonly RunSummary[] {
    return [...this.#entries.values()].map(({ summary }) => summary)
  }

  get(id: string): KnownRun | undefined {
    return this.#entries.get(id)
  }

  /**
   * @returns `undefined` of a run that is not known
   * @throws TributaryError `file-missing` where its metrics cannot be read, `file-damaged` for a damaged run
   */
  async curves(id: string): Promise<Curves | undefined> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    const { manifest, summary } = entry
    if (manifest === undefined) throw new TributaryError('file-damaged', summary.reason ?? `${summary.path} is damaged`)
    return await this.#curves.of(summary.path, manifest)
  }

  /** @param found all folders there are now */
  async update(found: readonly Found[]): Promise<RunChanges> {
    const folders = found.filter(({ files }) => files.has(MANIFEST))
    const read = await inParallel(folders, (folder) => this.#read(folder))
    const entries = new Map<string, Entry>()
    for (const entry of read) if (entry !== undefined) entries.set(entry.summary.id, entry)
    const before = this.#entries
    this.#entries = entries
    const removed = [...before.keys()].filter((id) => !entries.has(id))
    for (const id of removed) this.#curves.forget(before.get(id)!.summary.path)
    const changed = [...entries].flatMap(([id, entry]) => {
      const known = before.get(id)
      if (known === entry || JSON.stringify(known?.summary) === JSON.stringify(entry.summary)) return []
      return [entry.summary]
    })
    return { changed, removed }
  }

  /** `undefined` for what is gone or is no run. */
  async #read(folder: Found): Promise<Entry | undefined> {
    const { id, path, files, stamp } = folder
    const before = this.#entries.get(id)
    const manifest = await statOf(join(path, MANIFEST))
    if (manifest === undefined) return undefined
    const held = [...files].some(isLock) && (await isHeld(path))
    const begun = [stamp, stampOf(manifest), held].join(' ')
    // Nothing is written into a run that is finished, but what makes it another.
    if (before?.begun === begun && !['training', 'stopped'].includes(before.summary.status)) return before
    const metrics = await statOf(join(path, METRICS))
    const written = metrics && stampOf(metrics)
    if (before?.begun === begun && before.written === written) return before
    const run = await this.#summarize(folder, held, Math.max(manifest.mtimeMs, metrics?.mtimeMs ?? 0))
    return run && { files, begun, written, ...run }
  }

  async #summarize(
    { id, path, files }: Found,
    held: boolean,
    changed: number,
  ): Promise<Omit<KnownRun, 'files'> | undefined> {
    const there = { id, path, changed }
    let text = ''
    try {
      const place = join(path, MANIFEST)
      text = Buffer.from(await readFileBytes(place)).toString()
      const manifest = parseManifest(place, text)
      const training = held && manifest.status === 'training'
      const curves = isWholeInManifest(manifest) ? undefined : await this.#curves.of(path, manifest)
      const { cautions = [], ...progress } = progressOf(manifest, curves?.tracks ?? [], training)
      const doubts = [...cautions, ...(curves?.cautions ?? [])]
      return {
        manifest,
        summary: {
          ...there,
          status: manifest.status === 'done' ? 'done' : training ? 'training' : 'stopped',
          ...(manifest.result && { reason: manifest.result.reason }),
          ...decided(manifest),
          ...progress,
          ...(doubts.length > 0 && { cautions: doubts }),
        },
      }
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error
      if (systemCode(error.cause) === 'ENOENT') return undefined
      // Web pages have a manifest, too.
      const ours = files.has(METRICS) || /"weightsHash"|"decidedHash"/.test(text)
      return ours || text === '' ? { summary: { ...there, status: 'damaged', reason: error.message } } : undefined
    }
  }
}

const MANIFEST = 'manifest.json'
const METRICS = 'metrics.jsonl'

function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined)
}
