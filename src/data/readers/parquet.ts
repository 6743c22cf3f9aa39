import type { DuckDBConnection } from '@duckdb/node-api'
import { TributaryError } from '../../core/errors.ts'
import { fileLiteral, identifier, readFailure, rowsOf } from '../duckdb.ts'
import {
  COMMON_NAMES,
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
  const relation = `read_parquet(${fileLiteral(file)})`
  let described: { column_name: string; column_type: string }[]
  try {
    described = await rowsOf(connection, `DESCRIBE SELECT * FROM ${relation}`)
  } catch (error) {
    throw readFailure(file, error)
  }
  const types = new Map(described.map((column) => [column.column_name, column.column_type]))
  const resolved = resolveColumns(file, [...types.keys()], options, known)
  for (const name of Object.values(resolved)) {
    if (!/^(STRUCT|MAP|BLOB)|\[\]$/.test(types.get(name)!)) continue
    const message = `${file}: column '${name}' has the type ${types.get(name)}; a number, a text or a time was expected`
    throw new TributaryError('bad-column', message)
  }
  return {
    relation: () => relation,
    columns: sourceColumns(resolved, options, (name) => ({
      label: name,
      sql: identifier(name),
      type: /^(TIMESTAMP|DATE)/.test(types.get(name)!) ? 'time' : 'text',
    })),
    headerLines: undefined,
    missing: 'is null',
  }
}
