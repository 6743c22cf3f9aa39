import type { DuckDBConnection } from '@duckdb/node-api'
import { closest, TributaryError } from '../../core/errors.ts'
import { literal } from '../duckdb.ts'
import type { NamedSideData } from '../side-data.ts'

/** What a column of the file is to us. */
export const ROLES = ['user', 'item', 'domain', 'timestamp', 'value', 'part', 'category'] as const
export type Role = (typeof ROLES)[number]

/** Names of the file's columns by role, as the user gave them. */
export type ColumnNames = { readonly [role in Role]?: string | undefined }

export interface ReaderOptions {
  readonly columns: ColumnNames
  /** Between the columns of `csv` and `tsv` files. */
  readonly delimiter?: string | undefined
  /** The domain of every row, for files without such a column. */
  readonly domain?: string | undefined
}

/** One column as DuckDB sees it. */
export interface SourceColumn {
  /** For messages: the column's name in the file, or its place where there are no names. */
  readonly label: string
  /** An expression over the source's relation. */
  readonly sql: string
  /** `time`: a DATE or TIMESTAMP of SQL; everything else is read as text. */
  readonly type: 'text' | 'time'
}

/** How DuckDB reads one file. */
export interface Source {
  /** A table expression; `rejects` is the option that makes DuckDB keep the lines it cannot split, where there is one. */
  relation(rejects: string): string
  readonly columns: { readonly [role in Role]?: SourceColumn } & Record<'user' | 'item' | 'domain', SourceColumn>
  /** Lines before the first row; undefined where the file has no lines (Parquet). */
  readonly headerLines: number | undefined
  /** What is to be said of a cell without content, after the name of its column. */
  readonly missing: string
}

/** A file format. Adding one is one file here and one line in the list. */
export interface Reader {
  readonly name: string
  readonly summary: string
  /** Looks at the file's head and says how DuckDB reads it. Throws `bad-column` when a column is missing or stands twice. */
  source(file: string, options: ReaderOptions, connection: DuckDBConnection): Promise<Source>
  /** For a data set that is published as a folder of files which belong together; its columns are known and not to be stated. */
  readonly folder?: PublishedFolder
}

export interface PublishedFolder {
  /** Its log files, in order; `source` is asked for each. Throws `file-missing` that names what is not there. */
  logs(folder: string): Promise<readonly string[]>
  /** What lies beside the log. */
  side(folder: string, connection: DuckDBConnection): Promise<PublishedSideData>
}

export interface PublishedSideData extends NamedSideData {
  /** What was decided while the truth was made, a sentence each, for the import's report. */
  readonly notes?: readonly string[]
}

/** Names that are understood without being stated. */
export const COMMON_NAMES: { readonly [role in Role]: readonly string[] } = {
  user: ['user', 'user_id', 'userId'],
  item: ['item', 'item_id', 'itemId'],
  domain: ['domain', 'domain_id'],
  timestamp: ['timestamp', 'time', 'ts'],
  value: ['value', 'rating'],
  part: ['part'],
  // What a file calls a category may be the domain, the item's kind or something else; so it must be stated.
  category: [],
}

export type Resolved = { readonly [role in Role]?: string } & { readonly user: string; readonly item: string }

/** The columns of a source from their names; the domain may be a constant instead. */
export function sourceColumns(
  resolved: Resolved,
  options: ReaderOptions,
  column: (name: string) => SourceColumn,
): Source['columns'] {
  const { user, item, domain, ...others } = resolved
  return {
    user: column(user),
    item: column(item),
    domain: domain === undefined ? constant(options.domain ?? '') : column(domain),
    ...Object.fromEntries(Object.entries(others).map(([role, name]) => [role, column(name)])),
  }
}

/** A column that says the same of every row. */
export function constant(value: string): SourceColumn {
  return { label: value, sql: literal(value), type: 'text' }
}

/**
 * Which column of a header plays which role: the one stated, or the first of the known names. Throws `bad-column` for a
 * stated column that is not there, a name that stands twice, or a header without user, item or domain.
 */
export function resolveColumns(
  file: string,
  header: readonly string[],
  options: ReaderOptions,
  known: { readonly [role in Role]?: readonly string[] } = COMMON_NAMES,
): Resolved {
  const twice = header.find((name, i) => header.indexOf(name) !== i)
  if (twice !== undefined) {
    const places = header.flatMap((name, i) => (name === twice ? [i + 1] : []))
    const message = `${file}: column '${twice}' stands twice in the header (columns ${places.join(' and ')}); rename one`
    throw new TributaryError('bad-column', message)
  }
  const resolved: { [role in Role]?: string } = {}
  for (const role of ROLES) {
    const stated = options.columns[role]
    const found = stated === undefined ? known[role]?.find((name) => header.includes(name)) : stated
    if (stated !== undefined && !header.includes(stated)) throw missingColumn(file, role, stated, header)
    if (found !== undefined) resolved[role] = found
    else if (role === 'user' || role === 'item' || (role === 'domain' && options.domain === undefined)) {
      throw unresolvedRole(file, role, header, known[role] ?? [])
    }
  }
  // The loop has thrown unless both are there.
  return resolved as Resolved
}

function missingColumn(file: string, role: Role, stated: string, header: readonly string[]): TributaryError {
  const suggestion = closest(stated, header)
  const hint = suggestion === undefined ? '' : `; did you mean '${suggestion}'?`
  const message = `${file} has no column '${stated}' for the ${role}${hint} (its columns: ${header.join(', ')})`
  return new TributaryError('bad-column', message)
}

function unresolvedRole(
  file: string,
  role: Role,
  header: readonly string[],
  looked: readonly string[],
): TributaryError {
  const remedy =
    role === 'domain' ? `name it with --${role}, or give all rows one with --one-domain` : `name it with --${role}`
  const message = `${file} has no column for the ${role} (looked for ${looked.join(', ')}); ${remedy} (its columns: ${header.join(', ')})`
  return new TributaryError('bad-column', message)
}
