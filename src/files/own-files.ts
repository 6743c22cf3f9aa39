import { lstat } from 'node:fs/promises'
import { TributaryError } from '../core/index.ts'
import { readFileBytes, writeFileAtomic } from './atomic.ts'
import { systemCode, writeError } from './system-errors.ts'

/** In the head of every page, and nowhere else. */
export const PAGE_MARK = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`

/** Keys that what Tributary writes as JSON has, the reports of `compare`, `transfer` and `ope`. */
const REPORT_KEYS = [
  ['dataset', 'protocol', 'cases'],
  ['format', 'fallback', 'validation'],
  ['log', 'estimators', 'targets'],
]

/**
 * Refuses to replace files that Tributary has not written; asked before the work whose results go there.
 * @throws TributaryError `file-exists`
 */
export async function refuseForeignFiles(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = await lstat(path).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined
      throw writeError(path, error)
    })
    if (found === undefined) continue
    const text = found.isFile() ? Buffer.from(await readFileBytes(path)).toString() : undefined
    if (text === undefined || !(text.slice(0, 1000).includes(PAGE_MARK) || isReport(text)))
      throw new TributaryError(
        'file-exists',
        `${path} is there already and was not written by tributary; move it or choose another --out`,
      )
  }
}

/**
 * Writes a page or a report, over an older one only.
 * @throws TributaryError as `writeFileAtomic`; `file-exists` when something else is there
 */
export async function writeOwnFile(path: string, text: string): Promise<void> {
  await refuseForeignFiles(path)
  await writeFileAtomic(path, text)
}

function isReport(text: string): boolean {
  if (!text.startsWith('{')) return false
  try {
    const json = JSON.parse(text) as object
    return REPORT_KEYS.some((keys) => keys.every((key) => Object.hasOwn(json, key)))
  } catch {
    return false
  }
}
