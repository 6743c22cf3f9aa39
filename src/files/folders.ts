import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { TributaryError } from '../core/index.ts'
import {
  isUnfinished,
  isUnfinishedOf,
  isWithin,
  makeFolder,
  physicalPath,
  syncFile,
  syncFolder,
  unfinishedBeside,
} from './atomic.ts'
import { acquireLock, isAbandoned, isLock, type Lock, refuseLocked } from './lock.ts'
import { systemCode, writeError } from './system-errors.ts'

/** A folder that Tributary writes, and may therefore replace. */
export interface FolderKind {
  /** What users call it. */
  readonly name: string
  /** What may stand in it, as paths with `/` below it. */
  readonly holds: RegExp
  /** Whether a folder of such names is one, by what is written in it. */
  is(folder: string): Promise<boolean>
}

export interface FolderOptions {
  /** Replaces what is there, where it is of this kind and nothing else would be lost. */
  readonly replaces?: FolderKind | undefined
  /** Read by the command, so never replaced. */
  readonly inputs?: readonly string[] | undefined
}

/** Written by systems without being asked. */
const BY_THE_WAY = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini)$/

/** Ends the name of a folder on its way out. */
const REPLACED = '.replaced'

/**
 * Writes a folder that is either absent (or the old one) or complete: `fill` writes into a temporary sibling, whose files
 * are synced before it takes the name. Missing parents are made. Whatever fails, nothing of the attempt is left; what killed
 * processes left of attempts at the same folder is removed.
 * @throws TributaryError `file-exists` when something is there that may not be replaced, `in-use` when another process writes there,
 * others as `writeError`; those of `fill` pass through
 */
export async function writeFolderAtomic(
  path: string,
  fill: (temporary: string) => Promise<void>,
  options: FolderOptions = {},
): Promise<void> {
  const lock = await writeLockedFolder(path, fill, options)
  await lock.release()
}

/** The same. The folder appears with the lock of this process in it, which the caller releases. */
export async function writeLockedFolder(
  path: string,
  fill: (temporary: string) => Promise<void>,
  options: FolderOptions = {},
): Promise<Lock> {
  // What stands behind a link is replaced, on its own disk.
  const place = await physicalPath(path)
  const temporary = unfinishedBeside(place)
  let before: Lock | undefined
  try {
    await removeAbandoned(place)
    if (await refuseForeign(path, options)) before = await acquireLock(place)
    await makeFolder(dirname(path))
    await mkdir(temporary)
    const lock = await acquireLock(temporary)
    await fill(temporary)
    await syncTree(temporary)
    await replace(place, temporary, await refuseForeign(path, options))
    await syncFolder(dirname(place))
    lock.moved(place)
    return lock
  } catch (error) {
    // What failed first is what is told.
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined)
    await before?.release()
    throw writeError(path, error)
  }
}

/**
 * Refuses to replace what Tributary has not written, or what the user would miss.
 * @returns whether there is something to replace
 * @throws TributaryError `file-exists`
 */
export async function refuseForeign(path: string, { replaces, inputs = [] }: FolderOptions): Promise<boolean> {
  const place = await physicalPath(path)
  const found = await lstat(place).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw writeError(path, error)
  })
  if (found === undefined) return false
  const refusal = (reason: string) => new TributaryError('file-exists', `${path} ${reason}`)
  if (replaces === undefined) throw refusal('already exists; choose another --out, or replace it with --overwrite')
  const { name, holds } = replaces
  if (!found.isDirectory()) throw refusal(`is a file, and only a ${name} is replaced; choose another --out`)
  const needed = [process.cwd(), homedir(), ...inputs]
  for (const [n, needs] of needed.entries())
    if (isWithin(await physicalPath(needs), place)) {
      const what =
        n === 0 ? 'holds the folder that you are in' : n === 1 ? 'holds your home' : `holds the input ${needs}`
      throw refusal(`${what} and is not replaced; choose another --out`)
    }
  if (!(await replaces.is(place))) throw refusal(`already exists and is not a ${name}; choose another --out`)
  const foreign = (await filesBelow(place)).find((file) => !holds.test(file) && !BY_THE_WAY.test(file))
  if (foreign !== undefined)
    throw refusal(
      `holds ${foreign}, which no ${name} has and --overwrite would delete; move it or choose another --out`,
    )
  return true
}

/**
 * Everything below a folder that is no folder, as paths with `/`, without what is being written and who writes.
 * @throws TributaryError `in-use` when somebody writes in a folder below it
 */
async function filesBelow(folder: string, prefix = ''): Promise<string[]> {
  const files: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (isUnfinished(entry.name)) continue
    if (isLock(entry.name)) {
      if (prefix !== '') await refuseLocked(folder)
      continue
    }
    const path = `${prefix}${entry.name}`
    if (entry.isDirectory()) files.push(...(await filesBelow(join(folder, entry.name), `${path}/`)))
    else files.push(path)
  }
  return files
}

// Two renames, since a folder cannot be renamed onto a filled one; in between only the name is missing.
async function replace(place: string, replacement: string, present: boolean): Promise<void> {
  if (!present) return await rename(replacement, place)
  const replaced = unfinishedBeside(place, REPLACED)
  await rename(place, replaced)
  try {
    await rename(replacement, place)
  } catch (error) {
    await rename(replaced, place)
    throw error
  }
  await rm(replaced, { recursive: true })
}

/** Removes what dead processes left beside a folder; one that died between the two renames of a replacement gets the old folder back. */
async function removeAbandoned(place: string): Promise<void> {
  const parent = dirname(place)
  const names = await readdir(parent).catch(() => [])
  const present = async () => (await lstat(place).catch(() => undefined)) !== undefined
  for (const name of names) {
    const left = join(parent, name)
    const replaced = isUnfinishedOf(place, name, REPLACED)
    if (!(replaced || isUnfinishedOf(place, name)) || !(await isAbandoned(left).catch(() => false))) continue
    if (replaced && !(await present())) await rename(left, place)
    else await rm(left, { recursive: true, force: true })
  }
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      await syncTree(path)
      continue
    }
    await syncFile(path)
  }
  await syncFolder(folder)
}
