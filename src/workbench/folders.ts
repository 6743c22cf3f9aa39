import type { Dirent, Stats } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { TributaryError } from '../core/index.ts'
import { isUnfinished, isWithin, readError } from '../files/atomic.ts'
import { systemCode } from '../files/index.ts'

/** A folder that was found. */
export interface Found {
  /** Its path below the folder that was given, with `/`; that folder's own name comes first where there are several. */
  readonly id: string
  /** Where it is, as a command would name it. */
  readonly path: string
  /** What stands in it that is no folder. */
  readonly files: ReadonlySet<string>
  /** Differs as soon as something comes into the folder or leaves it. */
  readonly stamp: string
}

/** A folder that cannot be looked into. */
export interface Problem {
  readonly path: string
  /** One sentence. */
  readonly reason: string
}

interface Looked extends Found {
  readonly key: string
  readonly folders: readonly string[]
  /** It was quiet when it was read, so that its time tells of every change since. */
  readonly settled: boolean
}

export interface FolderLimits {
  /** Levels below a folder that was given. */
  readonly depth?: number
  readonly folders?: number
}

/** Never looked into: they hold no runs, but very many files. */
const PASSED_BY = /^(node_modules|\.git)$|\.parquet$/

/** A change within the same tick of the file system's clock leaves a folder's time as it was. */
const QUIET_MILLISECONDS = 2_000

/** Folders below a few others, links included, each once. Looked at again, only those that have changed are read. */
export class Folders {
  /** Without those that lie in others. */
  readonly roots: readonly string[]
  readonly #names: readonly string[]
  readonly #limits: Required<FolderLimits>
  #looked = new Map<string, Looked>()
  #problems: readonly Problem[] = []

  constructor(roots: readonly string[], limits: FolderLimits = {}) {
    const places = roots.map((root) => resolve(root))
    this.roots = roots.filter(
      (_, r) => !places.some((other, o) => (other === places[r] ? o < r : isWithin(places[r], other))),
    )
    this.#names = uniqueNames(this.roots)
    this.#limits = { depth: 12, folders: 50_000, ...limits }
  }

  /** What stands before the ids of what lies in a folder that was given, or in one below it. */
  prefixOf(folder: string): string {
    const place = resolve(folder)
    const root = this.roots.findIndex((one) => isWithin(place, resolve(one)))
    if (root === -1) return ''
    const below = relative(resolve(this.roots[root]), place).split(sep)
    return [this.roots.length > 1 ? this.#names[root] : '', ...below].flatMap((part) => part && `${part}/`).join('')
  }

  /** Of the last look. */
  get problems(): readonly Problem[] {
    return this.#problems
  }

  /** All folders there are now, those given first, then level by level. */
  async look(): Promise<readonly Found[]> {
    const found = new Map<string, Looked>()
    const seen = new Set<string>()
    const problems: Problem[] = []
    let level = this.roots.map((path, r) => ({ path, id: this.roots.length > 1 ? this.#names[r] : '' }))
    for (let depth = 0; level.length > 0; depth++) {
      const looked = await inParallel(level, (place) => this.#lookAt(place, problems))
      const next: { path: string; id: string }[] = []
      for (const one of looked) {
        // The same folder by another way: a link, or a folder that was given twice.
        if (one === undefined || seen.has(one.key)) continue
        seen.add(one.key)
        found.set(one.path, one)
        for (const name of one.folders)
          next.push({ path: join(one.path, name), id: one.id ? `${one.id}/${name}` : name })
      }
      const [beyond] = next
      if (beyond !== undefined && (depth >= this.#limits.depth || found.size + next.length > this.#limits.folders)) {
        const limit = `${this.#limits.folders.toLocaleString('en-US')} folders or ${this.#limits.depth} levels`
        problems.push({
          path: beyond.path,
          reason: `there are more than ${limit}; give the folders of the runs themselves`,
        })
        break
      }
      level = next
    }
    this.#looked = found
    this.#problems = problems.sort((a, b) => (a.path < b.path ? -1 : 1))
    return this.#named([...found.values()])
  }

  /** What was given itself has no path below it. */
  #named(found: readonly Found[]): readonly Found[] {
    let [name] = this.#names
    while (found.some(({ id }) => id === name)) name += '-itself'
    return found.map((one) => (one.id === '' ? { ...one, id: name } : one))
  }

  async #lookAt({ path, id }: { path: string; id: string }, problems: Problem[]): Promise<Looked | undefined> {
    try {
      const now = Date.now()
      const there = await stat(path)
      if (!there.isDirectory())
        throw new TributaryError('file-missing', `${path} is a file, where a folder is expected`)
      const before = this.#looked.get(path)
      const stamp = stampOf(there)
      if (before?.settled && before.stamp === stamp && before.id === id) return before
      const files = new Set<string>()
      const folders: string[] = []
      for (const entry of await readdir(path, { withFileTypes: true }))
        if (await isFolder(path, entry)) {
          if (!PASSED_BY.test(entry.name) && !isUnfinished(entry.name)) folders.push(entry.name)
        } else files.add(entry.name)
      folders.sort()
      const settled = now - there.mtimeMs > QUIET_MILLISECONDS
      return { id, path, files, folders, stamp, settled, key: `${there.dev}:${there.ino}` }
    } catch (error) {
      // What is gone meanwhile is no problem.
      if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '') && !this.roots.includes(path)) return undefined
      const told = readError(path, error)
      if (!(told instanceof TributaryError)) throw told
      problems.push({ path, reason: told.message })
      return undefined
    }
  }
}

/** Differs when a file or folder was replaced or changed. */
export function stampOf({ dev, ino, mtimeMs, size }: Stats): string {
  return `${dev}:${ino}:${mtimeMs}:${size}`
}

/** In the order of the values, a few at a time. */
export async function inParallel<T, R>(
  values: readonly T[],
  change: (value: T) => Promise<R>,
  most = 32,
): Promise<R[]> {
  const results = new Array<R>(values.length)
  const left = values.entries()
  const worker = async () => {
    for (const [place, value] of left) results[place] = await change(value)
  }
  await Promise.all(Array.from({ length: Math.min(most, values.length) }, worker))
  return results
}

async function isFolder(path: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory()
  return stat(join(path, entry.name)).then(
    (there) => there.isDirectory(),
    () => false,
  )
}

function uniqueNames(roots: readonly string[]): string[] {
  const names: string[] = []
  for (const root of roots) {
    const name = basename(resolve(root)) || 'root'
    let unique = name
    for (let n = 2; names.includes(unique); n++) unique = `${name}-${n}`
    names.push(unique)
  }
  return names
}
