import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { readError, systemCode, writeError } from './system-errors.ts'

export { readError, writeError } from './system-errors.ts'

/** Appended to names of files that are still being written; one that is found later was left by a killed process. */
const UNFINISHED = '.unfinished'

// A single read or write system call moves at most 2 GiB − 4 KiB on Linux.
const LARGEST_TRANSFER = 1 << 30

/**
 * Writes a whole file or nothing: a temporary file in the same folder, fsync, rename, fsync of the folder. Whoever reads
 * `path`, also after a crash at any moment, finds the previous content or the new one.
 * @param content text (UTF-8), bytes, or pieces of bytes that are written one after the other
 * @param keepAs takes the previous content; killed between the two renames, it is there alone
 * @throws `disk-full` when space or permission is lacking, `file-missing` when the folder does not exist
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array | readonly Uint8Array[],
  { keepAs }: { readonly keepAs?: string } = {},
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
    if (keepAs !== undefined)
      await rename(path, keepAs).catch((error: unknown) => {
        if (systemCode(error) !== 'ENOENT') throw error
      })
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    // What failed first is what is told.
    await rm(temporary, { force: true }).catch(() => undefined)
    throw writeError(path, error)
  }
}

/** A name beside `path` for what is about to become it, or has been. */
export function unfinishedBeside(path: string, mark = ''): string {
  return join(dirname(resolve(path)), `${unfinishedPrefix(path)}${randomUUID().slice(0, 8)}${mark}${UNFINISHED}`)
}

/** Whether `name`, beside `path`, is one of these. */
export function isUnfinishedOf(path: string, name: string, mark = ''): boolean {
  const prefix = unfinishedPrefix(path)
  if (!name.startsWith(prefix) || !name.endsWith(`${mark}${UNFINISHED}`)) return false
  return /^[0-9a-f]{8}$/.test(name.slice(prefix.length, -`${mark}${UNFINISHED}`.length))
}

/** Long names are cut, so that they stay names. */
function unfinishedPrefix(path: string): string {
  const name = Buffer.from(basename(resolve(path)))
  return `.${name.length > 200 ? name.toString('hex', 0, 100) : name}.`
}

/**
 * Makes a folder and its missing parents. (Node's own recursive way says of a read-only disk that the folder does not exist.)
 * @throws TributaryError as `writeError`
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeWithParents(resolve(path))
  } catch (error) {
    throw writeError(path, error)
  }
}

async function makeWithParents(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error
    await makeWithParents(dirname(path))
    await mkdir(path).catch((again: unknown) => {
      // Somebody else may have been as quick.
      if (systemCode(again) !== 'EEXIST') throw again
    })
  }
}

/** The path without links; of what does not exist, as far as it exists. */
export async function physicalPath(path: string): Promise<string> {
  const whole = resolve(path)
  try {
    return await realpath(whole)
  } catch {
    return dirname(whole) === whole ? whole : join(await physicalPath(dirname(whole)), basename(whole))
  }
}

/** Whether `path` is `folder` or lies in it; both physical. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
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

/** Makes a rename or a new entry in `folder` survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open folders; its renames are journaled.
  if (process.platform !== 'win32') await syncFile(folder)
}

/** Makes what others have written into a file survive a power cut. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

async function writeFully(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  let at = 0
  while (at < bytes.length) {
    const length = Math.min(bytes.length - at, LARGEST_TRANSFER)
    at += (await file.write(bytes, at, length)).bytesWritten
  }
}
