import { TributaryError } from '../../../core/errors.ts'
import type { Answer } from './questions.ts'

/** SQLite's primary result codes, and what they mean for whoever keeps a store. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [3, 'permission is denied'],
  [5, 'another process has locked it for more than five seconds; end that process, or wait for it'],
  [6, 'another process has locked it for more than five seconds; end that process, or wait for it'],
  [8, 'it may not be written to; look at the permissions of its file and folder'],
  [10, 'the disk reports an error'],
  [11, 'its file is damaged; restore it from a backup'],
  [13, 'no space is left on its disk; free some'],
  [14, 'its file cannot be opened; does its folder exist, and may you write there?'],
  [26, 'its file is no SQLite database'],
])

/** What SQLite said, in one sentence that names no path. */
export function sqliteError(store: string, failure: NonNullable<Answer['failure']>): TributaryError {
  const reason = failure.errcode === undefined ? undefined : REASONS.get(failure.errcode & 0xff)
  if (failure.code === 'store-failed' || failure.code === 'bad-argument')
    return new TributaryError(failure.code, failure.message)
  return new TributaryError('store-failed', `${store} failed: ${reason ?? failure.message}`, {
    cause: new Error(failure.message),
  })
}
