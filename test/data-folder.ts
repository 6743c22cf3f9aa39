import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of real logs: TRIBUTARY_DATA, or `../shared/data` beside the repository; undefined where neither is there. */
export function dataFolder(): string | undefined {
  const folder = process.env.TRIBUTARY_DATA ?? join(import.meta.dirname, '../../shared/data')
  return existsSync(folder) ? folder : undefined
}

/** Why a test that needs real logs is skipped; to be part of its name. */
export const DATA_ABSENT = 'needs the real logs; set TRIBUTARY_DATA to their folder'
