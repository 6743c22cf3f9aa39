import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { TributaryError } from '../core/index.ts'
import { TRANSFER_FILE, type TransferReport } from '../experiments/report.ts'
import { readTransferReport } from '../experiments/transfer-file.ts'
import { type Found, inParallel, stampOf } from './folders.ts'

/** A report of `tributary transfer` that lies below one of the folders. */
export interface FoundReport {
  /** That of its folder, as runs have it. */
  readonly id: string
  /** Of its folder, as a command would name it. */
  readonly path: string
  /** Milliseconds since 1970: when it was written. */
  readonly made: number
  /** Absent where it cannot be read. */
  readonly report?: TransferReport
  /** Why it cannot be read. */
  readonly reason?: string
}

interface Kept extends FoundReport {
  readonly stamp: string
}

/** The reports below folders: each is read once, and again when its file has changed. */
export class TransferReports {
  #kept = new Map<string, Kept>();

  /**
   * The last one first.
   * @param found all folders there are now
   */
  async in(found: readonly Found[]): Promise<readonly FoundReport[]> {
    const folders = found.filter(({ files }) => files.has(TRANSFER_FILE))
    const read = await inParallel(folders, (folder) => this.#read(folder))
    const kept = read.filter((one) => one !== undefined)
    this.#kept = new Map(kept.map((one) => [one.path, one]))
    return kept.sort((a, b) => b.made - a.made || (a.id < b.id ? -1 : 1))
  }

  async #read({ id, path }: Found): Promise<Kept | undefined> {
    const file = join(path, TRANSFER_FILE)
    const there = await stat(file).catch(() => undefined)
    // Deleted meanwhile.
    if (there === undefined) return undefined
    const stamp = stampOf(there)
    const before = this.#kept.get(path)
    if (before?.stamp === stamp && before.id === id) return before
    const told = { id, path, made: there.mtimeMs, stamp }
    try {
      return { ...told, report: await readTransferReport(file) }
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error
      return error.code === 'file-missing' ? undefined : { ...told, reason: error.message }
    }
  }
}
