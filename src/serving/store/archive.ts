import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { append, type Cell, type ColumnType, literal, rowsOf, withDatabase } from '../../data/tables/duckdb.ts'
import { makeFolder, syncFile, syncFolder } from '../../files/index.ts'
import { DAY } from '../span.ts'
import type { Store, StoredEvent } from './store.ts'

const PAGE = 10_000

/** The columns of an archived event; lists and properties as JSON. An import reads the files as they are. */
const COLUMNS: readonly (readonly [string, ColumnType, (event: StoredEvent) => Cell])[] = [
  ['sequence', 'DOUBLE', ({ sequence }) => sequence],
  ['received', 'DOUBLE', ({ received }) => received],
  ['timestamp', 'DOUBLE', ({ timestamp }) => timestamp],
  ['source', 'VARCHAR', ({ source }) => source],
  ['id', 'VARCHAR', ({ id }) => id],
  ['event', 'VARCHAR', ({ type }) => type],
  ['user', 'VARCHAR', ({ user }) => user],
  ['item', 'VARCHAR', ({ item }) => item ?? null],
  ['domain', 'VARCHAR', ({ domain }) => domain ?? null],
  ['value', 'DOUBLE', ({ value }) => value ?? null],
  ['session', 'VARCHAR', ({ session }) => session ?? null],
  ['recommendation', 'VARCHAR', ({ recommendation }) => recommendation ?? null],
  ['rank', 'DOUBLE', ({ rank }) => rank ?? null],
  ['shown', 'VARCHAR', ({ shown }) => (shown === undefined ? null : JSON.stringify(shown))],
  ['properties', 'VARCHAR', ({ properties }) => (properties === undefined ? null : JSON.stringify(properties))],
]
const WHOLE = ['sequence', 'received', 'timestamp', 'rank']

export interface ArchiveReport {
  readonly events: number
  /** By name, oldest first; one a day. */
  readonly files: readonly string[]
}

/**
 * Moves whole days of events (UTC) to Parquet files, one a day, and deletes them where they were once the files are on disk. What a killed attempt
 * has written is written again under the same names.
 * @param before milliseconds since 1970: days that ended by then
 * @throws TributaryError `store-failed`, `disk-full`
 */
export async function archiveEvents(
  store: Store,
  { before, folder, signal }: { before: number; folder: string; signal?: AbortSignal | undefined },
): Promise<ArchiveReport> {
  const until = Math.floor(before / DAY) * DAY
  const last = await store.lastSequence()
  await makeFolder(folder)
  const files: string[] = []
  let events = 0
  const scratch = join(folder, '.archiving.duckdb')
  const clear = () =>
    Promise.all(['', '.wal', '.tmp'].map((end) => rm(scratch + end, { force: true, recursive: true })))
  try {
    await clear()
    const write = async (connection: DuckDBConnection) => {
      const columns = COLUMNS.map(([name, type]) => `"${name}" ${type}`).join(', ')
      await connection.run(`CREATE TABLE events (${columns})`)
      let after: string | undefined
      do {
        const page = await store.events({ until, limit: PAGE, ...(after !== undefined && { after }) })
        const rows = page.rows.filter(({ sequence }) => sequence <= last)
        const types = COLUMNS.map(([, type]) => type)
        const cells = COLUMNS.map(
          ([, , cell]) =>
            (row: number) =>
              cell(rows[row]),
        )
        await append(connection, 'events', types, rows.length, cells, signal)
        after = page.next
      } while (after !== undefined)
      const days = await rowsOf<{ day: number; first: number }>(
        connection,
        `SELECT floor(timestamp / ${DAY}) AS day, min(sequence) AS first FROM events GROUP BY 1 ORDER BY 1`,
      )
      for (const { day, first } of days) {
        const file = `events-${new Date(day * DAY).toISOString().slice(0, 10)}-${first}.parquet`
        await copyDay(connection, day, join(folder, file))
        files.push(file)
        // A day at a time, so that those who write are not kept waiting.
        events += await store.forgetEvents((day + 1) * DAY, last)
      }
    }
    await withDatabase(scratch, write, { signal })
  } finally {
    await clear()
  }
  return { events, files }
}

async function copyDay(connection: DuckDBConnection, day: number, path: string): Promise<void> {
  const unfinished = `${path}.unfinished`
  const columns = COLUMNS.map(([name]) =>
    WHOLE.includes(name) ? `CAST("${name}" AS BIGINT) AS "${name}"` : `"${name}"`,
  )
  await connection.run(
    `COPY (SELECT ${columns.join(', ')} FROM events WHERE floor(timestamp / ${DAY}) = ${day} ORDER BY sequence)
     TO ${literal(unfinished)} (FORMAT parquet)`,
  )
  // The events go once the files stand, so they must stand through a power cut.
  await syncFile(unfinished)
  await rename(unfinished, path)
  await syncFolder(dirname(path))
}
