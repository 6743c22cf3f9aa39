import { rm } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { listed, quoted, TributaryError } from '../../core/index.ts'
import type { Reader, ReaderOptions, Source } from '../readers/reader.ts'
import type { Rejected } from '../readers/text-rows.ts'
import { type StoredRows, typedRows } from '../store/rows.ts'
import { type FileTimes, settleTimes, type TimestampUnit } from '../store/timestamps.ts'
import { literal, readFailure, rowsOf } from '../tables/duckdb.ts'
import { type EventType, otherTypes, type TypeCount, weightOf } from './event-types.ts'

/** One file's rows in the table `staged`. */
export interface StagedFile {
  readonly file: string
  readonly source: Source
  /** Its rows are `start` … `start + rows − 1` of the table: those that have the right cells, whatever is in them. */
  readonly start: number
  readonly rows: number
  /** Rows that could not be split into columns; the first of them. */
  readonly rejected: { readonly count: number; readonly first: readonly Rejected[] }
  /** Absent without times. */
  readonly times: FileTimes | undefined
}

/** Reads every file into one table of text, times and values, in order: a row's place in it is its `rowid`. */
export async function stageFiles(
  connection: DuckDBConnection,
  reader: Reader,
  files: readonly string[],
  options: ReaderOptions,
  unit: TimestampUnit | undefined,
  onFile: (file: string, f: number) => void,
): Promise<StagedFile[]> {
  const texts = [
    ...(options.needsEvent ? ['event'] : []),
    ...(options.itemColumns ?? []).map((_, i) => `described${i}`),
  ]
  await connection.run(`
    CREATE TABLE staged (file INTEGER, line INTEGER, "user" VARCHAR, item VARCHAR, "domain" VARCHAR, timestamp DOUBLE,
      dated BOOLEAN, exact HUGEINT, value FLOAT,
      part UTINYINT, category VARCHAR, ${texts.map((name) => `${name} VARCHAR, `).join('')}problem VARCHAR)`)
  const staged: StagedFile[] = []
  let start = 0
  for (const [f, file] of files.entries()) {
    onFile(file, f)
    const source = await reader.source(file, options, connection)
    refuseOtherColumns(file, source, staged[0])
    try {
      await connection.run(`INSERT INTO staged ${typedRows(source, `${f} AS file, ${source.line ?? 'NULL'} AS line,`)}`)
      if (source.text?.copy !== undefined) await rm(source.text.copy)
      const rows = await countRows(connection, start)
      refuseOtherCount(file, rows, source.rows)
      const rejected = source.text?.rejected ?? { count: 0, first: [] }
      if (rows + rejected.count === 0) {
        throw new TributaryError('file-empty', `${file} has a header and no rows; at least one is needed`)
      }
      const times = source.columns.timestamp && (await settleTimes(connection, f, unit))
      staged.push({ file, source, start, rows, rejected, times })
      start += rows
    } catch (error) {
      throw readFailure(file, error)
    }
  }
  return staged
}

function refuseOtherColumns(file: string, { columns }: Source, first: StagedFile | undefined): void {
  if (first === undefined) return
  for (const role of ['timestamp', 'value', 'part', 'category'] as const) {
    const here = columns[role] !== undefined
    if (here === (first.source.columns[role] !== undefined)) continue
    const [has, lacks] = here ? [file, first.file] : [first.file, file]
    const message = `${has} has a column for the ${role} and ${lacks} has none; files of one log must agree${role === 'category' ? '' : ` (--no-${role} takes none)`}`
    throw new TributaryError('bad-column', message)
  }
}

async function countRows(connection: DuckDBConnection, before: number): Promise<number> {
  const [found] = await rowsOf<{ n: bigint }>(connection, 'SELECT count(*) AS n FROM staged')
  return Number(found.n) - before
}

function refuseOtherCount(file: string, read: number, held: number): void {
  if (read === held) return
  const message = `${read} rows were read from ${file}, which holds ${held}; was it written to meanwhile? Import it again`
  throw new TributaryError('mismatch', message)
}

export interface CappedRows extends StoredRows {
  /** Rows whose value was above the largest that counts. */
  readonly capped: number
  /** Rows of types that were not asked for. */
  readonly otherTypes: readonly TypeCount[]
}

/**
 * The readable rows of the types asked for, numbered without gaps; where types have weights, they are the values. Values above `maxValue` are it. Times that are one DOUBLE and not one moment stand in the order of the moments.
 */
export async function goodRows(
  connection: DuckDBConnection,
  files: readonly StagedFile[],
  someAreBad: boolean,
  { maxValue, eventTypes }: { maxValue?: number | undefined; eventTypes?: readonly EventType[] | undefined },
): Promise<CappedRows> {
  let count = files.reduce((sum, { rows }) => sum + rows, 0)
  let table = 'staged'
  const expressions = files.map(({ times }) => times?.seconds ?? 'timestamp')
  const seconds = expressions.every((sql) => sql === 'timestamp')
    ? 'timestamp'
    : `CASE file ${expressions.map((sql, f) => `WHEN ${f} THEN ${sql}`).join(' ')} END`
  const finer = await rowsOf(connection, 'SELECT 1 FROM staged WHERE exact IS NOT NULL LIMIT 1')
  const types = eventTypes?.map(({ type }) => literal(type)).join(', ')
  const others = types === undefined ? [] : await otherTypes(connection, types)
  const renumbered = someAreBad || finer.length > 0 || others.length > 0
  if (renumbered) {
    // Numbers for messages are those of the file, so they are kept as `file_row`.
    const moments = finer.length > 0 ? `${seconds}, coalesce(exact, TRY_CAST(${seconds} * 1e9 AS HUGEINT)), ` : ''
    await connection.run(
      `CREATE TABLE good AS SELECT rowid AS file_row, * FROM staged WHERE problem IS NULL ${types === undefined ? '' : `AND event IN (${types})`} ORDER BY ${moments}rowid`,
    )
    table = 'good'
    const [found] = await rowsOf<{ n: bigint }>(connection, 'SELECT count(*) AS n FROM good')
    count = Number(found.n)
    if (count === 0) throw noRows(files[0].file, others)
  }
  const { columns } = files[0].source
  const weights = weightOf(eventTypes)
  const given = weights ?? 'value'
  const value = maxValue === undefined ? given : `CASE WHEN ${given} > ${maxValue} THEN ${maxValue} ELSE ${given} END`
  const above = maxValue === undefined ? 'false' : `${given} > ${maxValue}`
  const described = (files[0].source.itemColumns ?? []).map((_, i) => `, described${i}`).join('')
  const [{ capped }] = await rowsOf<{ capped: bigint }>(
    connection,
    `SELECT count(*) FILTER (WHERE ${above}) AS capped FROM ${table}`,
  )
  return {
    relation: `(SELECT rowid AS "row", "user", item, "domain", ${seconds} AS timestamp, CAST(${value} AS FLOAT) AS value, part, category${described} FROM ${table})`,
    count,
    capped: Number(capped),
    otherTypes: others,
    has: {
      timestamp: columns.timestamp !== undefined,
      value: weights !== undefined || columns.value !== undefined,
      part: columns.part !== undefined,
      category: columns.category !== undefined,
    },
    async place(row) {
      const sql = `SELECT ${renumbered ? 'file_row' : 'rowid'} AS "place" FROM ${table} WHERE rowid = ${row}`
      const at = Number((await rowsOf<{ place: bigint }>(connection, sql))[0].place)
      const file = files.findLast(({ start }) => start <= at)!
      return `${file.file}, row ${at - file.start + 1}`
    },
  }
}

function noRows(file: string, others: readonly TypeCount[]): TributaryError {
  if (others.length === 0) return new TributaryError('file-empty', `none of the rows of ${file} can be read`)
  const types = listed(others.map(({ type }) => quoted(type)))
  const message = `no readable row of ${file} has one of the types of events that were asked for; it has ${types}`
  return new TributaryError('file-empty', message)
}
