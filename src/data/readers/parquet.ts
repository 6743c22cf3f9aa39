import type { DuckDBConnection } from '@duckdb/node-api'
import { quoted, shortened, TributaryError } from '../../core/index.ts'
import { fileArguments, fileLiteral, identifier, readFailure, rowsOf } from '../tables/duckdb.ts'
import {
  COMMON_NAMES,
  isName,
  type Reader,
  type ReaderOptions,
  type Role,
  resolveColumns,
  type Source,
  sourceColumns,
} from './reader.ts'

export const parquet: Reader = {
  name: 'parquet',
  summary: 'Parquet; ids of any type, times as numbers, dates or timestamps',
  source: (file, options, connection) => parquetSource(file, options, connection, COMMON_NAMES),
}

/** How DuckDB reads a Parquet file. */
export async function parquetSource(
  file: string,
  options: ReaderOptions,
  connection: DuckDBConnection,
  known: { readonly [role in Role]?: readonly string[] },
): Promise<Source> {
  const relation = `read_parquet(${fileArguments(file)})`
  let described: { column_name: string; column_type: string }[]
  let held: { n: number } | undefined
  try {
    const metadata = `SELECT CAST(sum(num_rows) AS DOUBLE) AS n FROM parquet_file_metadata(${fileLiteral(file)})`
    ;[held] = await rowsOf<{ n: number }>(connection, metadata)
    described = await rowsOf(connection, `DESCRIBE SELECT * FROM ${relation}`)
  } catch (error) {
    throw readFailure(file, error)
  }
  const types = new Map(described.map((column) => [column.column_name, column.column_type]))
  const resolved = resolveColumns(file, [...types.keys()], options, known)
  const { itemColumns, ...roles } = resolved
  const unreadable = (name: string) => {
    const message = `${file}: column ${quoted(name)} has the type ${shortened(types.get(name)!)}; a number, a text or a time was expected`
    return new TributaryError('bad-column', message)
  }
  for (const [role, name] of Object.entries(roles)) {
    const type = types.get(name)!
    if (!/^(STRUCT|MAP|BLOB)|\[\]$/.test(type) && !(isName(role as Role) && type === 'BOOLEAN')) continue
    throw unreadable(name)
  }
  for (const name of itemColumns) if (/^(STRUCT|MAP|BLOB)|\[\]\[\]$/.test(types.get(name)!)) throw unreadable(name)
  return {
    relation,
    rows: held.n,
    ...sourceColumns([...types.keys()], resolved, options, (name, role) => {
      const type = types.get(name)!
      const floating = isName(role) && (type === 'DOUBLE' || type === 'FLOAT')
      return {
        label: name,
        sql:
          role === undefined && type.endsWith('[]')
            ? `array_to_string(CAST(${identifier(name)} AS VARCHAR[]), '|')`
            : floating
              ? wholeNames(identifier(name), type)
              : identifier(name),
        type: /^(TIMESTAMP|DATE)/.test(type) ? 'time' : 'text',
        nanoseconds: type === 'TIMESTAMP_NS',
        ...(floating && { nameless: `abs(${identifier(name)}) > ${EXACT[type]}` }),
      }
    }),
    missing: 'is null',
  }
}

/** Up to here every whole number is one of its own; beyond, ids that differ may have become equal. */
const EXACT = { DOUBLE: 2 ** 53, FLOAT: 2 ** 24 } as const

/** Integer ids beside a missing one become floating numbers in many programs: 123.0 is 123, and NaN is the missing one. */
function wholeNames(column: string, type: keyof typeof EXACT): string {
  return (
    `CASE WHEN isnan(${column}) THEN NULL ` +
    `WHEN abs(${column}) <= ${EXACT[type]} AND ${column} = trunc(${column}) THEN CAST(CAST(${column} AS BIGINT) AS VARCHAR) ` +
    `ELSE CAST(${column} AS VARCHAR) END`
  )
}
