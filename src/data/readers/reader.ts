import type { DuckDBConnection } from '@duckdb/node-api'
import { closest, listed, quoted, TributaryError } from '../../core/index.ts'
import type { NamedSideData } from '../build/side-data.ts'
import { literal } from '../tables/duckdb.ts'
import type { TextRows } from './text-rows.ts'

/** What a column of the file is to us. */
export const ROLES = ['user', 'item', 'domain', 'timestamp', 'value', 'part', 'category', 'event'] as const
export type Role = (typeof ROLES)[number]

/** Whether a column of this role holds names, not numbers. */
export function isName(role: Role | undefined): boolean {
  return role === 'user' || role === 'item' || role === 'domain' || role === 'category'
}

/** Names of the file's columns by role, as the user gave them; `false` where no column plays the role, whatever its name. */
export type ColumnNames = { readonly [role in Role]?: string | false | undefined }

export interface ReaderOptions {
  readonly columns: ColumnNames
  /** The file has a column for what happened, by a usual name or the one stated. */
  readonly needsEvent?: boolean | undefined
  /** Columns that say what items are. */
  readonly itemColumns?: readonly ItemColumn[] | undefined
  /** Between the columns of `csv` and `tsv` files. */
  readonly delimiter?: string | undefined
  /** The domain of every row; a column of that name is then passed over. */
  readonly domain?: string | undefined
  /** The domain of every row where there is neither a column nor one given: what the file's name says. */
  readonly fileDomain?: string | undefined
  /** Stops the reading. */
  readonly signal?: AbortSignal | undefined
}

/** A column of the log that is kept as a feature of its items. */
export interface ItemColumn {
  /** What the feature is called. */
  readonly name: string
  /** What the file calls it. */
  readonly column: string
}

/** One column as DuckDB sees it. */
export interface SourceColumn {
  /** For messages: the column's name in the file, or its place where there are no names. */
  readonly label: string
  /** An expression over the source's relation. */
  readonly sql: string
  /** `time`: a DATE or TIMESTAMP of SQL; everything else is read as text. */
  readonly type: 'text' | 'time'
  /** For `time`: it counts nanoseconds. */
  readonly nanoseconds?: boolean
  /** A condition in SQL: the cell is there, but of a kind that names nothing (an object, a list). */
  readonly nameless?: string
}

/** How DuckDB reads one file. */
export interface Source {
  /** A table expression. */
  readonly relation: string
  readonly columns: { readonly [role in Role]?: SourceColumn } & Record<'user' | 'item' | 'domain', SourceColumn>
  /** As many as were asked for, in their order. Lists are texts with `|` between their elements. */
  readonly itemColumns?: readonly SourceColumn[]
  /** The file's other columns, which nothing is read from; absent where the reader knows the files. */
  readonly passedOver?: readonly string[]
  /** The line of the first row, where every row is a line. */
  readonly firstLine?: number | undefined
  /** A column of the relation that says in which line a row begins, where there is one. */
  readonly line?: string
  /** How many rows the relation must give, counted by other means than it reads by. */
  readonly rows: number
  /** What a text file holds, as counted by us; the copy of its rows, where there is one, can go once they were read. */
  readonly text?: TextRows & { readonly copy?: string }
  /** What is to be said of a cell without content, after the name of its column. */
  readonly missing: string
  /** What was passed over, a sentence each. */
  readonly notes?: readonly string[]
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
  // Only a log whose types were said to matter is looked through for them.
  event: [],
}

const EVENT_NAMES = ['event', 'event_type', 'eventType', 'type', 'action']

export type Resolved = { readonly [role in Role]?: string } & {
  readonly user: string
  readonly item: string
  /** The columns that say what items are, in the order of the options. */
  readonly itemColumns: readonly string[]
}

/** All columns that are read, once each. */
export function usedColumns({ itemColumns, ...roles }: Resolved): string[] {
  return [...new Set([...Object.values(roles), ...itemColumns])]
}

/** The columns of a source from their names, and what is left of the header; the domain may be a constant instead. */
export function sourceColumns(
  header: readonly string[],
  resolved: Resolved,
  options: ReaderOptions,
  column: (name: string, role: Role | undefined) => SourceColumn,
): Pick<Source, 'columns' | 'itemColumns' | 'passedOver'> {
  const { user, item, domain, itemColumns, ...others } = resolved
  const used = new Set(usedColumns(resolved))
  return {
    columns: {
      user: column(user, 'user'),
      item: column(item, 'item'),
      domain: domain === undefined ? constant(options.domain ?? options.fileDomain ?? '') : column(domain, 'domain'),
      ...Object.fromEntries(Object.entries(others).map(([role, name]) => [role, column(name, role as Role)])),
    },
    ...(itemColumns.length > 0 && { itemColumns: itemColumns.map((name) => column(name, undefined)) }),
    passedOver: header.filter((name) => !used.has(name)),
  }
}

/** A column that says the same of every row. */
export function constant(value: string): SourceColumn {
  return { label: value, sql: literal(value), type: 'text' }
}

/** `x.train.inter` → `['x.inter', 'train']`: published splits carry their part in the file's name. */
export function partOfFileName(name: string): [rest: string, part: string | undefined] {
  const found = /^(.*)\.(train|valid|test)(\..*)$/.exec(name)
  return found === null ? [name, undefined] : [found[1] + found[3], found[2]]
}

/** The source with the part that its file's name says, unless a column was named for it, or none is wanted. */
export function withPart(source: Source, part: string | undefined, { columns }: ReaderOptions): Source {
  if (part === undefined || columns.part !== undefined) return source
  return { ...source, columns: { ...source.columns, part: constant(part) } }
}

/**
 * Which column of a header plays which role: the one stated, or the first of the known names. Case, blanks and signs between
 * words do not count where no name fits to the letter. Throws `bad-column` for a stated column that is not there, a name that
 * stands twice, two columns that fit alike, or a header without user, item or domain.
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
    const message = `${file}: column ${quoted(twice)} stands twice in the header (columns ${places.slice(0, 2).join(' and ')}${places.length > 2 ? ' and more' : ''}); rename one`
    throw new TributaryError('bad-column', message)
  }
  const resolved: { [role in Role]?: string } = {}
  for (const role of ROLES) {
    const given = role === 'domain' && options.domain !== undefined ? false : options.columns[role]
    if (given === false) continue
    const usual = role === 'event' && options.needsEvent ? EVENT_NAMES : (known[role] ?? [])
    const found = matching(file, role, given === undefined ? usual : [given], header)
    if (found !== undefined) resolved[role] = found
    else if (given !== undefined) throw missingColumn(file, `for the ${role}`, given, header)
  }
  const needed = options.domain === undefined && options.fileDomain === undefined
  for (const role of ['user', 'item', ...(needed ? (['domain'] as const) : [])] as const)
    if (resolved[role] === undefined) throw unresolvedRole(file, role, header, known[role] ?? [])
  if (options.needsEvent && resolved.event === undefined) throw unresolvedRole(file, 'event', header, EVENT_NAMES)
  const itemColumns = (options.itemColumns ?? []).map(({ column }) => {
    const found = matching(file, 'item-column', [column], header)
    if (found === undefined) throw missingColumn(file, 'that says what items are', column, header)
    return found
  })
  return { ...resolved, itemColumns } as Resolved
}

/** The column that a name means: to the letter where there is one, else the one that differs in case, blanks or signs alone. */
function matching(
  file: string,
  role: Role | 'item-column',
  names: readonly string[],
  header: readonly string[],
): string | undefined {
  const exact = names.find((name) => header.includes(name))
  if (exact !== undefined) return exact
  const alike = header.filter((column) => names.some((name) => folded(name) === folded(column)))
  if (alike.length < 2) return alike[0]
  const message = `${file}: the columns ${listed(alike)} may each be ${role === 'item-column' ? names[0] : `the ${role}`}; choose one with --${optionOf(role)}`
  throw new TributaryError('bad-column', message)
}

function optionOf(role: Role | 'item-column'): string {
  return role === 'event' ? 'event-column' : role
}

function folded(name: string): string {
  const bare = name.toLowerCase().replace(/[\s_-]+/g, '')
  return bare === '' ? name : bare
}

function missingColumn(file: string, purpose: string, stated: string, header: readonly string[]): TributaryError {
  const suggestion = closest(stated, header) ?? header.find((name) => folded(name).includes(folded(stated)))
  const hint = suggestion === undefined ? '' : `; did you mean ${quoted(suggestion)}?`
  const message = `${file} has no column ${quoted(stated)} ${purpose}${hint} (its columns: ${listed(header)})`
  return new TributaryError('bad-column', message)
}

function unresolvedRole(
  file: string,
  role: Role,
  header: readonly string[],
  looked: readonly string[],
): TributaryError {
  const remedy =
    role === 'domain'
      ? `name it with --${role}, or give all rows one with --one-domain`
      : `name it with --${optionOf(role)}`
  const message = `${file} has no column for the ${role} (looked for ${looked.join(', ')}); ${remedy} (its columns: ${listed(header)})`
  return new TributaryError('bad-column', message)
}
