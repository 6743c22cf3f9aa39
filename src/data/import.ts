import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Dataset } from '../core/dataset.ts'
import { TributaryError, unknownName } from '../core/errors.ts'
import { readError, writeFolderAtomic } from '../core/files.ts'
import { readFailure, rowsOf, withDatabase } from './duckdb.ts'
import { type FilterReport, filterDataset } from './filter.ts'
import { readers } from './readers/index.ts'
import { checkCompression, countLines } from './readers/lines.ts'
import type { ColumnNames, Role, Source } from './readers/reader.ts'
import { datasetOfRows, reasonOf, type StoredRows, typedRows } from './rows.ts'
import { fillDatasetFolder, removeDatabase } from './store.ts'

export interface ImportOptions {
  /** How the files are laid out: the name of a reader. */
  readonly reader: string
  /** Read in this order, which is the order of rows with equal times. */
  readonly files: readonly string[]
  /** The folder to be written. */
  readonly out: string
  /** Names of the files' columns, where they are not the usual ones. */
  readonly columns?: ColumnNames | undefined
  /** Keep items with at least so many interactions (together with `minUser`, repeated until stable). */
  readonly minItem?: number | undefined
  readonly minUser?: number | undefined
  /** Leave out up to this many rows that cannot be read; default 0. */
  readonly maxBadRows?: number | undefined
  /** Replace `out` when it exists. */
  readonly overwrite?: boolean | undefined
  /** Default: the last part of `out`. */
  readonly name?: string | undefined
  /** Between the columns, for `csv` and `tsv`. */
  readonly delimiter?: string | undefined
  /** One domain for files without such a column. */
  readonly domain?: string | undefined
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined
  /** Stops the import, which then leaves nothing. */
  readonly signal?: AbortSignal | undefined
}

export interface ImportProgress {
  readonly stage: 'read' | 'number' | 'filter' | 'write'
  /** The file being read. */
  readonly file?: string
  /** Share of the stage that is done, 0 … 1, where it is known. */
  readonly done?: number
}

export interface BadRow {
  readonly file: string
  /** Line in the file, from 1; where rows are not lines (Parquet, or line breaks inside quotes) absent. */
  readonly line?: number
  /** Row of data, from 1, when there is no line. */
  readonly row?: number
  readonly column?: string
  readonly reason: string
}

export type TimestampUnit = 'seconds' | 'milliseconds' | 'microseconds' | 'nanoseconds'

export interface ImportReport {
  readonly name: string
  readonly out: string
  readonly hash: string
  /** Interactions in the dataset, after bad rows and filters. */
  readonly rows: number
  readonly users: number
  readonly items: number
  readonly domains: readonly string[]
  readonly files: readonly {
    readonly file: string
    readonly rows: number
    readonly columns: { readonly [role in Role]?: string }
    /** As the magnitude of most times tells; stored are seconds. Absent without times. */
    readonly timestampUnit?: TimestampUnit
  }[]
  readonly badRows: { readonly count: number; readonly first: readonly BadRow[] }
  readonly filter?: FilterReport
}

/**
 * Reads log files and writes a dataset folder, whole or not at all. Names stay inside DuckDB, so that memory is bounded by
 * about 30 bytes a row and the distinct names.
 *
 * Throws `unknown-name` (reader), `file-missing`, `file-empty`, `file-damaged`, `file-exists`, `bad-column`, `bad-row` (more
 * unreadable rows than allowed), `bad-dataset` (an item in two domains), `disk-full`, `interrupted`.
 */
export async function importDataset(options: ImportOptions): Promise<ImportReport> {
  const { files, out, minItem, minUser, maxBadRows = 0 } = options
  const reader = readers.find(({ name }) => name === options.reader)
  if (reader === undefined) {
    throw unknownName(
      'reader',
      options.reader,
      readers.map(({ name }) => name),
    )
  }
  if (files.length === 0) throw new TributaryError('bad-argument', 'no file was given; at least one is needed')
  if (!(Number.isInteger(maxBadRows) && maxBadRows >= 0)) {
    throw new TributaryError('bad-argument', `maxBadRows is ${maxBadRows}; it must be a whole number of at least 0`)
  }
  if (options.delimiter !== undefined && !/^[^"\r\n]{1,4}$/.test(options.delimiter)) {
    const message = `the delimiter ${JSON.stringify(options.delimiter)} must be one to four characters, no quote, no line break`
    throw new TributaryError('bad-argument', message)
  }
  for (const file of files) await refuseUnreadable(file)

  const name = options.name ?? basename(resolve(out))
  const { signal } = options
  const stopped = (cause?: unknown) =>
    new TributaryError('interrupted', `the import was stopped; ${out} was not written`, { cause })
  const progress = (step: ImportProgress) => {
    if (signal?.aborted) throw stopped()
    options.onProgress?.(step)
  }
  let report: ImportReport | undefined
  const stage = async (connection: DuckDBConnection) => {
    const stagedFiles = await stageFiles(connection, reader.source, options, progress)
    const badRows = await refuseBadRows(connection, stagedFiles, maxBadRows)
    progress({ stage: 'number' })
    const rows = await goodRows(connection, stagedFiles, badRows.count > 0)
    return { stagedFiles, badRows, dataset: await datasetOfRows(connection, name, rows) }
  }
  const fill = async (folder: string) => {
    const scratch = join(folder, 'reading.duckdb')
    const staged = await withDatabase(scratch, async (connection) => {
      const interrupt = () => connection.interrupt()
      signal?.addEventListener('abort', interrupt)
      try {
        return await stage(connection)
      } finally {
        signal?.removeEventListener('abort', interrupt)
      }
    })
    await removeDatabase(scratch)
    const filtered = filter(staged.dataset, { minItem, minUser }, progress)
    report = reportOf(staged.stagedFiles, staged.badRows, filtered, out)
    progress({ stage: 'write' })
    const { files: read, badRows, filter: filterReport } = report
    await fillDatasetFolder(filtered.dataset, folder, {
      reader: reader.name,
      files: read,
      badRows: badRows.count,
      ...(filterReport && { filter: filterReport }),
    })
  }
  await writeFolderAtomic(out, fill, { overwrite: options.overwrite }).catch((error: unknown) => {
    throw signal?.aborted ? stopped(error) : error
  })
  return report!
}

async function refuseUnreadable(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    throw readError(file, error)
  })
  if (found.isDirectory()) throw new TributaryError('file-missing', `cannot read ${file}: it is a folder, not a file`)
  if (found.size === 0) {
    throw new TributaryError('file-empty', `${file} is empty; a log of at least one row was expected`)
  }
  await checkCompression(file)
}

interface StagedFile {
  readonly file: string
  readonly source: Source
  /** Its rows are `start` … `start + rows − 1` of the table, good ones and bad ones. */
  readonly start: number
  readonly rows: number
  /** Lines that could not be split into columns, ascending. */
  readonly rejected: readonly Rejected[]
  readonly unit: TimestampUnit | undefined
}

interface Rejected {
  readonly line: number
  readonly reason: string
}

/** Reads every file into one table of text, times and values, in order: a row's place in it is its `rowid`. */
async function stageFiles(
  connection: DuckDBConnection,
  sourceOf: (typeof readers)[number]['source'],
  { files, columns = {}, delimiter, domain }: ImportOptions,
  progress: (progress: ImportProgress) => void,
): Promise<StagedFile[]> {
  await connection.run(`
    CREATE TABLE staged (file INTEGER, "user" VARCHAR, item VARCHAR, "domain" VARCHAR, timestamp DOUBLE, value FLOAT,
      part UTINYINT, problem VARCHAR)`)
  const staged: StagedFile[] = []
  let start = 0
  for (const [f, file] of files.entries()) {
    progress({ stage: 'read', file, done: f / files.length })
    const source = await sourceOf(file, { columns, delimiter, domain }, connection)
    refuseOtherColumns(file, source, staged[0])
    try {
      const rejects = `, store_rejects=true, rejects_table='rejects_${f}', rejects_scan='reject_scans_${f}'`
      await connection.run(`INSERT INTO staged ${typedRows(source, rejects, `${f} AS file,`)}`)
      const rows = await countRows(connection, start)
      const rejected = await rejectedLines(connection, f)
      if (rows + rejected.length === 0) {
        throw new TributaryError('file-empty', `${file} has a header and no rows; at least one is needed`)
      }
      const unit = source.columns.timestamp && (await timestampUnit(connection, f))
      staged.push({ file, source, start, rows, rejected, unit })
      start += rows
    } catch (error) {
      throw readFailure(file, error)
    }
  }
  return staged
}

function refuseOtherColumns(file: string, { columns }: Source, first: StagedFile | undefined): void {
  if (first === undefined) return
  for (const role of ['timestamp', 'value', 'part'] as const) {
    const here = columns[role] !== undefined
    if (here === (first.source.columns[role] !== undefined)) continue
    const [has, lacks] = here ? [file, first.file] : [first.file, file]
    const message = `${has} has a column for the ${role} and ${lacks} has none; files of one log must agree`
    throw new TributaryError('bad-column', message)
  }
}

async function countRows(connection: DuckDBConnection, before: number): Promise<number> {
  const [found] = await rowsOf<{ n: bigint }>(connection, 'SELECT count(*) AS n FROM staged')
  return Number(found!.n) - before
}

async function rejectedLines(connection: DuckDBConnection, f: number): Promise<Rejected[]> {
  const tables = await rowsOf(connection, `SELECT 1 FROM duckdb_tables() WHERE table_name = 'rejects_${f}'`)
  if (tables.length === 0) return []
  const found = await rowsOf<{ line: bigint; type: string; message: string }>(
    connection,
    `SELECT line, CAST(min(error_type) AS VARCHAR) AS "type", min(error_message) AS message
     FROM rejects_${f} GROUP BY line ORDER BY line`,
  )
  return found.map(({ line, type, message }) => ({ line: Number(line), reason: rejectReason(type, message) }))
}

function rejectReason(type: string, message: string): string {
  const counts = /Columns: (\d+) Found: (\d+)/.exec(message)
  if (counts !== null) return `it has ${counts[2]} columns where ${counts[1]} were expected`
  if (type === 'UNQUOTED VALUE') return 'a quoted text does not end where its column does'
  if (type === 'INVALID ENCODING') return 'it is not UTF-8'
  if (type === 'LINE SIZE OVER MAXIMUM') return 'it is longer than 2 MB; is a quote left open?'
  return message.split('\n', 1)[0]!
}

const UNITS: readonly { readonly unit: TimestampUnit; readonly perSecond: number; readonly from: number }[] = [
  { unit: 'nanoseconds', perSecond: 1e9, from: 1e17 },
  { unit: 'microseconds', perSecond: 1e6, from: 1e14 },
  // 1e11 seconds are the year 5138, 1e11 milliseconds are March 1973.
  { unit: 'milliseconds', perSecond: 1e3, from: 1e11 },
  { unit: 'seconds', perSecond: 1, from: 0 },
]

/** The unit by which most times of a file are between 1973 and 5138. A file has one unit, so one odd time cannot switch it. */
async function timestampUnit(connection: DuckDBConnection, f: number): Promise<TimestampUnit> {
  const [counts] = await rowsOf<Record<string, bigint>>(
    connection,
    `SELECT count(timestamp) AS n
       ${UNITS.map(({ unit, from }) => `, count(*) FILTER (abs(timestamp) >= ${from}) AS ${unit}`).join('')}
     FROM staged WHERE file = ${f}`,
  )
  return UNITS.find(({ unit }) => 2n * counts![unit]! >= counts!.n!)!.unit
}

const SHOWN = 20

/** Counts the rows that cannot be read; throws `bad-row` with the first of them when they are more than allowed. */
async function refuseBadRows(
  connection: DuckDBConnection,
  files: readonly StagedFile[],
  allowed: number,
): Promise<ImportReport['badRows']> {
  const first: BadRow[] = []
  let count = 0
  for (const [f, file] of files.entries()) {
    const filter = `FROM staged WHERE file = ${f} AND problem IS NOT NULL`
    const [found] = await rowsOf<{ n: bigint }>(connection, `SELECT count(*) AS n ${filter}`)
    const here = Number(found!.n) + file.rejected.length
    count += here
    if (here === 0 || first.length >= SHOWN) continue
    const problems = await rowsOf<{ row: bigint; problem: string }>(
      connection,
      `SELECT rowid AS "row", problem ${filter} ORDER BY rowid LIMIT ${SHOWN}`,
    )
    const rows = problems.map(({ row, problem }) => ({ row: Number(row) - file.start + 1, problem }))
    first.push(...(await badRowsOf(file, rows)).slice(0, SHOWN - first.length))
  }
  if (count <= allowed) return { count, first }
  const shown = first.slice(0, 3).map(describeBadRow).join('; ')
  const more = count > 3 ? `; and ${count - 3} more` : ''
  const rows = count === 1 ? '1 row cannot be read' : `${count} rows cannot be read`
  throw new TributaryError('bad-row', `${rows}, ${allowed} may be left out (--max-bad-rows): ${shown}${more}`)
}

/** `log.csv, line 12, column 'timestamp': 'x' is no time (…)`. */
export function describeBadRow({ file, line, row, column, reason }: BadRow): string {
  const place = line === undefined ? `row ${row}` : `line ${line}`
  return `${file}, ${place}${column === undefined ? '' : `, column '${column}'`}: ${reason}`
}

async function badRowsOf(
  { file, source, rows: total, rejected }: StagedFile,
  problems: readonly { row: number; problem: string }[],
): Promise<BadRow[]> {
  // Rows are lines unless blank lines or quoted line breaks stand between them, which the number of lines tells.
  const { headerLines } = source
  const lines = headerLines !== undefined && (await countLines(file)) === headerLines + total + rejected.length
  const found = rejected
    .slice(0, SHOWN)
    .map(({ line, reason }) => ({ at: line, bad: { file, line, reason } as BadRow }))
  for (const { row, problem } of problems) {
    const role = problem.slice(0, problem.indexOf(':')) as Role
    const reason = reasonOf(role, problem.slice(role.length + 1), source.missing)
    let line = (headerLines ?? 0) + row
    for (const reject of rejected) if (reject.line <= line) line++
    const column = source.columns[role]!.label
    found.push({ at: line, bad: { file, ...(lines ? { line } : { row }), column, reason } })
  }
  return found.sort((a, b) => a.at - b.at).map(({ bad }) => bad)
}

/** The readable rows, numbered without gaps, with times in seconds. */
async function goodRows(
  connection: DuckDBConnection,
  files: readonly StagedFile[],
  someAreBad: boolean,
): Promise<StoredRows> {
  let count = files.reduce((sum, { rows }) => sum + rows, 0)
  let table = 'staged'
  if (someAreBad) {
    // Numbers for messages are those of the file, so they are kept as `file_row`.
    await connection.run(
      'CREATE TABLE good AS SELECT rowid AS file_row, * FROM staged WHERE problem IS NULL ORDER BY rowid',
    )
    table = 'good'
    const [found] = await rowsOf<{ n: bigint }>(connection, 'SELECT count(*) AS n FROM good')
    count = Number(found!.n)
    if (count === 0) throw new TributaryError('file-empty', `none of the rows of ${files[0]!.file} can be read`)
  }
  const units = files.map(({ unit }) => UNITS.find((known) => known.unit === unit)?.perSecond ?? 1)
  const divisors = units.map((perSecond, f) => `WHEN ${f} THEN ${perSecond}`).join(' ')
  const seconds = units.every((perSecond) => perSecond === 1) ? 'timestamp' : `timestamp / CASE file ${divisors} END`
  const { columns } = files[0]!.source
  return {
    relation: `(SELECT rowid AS "row", "user", item, "domain", ${seconds} AS timestamp, value, part FROM ${table})`,
    count,
    has: {
      timestamp: columns.timestamp !== undefined,
      value: columns.value !== undefined,
      part: columns.part !== undefined,
    },
    async place(row) {
      const sql = `SELECT ${someAreBad ? 'file_row' : 'rowid'} AS "place" FROM ${table} WHERE rowid = ${row}`
      const at = Number((await rowsOf<{ place: bigint }>(connection, sql))[0]!.place)
      const file = files.findLast(({ start }) => start <= at)!
      return `${file.file}, row ${at - file.start + 1}`
    },
  }
}

interface Filtered {
  readonly dataset: Dataset
  readonly report?: FilterReport
}

function filter(
  dataset: Dataset,
  bounds: { minItem?: number | undefined; minUser?: number | undefined },
  progress: (progress: ImportProgress) => void,
): Filtered {
  if (bounds.minItem === undefined && bounds.minUser === undefined) return { dataset }
  progress({ stage: 'filter' })
  return filterDataset(dataset, bounds)
}

function reportOf(
  files: readonly StagedFile[],
  badRows: ImportReport['badRows'],
  { dataset, report }: Filtered,
  out: string,
): ImportReport {
  return {
    name: dataset.name,
    out,
    hash: dataset.hash,
    rows: dataset.log.length,
    users: dataset.users.size,
    items: dataset.items.size - 1,
    domains: dataset.domains,
    files: files.map(({ file, rows, source, unit }) => ({
      file,
      rows,
      columns: Object.fromEntries(Object.entries(source.columns).map(([role, { label }]) => [role, label])),
      ...(unit !== undefined && { timestampUnit: unit }),
    })),
    badRows,
    ...(report !== undefined && { filter: report }),
  }
}
