import { setImmediate } from 'node:timers/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import { type Dataset, Part, quoted } from '../../core/index.ts'
import { assembling, type CodedRows, type Names } from '../build/assemble.ts'
import { itemInTwoDomains } from '../build/build.ts'
import { encodeCategories } from '../build/categories.ts'
import { NamePacker, type PackedVocabulary } from '../build/vocabulary.ts'
import type { Role, Source } from '../readers/reader.ts'
import { chunksOf, guarded, literal, rowsOf, unguarded } from '../tables/duckdb.ts'
import { typedTime } from './timestamps.ts'

/**
 * A SELECT over one file that gives the columns `user`, `item`, `domain` (text), `timestamp` (seconds or as the file counts,
 * DOUBLE) with `dated` and `exact` (see `typedTime`), `value` (FLOAT), `part` (code), `category` (text, null where it has none),
 * `event` (text) where it is read, as many texts `described0`, … as there are columns that say what items are, and `problem`: absent for a good row, else the role of the first bad cell, a colon and the cell. Absent columns are constants,
 * which cost nothing.
 */
export function typedRows(source: Source, others = ''): string {
  const { user, item, domain, timestamp, value, part, category, event } = source.columns
  const text = (sql: string) => `CAST(${sql} AS VARCHAR)`
  const problems: string[] = []
  const bad = (role: Role, condition: string) =>
    problems.push(`WHEN ${condition} THEN '${role}:' || coalesce(raw_${role}, '')`)
  const inner = [`${text(user.sql)} AS raw_user`, `${text(item.sql)} AS raw_item`, `${text(domain.sql)} AS raw_domain`]
  for (const role of ['user', 'item', 'domain'] as const) bad(role, `raw_${role} IS NULL OR raw_${role} = ''`)
  // Joined files bring their headers along.
  if (source.text !== undefined) bad('user', `raw_user = ${literal(user.label)} AND raw_item = ${literal(item.label)}`)
  for (const role of ['user', 'item', 'domain', 'category', 'event'] as const) {
    const nameless = source.columns[role]?.nameless
    if (nameless !== undefined) bad(role, nameless)
  }
  if (category !== undefined) inner.push(`${text(category.sql)} AS raw_category`)
  if (timestamp !== undefined) {
    inner.push(`${text(timestamp.sql)} AS raw_timestamp`)
    bad('timestamp', 'typed_timestamp IS NULL OR NOT isfinite(typed_timestamp)')
  }
  if (value !== undefined) {
    inner.push(`${text(value.sql)} AS raw_value`)
    bad('value', 'typed_value IS NULL OR NOT isfinite(typed_value)')
  }
  if (part !== undefined) {
    inner.push(`${text(part.sql)} AS raw_part`)
    bad('part', 'typed_part IS NULL')
  }
  if (event !== undefined) {
    inner.push(`${text(event.sql)} AS raw_event`)
    bad('event', "raw_event IS NULL OR raw_event = ''")
  }
  const described = (source.itemColumns ?? []).map(({ sql }, i) => `${text(sql)} AS described${i}`)
  inner.push(...described)
  const codes = Object.entries(Part).map(([name, code]) => `WHEN '${name}' THEN ${code}`)
  return `
    SELECT ${others} raw_user AS "user", raw_item AS item, raw_domain AS "domain",
      typed_timestamp AS timestamp, dated, exact, typed_value AS value, typed_part AS part, typed_category AS category,
      ${[...(event === undefined ? [] : ['raw_event AS event']), ...described.map((_, i) => `described${i}`)].map((sql) => `${sql}, `).join('')}
      CASE ${problems.join(' ')} END AS problem
    FROM (
      SELECT *, ${typedTime(timestamp)},
        ${value === undefined ? 'CAST(NULL AS FLOAT)' : 'TRY_CAST(raw_value AS FLOAT)'} AS typed_value,
        CAST(${part === undefined ? 'NULL' : `CASE raw_part ${codes.join(' ')} END`} AS UTINYINT) AS typed_part,
        ${category === undefined ? 'CAST(NULL AS VARCHAR)' : "nullif(raw_category, '')"} AS typed_category
      FROM (SELECT *, ${inner.join(', ')} FROM ${source.relation})
    )`
}

/** What is wrong with a cell, as the end of a sentence that begins with its column. */
export function reasonOf(role: Role, cell: string, missing: string): string {
  if (cell === '') return missing
  const shown = quoted(cell)
  if (role === 'timestamp')
    return `${shown} is no time (a number of seconds or milliseconds, or a date like 2024-01-31, of the years 1 to 9999)`
  if (role === 'value') return `${shown} is no finite number`
  if (role === 'part') return `${shown} is no part (${Object.keys(Part).join(', ')})`
  if (/^-?\d/.test(cell))
    return `${shown} is a floating number, in which long ids lose their last digits; write the ids as integers or as text`
  return `${shown} is no name; a text or a number was expected`
}

/** Good rows in DuckDB, ready to become a dataset. */
export interface StoredRows {
  /** A table expression with the columns of `typedRows` and `row`: 0, 1, … in file order. */
  readonly relation: string
  readonly count: number
  readonly has: {
    readonly timestamp: boolean
    readonly value: boolean
    readonly part: boolean
    readonly category: boolean
  }
  /** Where a row stands, for messages. */
  place(row: number): string | Promise<string>
}

/**
 * Numbers users and items inside DuckDB and fetches the rows as integers: names cross the border once each, not once a row.
 * Throws `bad-dataset` for an item in two domains.
 */
export async function datasetOfRows(
  connection: DuckDBConnection,
  name: string,
  rows: StoredRows,
  signal?: AbortSignal | undefined,
): Promise<Dataset> {
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE users AS
    SELECT name, CAST(row_number() OVER (ORDER BY name) - 1 AS INTEGER) AS id
    FROM (SELECT DISTINCT "user" AS name FROM ${rows.relation})`)
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE items AS
    SELECT name, "domain", other, category, CAST(row_number() OVER (ORDER BY "domain", n DESC, name) AS INTEGER) AS id
    FROM (
      SELECT item AS name, min("domain") AS "domain", max("domain") AS other, count(*) AS n,
        ${rows.has.category ? 'arg_min(category, "row") FILTER (WHERE category IS NOT NULL)' : 'NULL'} AS category
      FROM ${rows.relation} GROUP BY item
    )`)
  await refuseItemsInTwoDomains(connection, rows)
  const domains = await rowsOf<{ name: string; n: number }>(
    connection,
    `SELECT ${guarded('"domain"')} AS name, CAST(count(*) AS INTEGER) AS n FROM items GROUP BY "domain" ORDER BY "domain"`,
  )
  const domainStart = new Int32Array(domains.length + 1).fill(1)
  for (const [d, { n }] of domains.entries()) domainStart[d + 1] = domainStart[d] + n
  const names: Names = {
    users: await packedNames(connection, 'users'),
    items: await packedNames(connection, 'items'),
    domains: domains.map(({ name }) => unguarded(name)!),
    domainStart,
    categories: rows.has.category ? encodeCategories(domainStart, await categoriesOf(connection)) : undefined,
  }
  const steps = assembling(name, names, await fetchRows(connection, rows))
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    await setImmediate()
    signal?.throwIfAborted()
  }
}

async function refuseItemsInTwoDomains(connection: DuckDBConnection, rows: StoredRows): Promise<void> {
  const found = await rowsOf<{ item: string; a: string; b: string; aRow: bigint; bRow: bigint }>(
    connection,
    `SELECT r.item, i."domain" AS a, other AS b, min(r.row) FILTER (WHERE r."domain" = i."domain") AS "aRow",
       min(r.row) FILTER (WHERE r."domain" = other) AS "bRow"
     FROM (SELECT * FROM items WHERE "domain" <> other ORDER BY id LIMIT 1) i
     JOIN ${rows.relation} r ON r.item = i.name
     GROUP BY r.item, i."domain", other`,
  )
  for (const { item, a, b, aRow, bRow } of found) {
    throw itemInTwoDomains(item, [
      { domain: a, place: await rows.place(Number(aRow)) },
      { domain: b, place: await rows.place(Number(bRow)) },
    ])
  }
}

async function packedNames(connection: DuckDBConnection, table: 'users' | 'items'): Promise<PackedVocabulary> {
  const packer = new NamePacker({ padding: table === 'items' })
  for await (const name of textsOf(connection, table, 'name')) packer.add(name)
  return packer.finish()
}

/** By item id, PAD among them. */
async function categoriesOf(connection: DuckDBConnection): Promise<string[]> {
  const categories = ['']
  for await (const category of textsOf(connection, 'items', 'category')) categories.push(category)
  return categories
}

/** A column in the order of ids; null is empty. */
async function* textsOf(
  connection: DuckDBConnection,
  table: 'users' | 'items',
  name: 'name' | 'category',
): AsyncGenerator<string> {
  for await (const chunk of chunksOf(connection, `SELECT ${guarded(name)} FROM ${table} ORDER BY id`)) {
    const column = chunk.getColumnVector(0)
    const { rowCount } = chunk
    for (let i = 0; i < rowCount; i++) yield unguarded(column.getItem(i)) ?? ''
  }
}

/** Joins give rows in no certain order; each comes with its place and is put there. */
async function fetchRows(connection: DuckDBConnection, { relation, count, has }: StoredRows): Promise<CodedRows> {
  const user = new Int32Array(count)
  const item = new Int32Array(count)
  const timestamp = has.timestamp ? new Float64Array(count) : undefined
  const value = has.value ? new Float32Array(count) : undefined
  const part = has.part ? new Uint8Array(count) : undefined
  const optional = [
    { name: 'timestamp', target: timestamp },
    { name: 'value', target: value },
    { name: 'part', target: part },
  ].flatMap(({ name, target }) => (target === undefined ? [] : [{ name, target }]))
  const sql = `
    SELECT CAST(r.row AS INTEGER), u.id, i.id ${optional.map(({ name }) => `, r.${name}`).join('')}
    FROM ${relation} r JOIN users u ON r."user" = u.name JOIN items i ON r.item = i.name`
  for await (const chunk of chunksOf(connection, sql)) {
    const rows = chunk.getColumnVector(0)
    const columns = [
      { values: chunk.getColumnVector(1), target: user },
      { values: chunk.getColumnVector(2), target: item },
      ...optional.map(({ target }, i) => ({ values: chunk.getColumnVector(3 + i), target })),
    ]
    // A property that asks DuckDB each time.
    const { rowCount } = chunk
    for (const { values, target } of columns) {
      for (let i = 0; i < rowCount; i++) target[rows.getItem(i) as number] = values.getItem(i) as number
    }
  }
  return { user, item, timestamp, value, part }
}
