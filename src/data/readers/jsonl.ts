import { damaged, fileLiteral, literal } from '../duckdb.ts'
import { firstLines } from './lines.ts'
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

export const jsonl: Reader = {
  name: 'jsonl',
  summary: 'one JSON object a line; .gz too',
  source: (file, options) => jsonSource(file, options, COMMON_NAMES),
}

// Keys that the first rows lack (a rating that few rows have) should still be found.
const ROWS_LOOKED_AT = 100

/** How DuckDB reads JSON lines. The columns are the keys of the first rows. */
export async function jsonSource(
  file: string,
  options: ReaderOptions,
  known: { readonly [role in Role]?: readonly string[] },
): Promise<Source> {
  const keys = new Set<string>()
  for (const line of await firstLines(file, ROWS_LOOKED_AT)) for (const key of keysOf(line)) keys.add(key)
  if (keys.size === 0) throw damaged(file, 'none of its first lines is a JSON object')
  const resolved = resolveColumns(file, [...keys], options, known)
  const names = [...new Set(Object.values(resolved))]
  const paths = names.map((name) => literal(`/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`))
  // Not read_json: after a line that is no JSON it loses the rows that follow.
  const objects = `read_json_objects(${fileLiteral(file)}, format='newline_delimited', ignore_errors=true)`
  return {
    relation: () =>
      `(SELECT json_extract_string(json, [${paths.join(', ')}]) AS cells, json_type(json, [${paths.join(', ')}]) AS kinds FROM ${objects})`,
    ...sourceColumns([...keys], resolved, options, (name, role) => {
      const at = `[${names.indexOf(name) + 1}]`
      return {
        label: name,
        // 123.0 and 123 are the same number in JSON.
        sql: isName(role)
          ? `CASE kinds${at} WHEN 'DOUBLE' THEN regexp_replace(cells${at}, '\\.0+$', '') ELSE cells${at} END`
          : `cells${at}`,
        type: 'text',
        ...(isName(role) && { nameless: `kinds${at} IN ('OBJECT', 'ARRAY', 'BOOLEAN')` }),
      }
    }),
    headerLines: 0,
    missing: 'is missing, or the line is no JSON object',
  }
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
