import type { DuckDBConnection } from '@duckdb/node-api'
import { damaged, fileArguments, literal, rowsOf } from '../tables/duckdb.ts'
import { readableText } from './delimited.ts'
import { firstLines } from './lines.ts'
import {
  COMMON_NAMES,
  isName,
  type Reader,
  type ReaderOptions,
  ROLES,
  type Role,
  resolveColumns,
  type Source,
  sourceColumns,
  usedColumns,
} from './reader.ts'

export const jsonl: Reader = {
  name: 'jsonl',
  summary: 'one JSON object a line; .gz too',
  source: (file, options, connection) => jsonSource(file, options, connection, COMMON_NAMES),
}

// Keys that the first rows lack (a rating that few rows have) should still be found.
const ROWS_LOOKED_AT = 100

/**
 * How DuckDB reads JSON lines. The columns are the keys of the first rows, and keys that were stated, wherever they come first. A
 * known key that comes later is not used, since the rows before it have none, but named in a note.
 */
export async function jsonSource(
  file: string,
  options: ReaderOptions,
  connection: DuckDBConnection,
  known: { readonly [role in Role]?: readonly string[] },
): Promise<Source> {
  const keys = new Set<string>()
  for (const line of await firstLines(file, ROWS_LOOKED_AT, options.signal))
    for (const key of keysOf(line)) keys.add(key)
  if (keys.size === 0) throw damaged(file, 'none of its first lines is a JSON object')
  const layout = { delimiter: '', quote: '', header: false, width: 1 } as const
  const { relation, text, ...lines } = await readableText(file, layout, [0], connection, options.signal)
  // Not read_json: after a line that is no JSON it loses the rows that follow.
  const objects =
    text!.plainEnd === undefined
      ? `(SELECT line, TRY_CAST(c0 AS JSON) AS json FROM ${relation})`
      : `read_json_objects(${fileArguments(file)}, format='newline_delimited', ignore_errors=true)`

  const named = [...Object.values(options.columns), ...(options.itemColumns ?? []).map(({ column }) => column)]
  const stated = named.filter((name) => typeof name === 'string')
  const late = await rowsWith(connection, objects, [...stated, ...Object.values(known).flat()], keys)
  for (const name of stated) if (late.has(name)) keys.add(name)
  const resolved = resolveColumns(file, [...keys], options, known)
  const names = usedColumns(resolved)
  const paths = names.map(pointer).join(', ')
  const line = lines.line === undefined ? '' : `${lines.line}, `
  return {
    relation: `(SELECT ${line}json_extract_string(json, [${paths}]) AS cells, json_type(json, [${paths}]) AS kinds FROM ${objects})`,
    ...lines,
    ...(text!.blankLines > 0 && { firstLine: undefined }),
    text: text!,
    rows: text!.rows,
    ...sourceColumns([...keys], resolved, options, (name, role) => {
      const at = `[${names.indexOf(name) + 1}]`
      return {
        label: name,
        sql: cellOf(role, `cells${at}`, `kinds${at}`),
        type: 'text',
        ...(isName(role) && { nameless: `kinds${at} IN ('OBJECT', 'ARRAY', 'BOOLEAN')` }),
      }
    }),
    missing: 'is missing, or the line is no JSON object',
    notes: ROLES.flatMap((role) =>
      (known[role] ?? []).flatMap((name) => {
        const rows = late.get(name)
        const unwanted = options.columns[role] === false || (role === 'domain' && options.domain !== undefined)
        if (resolved[role] !== undefined || rows === undefined || unwanted) return []
        const key = `the key '${name}' for the ${role}`
        const place = `${rows === 1 ? '1 row has' : `${rows} rows have`} ${key}, but none of the first ${ROWS_LOOKED_AT}`
        return [`${place}, so it was not read; --${role} ${name} reads it`]
      }),
    ),
  }
}

function cellOf(role: Role | undefined, cell: string, kind: string): string {
  // 123.0 and 123 are the same number in JSON.
  if (isName(role)) return `CASE ${kind} WHEN 'DOUBLE' THEN regexp_replace(${cell}, '\\.0+$', '') ELSE ${cell} END`
  if (role !== undefined) return cell
  return `CASE ${kind} WHEN 'ARRAY' THEN array_to_string(from_json(${cell}, '["VARCHAR"]'), '|') ELSE ${cell} END`
}

/** How many rows have each of the names that are no keys of the first rows; those that some have. */
async function rowsWith(
  connection: DuckDBConnection,
  objects: string,
  names: readonly string[],
  keys: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const wanted = [...new Set(names)].filter((name) => !keys.has(name))
  if (wanted.length === 0) return new Map()
  const counts = wanted.map(
    (name, i) => `CAST(count(*) FILTER (json_exists(json, ${pointer(name)})) AS INTEGER) AS n${i}`,
  )
  const [found] = await rowsOf<Record<string, number>>(connection, `SELECT ${counts.join(', ')} FROM ${objects}`)
  return new Map(wanted.flatMap((name, i) => (found[`n${i}`] > 0 ? [[name, found[`n${i}`]] as const] : [])))
}

/** The place of a key in an object (RFC 6901), as a text of SQL. */
function pointer(name: string): string {
  return literal(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`)
}

function keysOf(line: string): string[] {
  try {
    const row: unknown = JSON.parse(line)
    return typeof row === 'object' && row !== null && !Array.isArray(row) ? Object.keys(row) : []
  } catch {
    // A line that is no JSON is counted as a bad row when the file is read.
    return []
  }
}
