import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { TributaryError } from '../../src/core/index.ts'

/** The folder of real logs: TRIBUTARY_DATA, or `../shared/data` beside the repository; undefined where neither is there. */
export function dataFolder(): string | undefined {
  const folder = namedFolder()
  return existsSync(folder) ? folder : undefined
}

function namedFolder(): string {
  return process.env.TRIBUTARY_DATA ?? join(import.meta.dirname, '../../../shared/data')
}

/** Why a test that needs real logs is skipped; to be part of its name. */
export const DATA_ABSENT = 'needs the real logs; set TRIBUTARY_DATA to their folder'

/**
 * The path of a file of real logs.
 * @param name below the folder of real logs
 * @throws TributaryError `file-missing` that says where the files come from
 */
export function dataFile(name: string): string {
  const path = join(namedFolder(), name)
  if (existsSync(path)) return path
  const why = process.env.TRIBUTARY_DATA === undefined ? 'TRIBUTARY_DATA is not set' : `there is no ${path}`
  throw new TributaryError(
    'file-missing',
    `this needs ${name} in the folder of real logs, and ${why}; docs/reproduce.md says where the files come from and how the folder that TRIBUTARY_DATA names is laid out`,
  )
}
