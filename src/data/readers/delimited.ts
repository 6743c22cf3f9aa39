import { listed, quoted, TributaryError } from '../../core/errors.ts'
import { fileLiteral, identifier, literal } from '../duckdb.ts'
import { firstLines } from './lines.ts'
import { type ReaderOptions, type Resolved, type Role, resolveColumns, type Source, sourceColumns } from './reader.ts'

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
export async function delimitedSource(file: string, layout: Layout, options: ReaderOptions): Promise<Source> {
  const [first] = await firstLines(file, 1)
  const cells = splitLine(first, layout.delimiter, layout.quote)
  const named = layout.header === 'first line'
  const header = layout.header === 'first line' ? cells.map(layout.shortName ?? ((cell) => cell)) : layout.header
  if (!named && cells.length !== header.length) throw wrongWidth(file, first, header, layout.delimiter)
  const resolved = named
    ? resolveNamed(file, first, header, layout, options)
    : resolveColumns(file, header, options, layout.known)

  const columns = header.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ')
  const quote = literal(layout.quote)
  return {
    relation: (rejects) =>
      `read_csv(${fileLiteral(file)}, delim=${literal(layout.delimiter)}, quote=${quote}, escape=${quote}, header=${named}, ` +
      `auto_detect=false, columns={${columns}}${rejects})`,
    ...sourceColumns(header, resolved, options, (name) => ({
      label: name,
      sql: `c${header.indexOf(name)}`,
      type: 'text',
    })),
    headerLines: named ? 1 : 0,
    missing: 'is empty',
  }
}

/**
 * A table expression over some columns of a comma-separated file with a header, by their names and as text; empty cells are null.
 * @throws TributaryError `bad-column` when one is missing
 */
export async function csvTable(file: string, columns: readonly string[]): Promise<string> {
  const [first] = await firstLines(file, 1)
  const header = splitLine(first, ',', '"')
  const missing = columns.filter((name) => !header.includes(name))
  if (missing.length > 0) {
    const message = `${file} has no column ${missing.map((name) => `'${name}'`).join(', ')} (its columns: ${listed(header)})`
    throw new TributaryError('bad-column', message)
  }
  const types = header.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ')
  const named = columns.map((name) => `nullif(c${header.indexOf(name)}, '') AS ${identifier(name)}`)
  return (
    `(SELECT ${named.join(', ')} FROM read_csv(${fileLiteral(file)}, delim=',', quote='"', escape='"', header=true, ` +
    `auto_detect=false, columns={${types}}))`
  )
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
