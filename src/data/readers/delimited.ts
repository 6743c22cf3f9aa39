import type { DuckDBConnection } from '@duckdb/node-api'
import { listed, quoted, TributaryError } from '../../core/index.ts'
import { damaged, fileArguments, identifier, literal, scratchFile } from '../tables/duckdb.ts'
import { firstLines } from './lines.ts'
import {
  type ReaderOptions,
  type Resolved,
  type Role,
  resolveColumns,
  type Source,
  sourceColumns,
  usedColumns,
} from './reader.ts'
import { type RowLayout, scanRows } from './text-rows.ts'

/** A text file of rows: what stands between the columns and how they are named. */
export interface Layout {
  readonly delimiter: string
  /** The quoting character, '' for formats without quoting. */
  readonly quote: '"' | ''
  /** The file's first line (already split, where there is one) is a header; otherwise the names of the columns in order. */
  readonly header: readonly string[] | 'first line'
  /** Column names that need not be stated, by role. */
  readonly known?: { readonly [role in Role]?: readonly string[] }
  /** The name of a column as users see it, from its header cell. */
  readonly shortName?: (cell: string) => string
}

/** How DuckDB reads a delimited file. Every cell is read as text, so that a bad one can be shown as it stands. */
export async function delimitedSource(
  file: string,
  layout: Layout,
  options: ReaderOptions,
  connection: DuckDBConnection,
): Promise<Source> {
  const first = await firstRow(file, options.signal)
  const cells = splitLine(first, layout.delimiter, layout.quote)
  const named = layout.header === 'first line'
  const header = layout.header === 'first line' ? cells.map(layout.shortName ?? ((cell) => cell)) : layout.header
  if (!named && cells.length !== header.length) throw wrongWidth(file, first, header, layout.delimiter)
  const resolved = named
    ? resolveNamed(file, first, header, layout, options)
    : resolveColumns(file, header, options, layout.known)
  const used = usedColumns(resolved).map((name) => header.indexOf(name))
  const { delimiter, quote } = layout
  const rows = { delimiter, quote, header: named, width: header.length }
  const text = await readableText(file, rows, used, connection, options.signal)
  return {
    ...text,
    rows: text.text!.rows,
    ...sourceColumns(header, resolved, options, (name) => ({
      label: name,
      sql: `c${header.indexOf(name)}`,
      type: 'text',
    })),
    missing: 'is empty',
  }
}

/**
 * A table expression over the rows of a text file that have the right cells, as the columns c0, c1, … Only the columns in `used` are
 * to be read from it. Where quotes, blank lines or broken rows are in the file, it reads a copy without them, which has `line`, too.
 */
export async function readableText(
  file: string,
  layout: RowLayout,
  used: readonly number[],
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
): Promise<Pick<Source, 'relation' | 'firstLine' | 'line' | 'text'>> {
  const copy = await scratchFile(connection)
  const text = await scanRows(file, layout, copy, signal)
  const cells = Array.from({ length: layout.width }, (_, i) => `'c${i}': 'VARCHAR'`)
  const read = (path: string, delimiter: string, header: boolean, end: string, columns: readonly string[]) =>
    `read_csv(${fileArguments(path)}, delim=${literal(delimiter)}, quote='', escape='', header=${header}, ` +
    // As a row of a copy may be, all its bytes being signs of two.
    `new_line=${literal(end)}, max_line_size=2100000, auto_detect=false, columns={${columns.join(', ')}})`
  if (text.plainEnd !== undefined) {
    const end = text.plainEnd === '\n' ? '\\n' : '\\r\\n'
    const relation = read(file, layout.delimiter, layout.header, end, cells)
    return { relation, text, firstLine: layout.header ? 2 : 1 }
  }
  const relation = read(copy, '\t', false, '\\n', ["'line': 'INTEGER'", ...cells])
  const written = used.map((i) => `${unescaped(`c${i}`)} AS c${i}`).join(', ')
  return {
    relation: text.escaped && used.length > 0 ? `(SELECT * REPLACE (${written}) FROM ${relation})` : relation,
    line: 'line',
    text: { ...text, copy },
  }
}

/** What a cell of a copy stands for. Backslashes come last, since they may begin what would look like another sign. */
function unescaped(cell: string): string {
  const signs = Object.entries({ t: 9, n: 10, r: 13, s: 92 })
  return signs.reduce((sql, [sign, code]) => `replace(${sql}, '\\${sign}', chr(${code}))`, cell)
}

/** The first line, which says what the columns are. */
async function firstRow(file: string, signal: AbortSignal | undefined): Promise<string> {
  const [first] = await firstLines(file, 1, signal)
  if (first.includes('\r')) throw damaged(file, 'its lines end in carriage returns alone, or its header has one inside')
  return first
}

/**
 * A table expression over some columns of a comma-separated file with a header, by their names and as text; empty cells are null.
 * @throws TributaryError `bad-column` when one is missing, `bad-row` for a row that cannot be split
 */
export async function csvTable(
  file: string,
  columns: readonly string[],
  connection: DuckDBConnection,
): Promise<string> {
  const header = splitLine(await firstRow(file, undefined), ',', '"')
  const missing = columns.filter((name) => !header.includes(name))
  if (missing.length > 0) {
    const message = `${file} has no column ${missing.map((name) => `'${name}'`).join(', ')} (its columns: ${listed(header)})`
    throw new TributaryError('bad-column', message)
  }
  return tableOf(file, header, columns, ',', connection)
}

/** The same over all columns, with commas and quotes or, where `delimiter` is a tab, without quotes. */
export async function textTable(file: string, delimiter: ',' | '\t', connection: DuckDBConnection): Promise<string> {
  const header = splitLine(await firstRow(file, undefined), delimiter, delimiter === ',' ? '"' : '')
  const twice = header.find((name, place) => header.indexOf(name) !== place)
  if (twice !== undefined)
    throw new TributaryError('bad-column', `${file}: column ${quoted(twice)} stands twice in the header; rename one`)
  return tableOf(file, header, header, delimiter, connection)
}

async function tableOf(
  file: string,
  header: readonly string[],
  columns: readonly string[],
  delimiter: ',' | '\t',
  connection: DuckDBConnection,
): Promise<string> {
  const used = columns.map((name) => header.indexOf(name))
  const layout: RowLayout = { delimiter, quote: delimiter === ',' ? '"' : '', header: true, width: header.length }
  const { relation, text } = await readableText(file, layout, used, connection, undefined)
  for (const { line, reason } of text!.rejected.first) {
    throw new TributaryError('bad-row', `${file}, line ${line}: ${reason}`)
  }
  const named = columns.map((name, i) => `nullif(c${used[i]}, '') AS ${identifier(name)}`)
  return `(SELECT ${named.join(', ')} FROM ${relation})`
}

/** Resolves by name; where that fails and another delimiter would do, the error says which. */
function resolveNamed(
  file: string,
  line: string,
  header: readonly string[],
  layout: Layout,
  options: ReaderOptions,
): Resolved {
  try {
    return resolveColumns(file, header, options, layout.known)
  } catch (error) {
    for (const delimiter of [',', '\t', ';', '|']) {
      if (delimiter === layout.delimiter || !line.includes(delimiter)) continue
      const other = splitLine(line, delimiter, layout.quote)
      try {
        resolveColumns(file, other, options, layout.known)
      } catch {
        continue
      }
      throw new TributaryError(
        'bad-column',
        `${file}: split at ${shown(layout.delimiter)} the header reads ${listed(header.map((name) => `'${name}'`))}; ` +
          `split at ${shown(delimiter)} it has the columns ${listed(other)}: use ${remedy(delimiter)}`,
        { cause: error },
      )
    }
    throw error
  }
}

function wrongWidth(file: string, line: string, header: readonly string[], delimiter: string): TributaryError {
  const found = splitLine(line, delimiter, '').length
  const message =
    `${file}: the first line has ${found} columns when split at ${shown(delimiter)}, but ${header.length} ` +
    `(${header.join(', ')}) were expected; it reads ${quoted(line)}`
  return new TributaryError('bad-column', message)
}

function shown(delimiter: string): string {
  return delimiter === '\t' ? 'a tab' : `'${delimiter}'`
}

function remedy(delimiter: string): string {
  return delimiter === '\t' ? "the reader 'tsv'" : `the reader 'csv' with the delimiter '${delimiter}'`
}

/** The cells of one line. Quotes enclose a cell that holds the delimiter; a doubled quote inside is one. */
function splitLine(line: string, delimiter: string, quote: string): string[] {
  if (quote === '' || !line.includes(quote)) return line.split(delimiter)
  const cells: string[] = []
  let at = 0
  for (;;) {
    let cell = ''
    if (line.startsWith(quote, at)) {
      for (at++; at < line.length; at++) {
        if (line[at] !== quote) cell += line[at]
        else if (line[at + 1] === quote) cell += line[++at]
        else break
      }
      at++
    }
    const end = line.indexOf(delimiter, at)
    cells.push(cell + line.slice(at, end === -1 ? undefined : end))
    if (end === -1) return cells
    at = end + delimiter.length
  }
}
