import { randomUUID } from 'node:crypto'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api'
import { TributaryError } from '../../core/index.ts'

/** A third of a second to load, which what reads no table need not wait for. */
const driver = () => import('@duckdb/node-api')

/**
 * Opens a database, hands out a connection and closes both. `path` is a file, or ':memory:'. Memory is bounded; what does
 * not fit goes to a folder beside the file. An aborted signal ends the statement that runs and each that comes after it.
 * Nothing is fetched from a network: extensions are neither installed nor loaded.
 */
export async function withDatabase<T>(
  path: string,
  body: (connection: DuckDBConnection) => Promise<T>,
  options: { signal?: AbortSignal | undefined; threads?: number | undefined } = {},
): Promise<T> {
  const { signal, threads = Math.min(4, availableParallelism()) } = options
  let instance: DuckDBInstance | undefined
  try {
    // DuckDB writes its journal beside what comes before a `?`; such a path only tells where there is room.
    const place = path.includes('?') ? ':memory:' : path
    const { DuckDBInstance } = await driver()
    instance = await DuckDBInstance.create(place, {
      threads: String(threads),
      memory_limit: '800MB',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      ...(path === ':memory:' ? {} : { temp_directory: dirname(path) }),
    })
    const connection = await instance.connect()
    // One interruption ends one statement, and none where none runs.
    let again: NodeJS.Timeout | undefined
    const interrupt = () => {
      connection.interrupt()
      again = setTimeout(interrupt, 50)
    }
    signal?.addEventListener('abort', interrupt)
    try {
      // Times without a zone are read as UTC, whatever the machine's zone.
      await connection.run("SET TimeZone = 'UTC'")
      // Nothing here outlives its database, and writing it out when it is closed hears no signal.
      await connection.run('PRAGMA disable_checkpoint_on_shutdown')
      signal?.throwIfAborted()
      return await body(connection)
    } finally {
      signal?.removeEventListener('abort', interrupt)
      clearTimeout(again)
      connection.closeSync()
    }
  } catch (error) {
    // Any statement may be the one that fills the disk; opening and committing, too.
    throw writeFailure(error)
  } finally {
    instance?.closeSync()
  }
}

/** The path of a new file beside the connection's database, for what goes when the database goes. */
export async function scratchFile(connection: DuckDBConnection): Promise<string> {
  const [setting] = await rowsOf<{ folder: string }>(connection, "SELECT current_setting('temp_directory') AS folder")
  return join(isAbsolute(setting.folder) ? setting.folder : tmpdir(), `${randomUUID()}.rows`)
}

/** Rows of a query as objects; for small results. */
export async function rowsOf<R>(connection: DuckDBConnection, sql: string): Promise<R[]> {
  const result = await connection.runAndReadAll(sql)
  return result.getRowObjectsJS() as R[]
}

/** Chunks of at most 2048 rows, so that a result of any size passes in bounded memory. */
export async function* chunksOf(connection: DuckDBConnection, sql: string): AsyncGenerator<DuckDBDataChunk> {
  const result = await connection.stream(sql)
  for (;;) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return
    yield chunk
  }
}

/** Text to be fetched as it is: the driver drops a byte order mark that text begins with, so a sign is put before it. */
export function guarded(sql: string): string {
  return `'|' || ${sql}`
}

/** The text of a guarded cell. */
export function unguarded(cell: unknown): string | null {
  return cell === null ? null : (cell as string).slice(1)
}

/** As SQL calls them. */
export type ColumnType = 'INTEGER' | 'UTINYINT' | 'FLOAT' | 'DOUBLE' | 'VARCHAR' | 'FLOAT[]' | 'VARCHAR[]'
export type Cell = number | string | null | readonly number[] | readonly string[]

/** Fills a table column by column, in chunks of the size that DuckDB works in. Signals are heard between them. */
export async function append(
  connection: DuckDBConnection,
  table: string,
  types: readonly ColumnType[],
  count: number,
  columns: readonly ((row: number) => Cell)[],
  signal?: AbortSignal | undefined,
): Promise<void> {
  const { DuckDBDataChunk, listValue, LIST, ...duckdb } = await driver()
  const typed = types.map((type) => {
    const scalar = duckdb[type.replace('[]', '') as Exclude<ColumnType, `${string}[]`>]
    return type.endsWith('[]') ? LIST(scalar) : scalar
  })
  const driven = (cell: Cell) => (typeof cell === 'object' && cell !== null ? listValue([...cell]) : cell)
  const appender = await connection.createAppender(table)
  const most = 2048
  for (let start = 0; start < count; start += most) {
    const rows = Math.min(most, count - start)
    const chunk = DuckDBDataChunk.create(typed, rows)
    for (const [c, column] of columns.entries()) {
      const vector = chunk.getColumnVector(c)
      for (let i = 0; i < rows; i++) vector.setItem(i, driven(column(start + i)))
      vector.flush()
    }
    appender.appendDataChunk(chunk)
    if ((start / most) % 16 === 15) await setImmediate()
    signal?.throwIfAborted()
  }
  appender.closeSync()
}

/** Types of a table expression's columns by name; `place` is what messages call it. */
export async function columnTypes(
  connection: DuckDBConnection,
  relation: string,
  place: string,
): Promise<Map<string, string>> {
  try {
    const sql = `DESCRIBE SELECT * FROM ${relation}`
    const described = await rowsOf<{ column_name: string; column_type: string }>(connection, sql)
    return new Map(described.map(({ column_name, column_type }) => [column_name, column_type]))
  } catch (error) {
    throw readFailure(place, error)
  }
}

export function missingColumn(place: string, name: string, columns: ReadonlyMap<string, string>): TributaryError {
  const message = `${place} has no column '${name}' (its columns: ${[...columns.keys()].join(', ')})`
  return new TributaryError('bad-column', message)
}

/** A text constant of SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** A column or table name of SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Paths as a constant. DuckDB would otherwise take `*`, `?` and `[` in one for patterns, `~` and `s3:` at its start for other places. */
export function fileLiteral(...paths: readonly string[]): string {
  return `[${paths.map((path) => literal(resolve(path).replace(/[*?[]/g, '[$&]'))).join(', ')}]`
}

/** The first arguments of a function that reads rows; without the second, `user=7` in a path is a column in place of the file's own. */
export function fileArguments(...paths: readonly string[]): string {
  return `${fileLiteral(...paths)}, hive_partitioning=false`
}

/** What went wrong while DuckDB read `file`: `disk-full` when its temporary space ran out, `file-damaged` otherwise. */
export function readFailure(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof TributaryError) return error
  return spaceFailure(error) ?? damaged(file, firstLine(error), error)
}

/** Runs `body`, whose failures are those of reading `file`. */
export async function reading<T>(file: string, body: (file: string) => Promise<T>): Promise<T> {
  try {
    return await body(file)
  } catch (error) {
    throw readFailure(file, error)
  }
}

/** `disk-full` when DuckDB could not write; other errors pass. */
function writeFailure(error: unknown): unknown {
  return (error instanceof Error && spaceFailure(error)) || error
}

export function damaged(file: string, reason: string, cause?: unknown): TributaryError {
  const message = `cannot read ${file}: it is damaged or not what its name says (${reason})`
  return new TributaryError('file-damaged', message, { cause })
}

function spaceFailure(error: Error): TributaryError | undefined {
  const reasons =
    /no space left|disk quota|file too large|max_temp_directory_size|permission denied|read-only file system/i
  if (error instanceof TributaryError || !reasons.test(error.message)) return
  // DuckDB's line names the file and the reason.
  const message = `cannot write: ${firstLine(error)}; free some space or choose another folder`
  return new TributaryError('disk-full', message, { cause: error })
}

function firstLine(error: Error): string {
  return error.message.split('\n', 1)[0].replace(/^[A-Z]\w*( \w+)* Error: /, '')
}
