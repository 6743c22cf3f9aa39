import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { TributaryError } from '../core/index.ts'
import { TRANSFER_FILE, type TransferReport } from '../experiments/report.ts'
import { readTransferReport } from '../experiments/transfer-file.ts'

/** A report of `tributary transfer` that lies below one of the folders. */
export interface FoundReport {
  /** The path of its folder below the one that was given; `.` where it lies in that itself. */
  readonly id: string
  /** Milliseconds since 1970: when it was written. */
  readonly made: number
  /** Absent where it cannot be read. */
  readonly report?: TransferReport
  /** Why it cannot be read. */
  readonly reason?: string
}

/** Folders below folders below folders: further down nobody looks. */
const DEEPEST = 8
/** So many folders are looked into. */
const MOST_FOLDERS = 20_000

interface Kept extends FoundReport {
  readonly size: number
}

/**
 * The reports below folders, as they are now: each is read once, and again when its file has changed.
 */
export class TransferReports {
  readonly #folders: readonly string[]
  #kept = new Map<string, Kept>()

  constructor(folders: readonly string[]) {
    this.#folders = folders
  }

  /** The last one first. */
  async all(): Promise<readonly FoundReport[]> {
    const kept = new Map<string, Kept>()
    const ids = new Set<string>()
    for (const folder of this.#folders)
      for (const below of await foldersWith(folder, TRANSFER_FILE)) {
        const path = join(folder, below, TRANSFER_FILE)
        if (kept.has(path)) continue
        const named = ids.has(below) ? join(basename(folder), below) : below
        ids.add(named)
        const one = await this.#read(path, named.split('\\').join('/'))
        if (one !== undefined) kept.set(path, one)
      }
    this.#kept = kept
    return [...kept.values()].sort((a, b) => b.made - a.made || (a.id < b.id ? -1 : 1))
  }

  async #read(path: string, id: string): Promise<Kept | undefined> {
    const found = await stat(path).catch(() => undefined)
    // Deleted meanwhile, or a folder that is called so.
    if (found === undefined || !found.isFile()) return undefined
    const { mtimeMs: made, size } = found
    const before = this.#kept.get(path)
    if (before?.made === made && before.size === size && before.id === id) return before
    try {
      return { id, made, size, report: await readTransferReport(path, `${id}/${TRANSFER_FILE}`) }
    } catch (error) {
      if (!(error instanceof TributaryError)) throw error
      if (error.code === 'file-missing') return undefined
      // Sentences about the file system have paths in them, which are not for those who ask.
      const reason = error.code === 'file-damaged' ? error.message : `it cannot be read (${error.code})`
      return { id, made, size, reason }
    }
  }
}

/** Paths below a folder of the folders that hold a file; links are not followed, so that there are no circles. */
async function foldersWith(root: string, file: string): Promise<string[]> {
  const found: string[] = []
  let waiting = ['.']
  let looked = 0
  for (let depth = 0; depth <= DEEPEST && waiting.length > 0; depth++) {
    const next: string[] = []
    for (const below of waiting) {
      if (looked++ >= MOST_FOLDERS) return found
      // Taken away or forbidden, it holds nothing for us.
      const entries = await readdir(join(root, below), { withFileTypes: true }).catch(() => [])
      for (const entry of entries)
        if (entry.isDirectory()) {
          if (!entry.name.startsWith('.') && entry.name !== 'node_modules') next.push(join(below, entry.name))
        } else if (entry.name === file && entry.isFile()) found.push(below)
    }
    waiting = next.sort()
  }
  return found
}
