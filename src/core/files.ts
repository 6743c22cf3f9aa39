import { randomUUID } from 'node:crypto'
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { TributaryError } from './errors.ts'

/** Appended to names of files that are still being written; one that is found later was left by a killed process. */
const UNFINISHED = '.unfinished'

// A single read or write system call moves at most 2 GiB − 4 KiB on Linux.
const LARGEST_TRANSFER = 1 << 30

/**
 * Writes a whole file or nothing: a temporary file in the same folder, fsync, rename, fsync of the folder. Whoever reads
 * `path`, also after a crash at any moment, finds the previous content or the new one.
 * @param content text (UTF-8), bytes, or pieces of bytes that are written one after the other
 * @throws `disk-full` when space or permission is lacking, `file-missing` when the folder does not exist
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array | readonly Uint8Array[],
): Promise<void> {
  const pieces =
    typeof content === 'string' ? [Buffer.from(content)] : content instanceof Uint8Array ? [content] : content
  const temporary = unfinishedBeside(path)
  try {
    const file = await open(temporary, 'wx')
    try {
      for (const piece of pieces) await writeFully(file, piece)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await rm(temporary, { force: true })
    throw writeError(path, error)
  }
}

/**
 * Writes a folder that is either absent (or the old one) or complete: `fill` writes into a temporary sibling, whose files
 * are synced before it takes the name. Missing parents are made. Whatever fails, nothing of the attempt is left.
 * @throws `file-exists` when the name is taken and `overwrite` is not set, `disk-full` when space or permission is
 * lacking; other errors of `fill` pass through
 */
export async function writeFolderAtomic(
  path: string,
  fill: (temporary: string) => Promise<void>,
  options: { overwrite?: boolean | undefined } = {},
): Promise<void> {
  const refuseTaken = async () => {
    if (options.overwrite || !(await exists(path))) return
    throw new TributaryError('file-exists', `${path} already exists; choose another name or ask to overwrite it`)
  }
  await refuseTaken()
  const temporary = unfinishedBeside(path)
  try {
    await mkdir(temporary, { recursive: true })
    await fill(temporary)
    await syncTree(temporary)
    await refuseTaken()
    await replaceFolder(path, temporary)
    await syncFolder(dirname(resolve(path)))
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw writeError(path, error)
  }
}

// Two renames, since a folder cannot be renamed onto a filled one; in between only the name is missing.
async function replaceFolder(path: string, replacement: string): Promise<void> {
  if (!(await exists(path))) return await rename(replacement, path)
  const replaced = unfinishedBeside(path)
  await rename(path, replaced)
  try {
    await rename(replacement, path)
  } catch (error) {
    await rename(replaced, path)
    throw error
  }
  await rm(replaced, { recursive: true })
}

function unfinishedBeside(path: string): string {
  const whole = resolve(path)
  return join(dirname(whole), `.${basename(whole)}.${randomUUID().slice(0, 8)}${UNFINISHED}`)
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      await syncTree(path)
      continue
    }
    const file = await open(path, 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  }
  await syncFolder(folder)
}

/** Removes what killed writers left in a folder. Only for folders that a single process writes to. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(UNFINISHED)) await rm(join(folder, name), { force: true, recursive: true })
  }
}

export function isUnfinished(name: string): boolean {
  return name.endsWith(UNFINISHED)
}

/**
 * The bytes of a file of any size, starting at offset 0 of their own buffer, so that typed arrays can be views.
 * @throws `file-missing` when it does not exist or cannot be read
 */
export async function readFileBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const file = await open(path, 'r')
    try {
      const bytes = new Uint8Array((await file.stat()).size)
      let at = 0
      while (at < bytes.length) {
        const length = Math.min(bytes.length - at, LARGEST_TRANSFER)
        const { bytesRead } = await file.read(bytes, at, length, at)
        if (bytesRead === 0) break
        at += bytesRead
      }
      return at === bytes.length ? bytes : bytes.slice(0, at)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw readError(path, error)
  }
}

/** What went wrong when a file was opened or read, as a `file-missing` error that says why. */
export function readError(path: string, error: unknown): unknown {
  const reason = reasonOf(error, {
    ENOENT: 'there is no such file',
    ENOTDIR: 'a part of the path is not a folder',
    EISDIR: 'it is a folder, not a file',
    EACCES: 'permission is denied',
    EPERM: 'permission is denied',
  })
  if (reason === undefined) return error
  return new TributaryError('file-missing', `cannot read ${path}: ${reason}`, { cause: error })
}

/** What went wrong when a file or folder was written, as `disk-full` or `file-missing` with the reason; others pass. */
export function writeError(path: string, error: unknown): unknown {
  const full = reasonOf(error, {
    ENOSPC: 'no space is left on the disk; free some and run again',
    EDQUOT: 'the disk quota is used up; free some space and run again',
    EFBIG: 'the file is larger than the system allows (ulimit -f)',
    EACCES: 'permission is denied; choose a folder that you may write to',
    EPERM: 'permission is denied; choose a folder that you may write to',
    EROFS: 'the file system is read-only; choose another folder',
  })
  if (full !== undefined) return new TributaryError('disk-full', `cannot write ${path}: ${full}`, { cause: error })
  const missing = reasonOf(error, {
    ENOENT: 'its folder does not exist',
    ENOTDIR: 'a part of the path is not a folder',
    EISDIR: 'it is a folder, not a file',
  })
  if (missing !== undefined)
    return new TributaryError('file-missing', `cannot write ${path}: ${missing}`, { cause: error })
  return error
}

/** Makes a rename or a new entry in `folder` survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; its renames are journaled.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function writeFully(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  let at = 0
  while (at < bytes.length) {
    const length = Math.min(bytes.length - at, LARGEST_TRANSFER)
    at += (await file.write(bytes, at, length)).bytesWritten
  }
}

function reasonOf(error: unknown, reasons: Readonly<Record<string, string>>): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return reasons[error.code]
}
