import { basename } from 'node:path'
import { quoted, TributaryError } from '../../core/index.ts'
import { SqlStore } from './sql-store.ts'
import type { Store } from './store.ts'

const SQLITE = 'sqlite:'

/**
 * Opens a store, and makes it where there is none.
 * @param url `sqlite:FILE` for one machine, `postgres://USER:PASSWORD@HOST/DATABASE` for many
 * @throws TributaryError `bad-argument` for another URL, `store-failed` where the store cannot be opened, was written by a newer Tributary, or
 * this Node has no SQLite
 */
export async function openStore(url: string): Promise<Store> {
  if (url.startsWith(SQLITE) && url.length > SQLITE.length) return openSqlite(url.slice(SQLITE.length))
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) {
    const { PostgresDatabase } = await import('./postgres.ts')
    return new SqlStore(await PostgresDatabase.open(url))
  }
  throw new TributaryError(
    'bad-argument',
    `unknown store ${quoted(url)}; give sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE`,
  )
}

async function openSqlite(file: string): Promise<Store> {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 22 || (major === 22 && minor < 13))
    throw new TributaryError(
      'store-failed',
      `the store sqlite:${basename(file)} needs Node 22.13 or newer, and this is ${process.versions.node}; update Node, or keep events in Postgres (--store postgres://…)`,
    )
  const { SqliteDatabase } = await import('./sqlite/database.ts')
  return new SqlStore(await SqliteDatabase.open(file, `the store sqlite:${basename(file)}`))
}
