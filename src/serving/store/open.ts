import { basename } from 'node:path'
import { quoted, TributaryError } from '../../core/index.ts'
import { SqlStore } from './sql-store.ts'
import type { Store } from './store.ts'

const SQLITE = /^sqlite:(.+)$/s
const POSTGRES = /^postgres(ql)?:\/\//

/**
 * Opens a store, and makes it where there is none.
 * @param url `sqlite:FILE` for one machine, `postgres://USER:PASSWORD@HOST/DATABASE` for many
 * @throws TributaryError `bad-argument` for another URL, `store-failed` where the store cannot be opened, was written by a newer Tributary, or
 * this Node has no SQLite
 */
export async function openStore(url: string): Promise<Store> {
  const [, file] = SQLITE.exec(url) ?? []
  if (file !== undefined) {
    refuseOldNode(file)
    const { SqliteDatabase } = await import('./sqlite/database.ts')
    return new SqlStore(await SqliteDatabase.open(file, `the store sqlite:${basename(file)}`))
  }
  if (POSTGRES.test(url) && URL.canParse(url)) {
    const { PostgresDatabase } = await import('./postgres.ts')
    return new SqlStore(await PostgresDatabase.open(url))
  }
  throw unknownStore(url)
}

/**
 * Copies a store in SQLite while it is in use.
 * @throws TributaryError as `openStore`; `bad-argument` for Postgres, which has tools of its own; `file-exists`, `file-missing`
 */
export async function backupStore(url: string, out: string): Promise<void> {
  const [, file] = SQLITE.exec(url) ?? []
  if (file === undefined) {
    if (!POSTGRES.test(url)) throw unknownStore(url)
    throw new TributaryError('bad-argument', 'a store in Postgres is backed up with pg_dump --schema tributary')
  }
  refuseOldNode(file)
  const { backupSqlite } = await import('./sqlite/backup.ts')
  await backupSqlite(file, out)
}

function unknownStore(url: string): TributaryError {
  // What is no URL of a store may still have a password in it.
  const [given] = url.split('@')
  const shown = url.includes('@') ? `${given.replace(/:[^:/]*$/, ':…')}@…` : url
  return new TributaryError(
    'bad-argument',
    `unknown store ${quoted(shown)}; give sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE`,
  )
}

/** Whether a Node of some version has the SQLite that the embedded store needs. */
export function hasSqlite(version: string = process.versions.node): boolean {
  const [major, minor] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 13)
}

function refuseOldNode(file: string): void {
  if (hasSqlite()) return
  throw new TributaryError(
    'store-failed',
    `the store sqlite:${basename(file)} needs Node 22.13 or newer, and this is ${process.versions.node}; update Node, or keep events in Postgres (--store postgres://…)`,
  )
}
