import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { z } from 'zod'
import { type Dataset, domainItems, domainOfItem, Part, TributaryError } from '../../core/index.ts'
import { readError } from '../../files/atomic.ts'
import { type FolderKind, writeFolderAtomic } from '../../files/index.ts'
import { attachSideData, sideDataOf } from '../build/side-data.ts'
import { parquetSource } from '../readers/parquet.ts'
import { COMMON_NAMES, type Role } from '../readers/reader.ts'
import { append, damaged, fileArguments, literal, readFailure, rowsOf, withDatabase } from '../tables/duckdb.ts'
import { readIds, writeIds } from './ids.ts'
import { datasetOfRows, reasonOf, typedRows } from './rows.ts'
import { copySideDataToParquet, readSideData, SIDE_FILES } from './side-store.ts'
import { possibleTime } from './timestamps.ts'

const FORMAT = 1
const INTERACTIONS = 'interactions.parquet'
const DESCRIPTION = 'dataset.json'

/** In a dataset folder nothing needs to be stated. */
const KNOWN_NAMES = { ...COMMON_NAMES, category: ['category'] }

/** What `dataset.json` must hold; a folder written by another program may leave the hash out. */
const descriptionSchema = z.looseObject({
  format: z.literal(FORMAT),
  name: z.string().min(1),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
})

/** What may be replaced by another dataset. */
export const DATASET_FOLDER: FolderKind = {
  name: 'dataset',
  holds: /^(dataset\.json|ids\.safetensors|(interactions|users|items|truth)\.parquet(\/[^/]+\.parquet)?)$/,
  is: async (folder) => {
    const text = await readFile(join(folder, DESCRIPTION), 'utf8').catch(() => '')
    return descriptionSchema.safeParse(jsonOf(text)).success
  },
}

/**
 * Writes a dataset as a folder: `interactions.parquet` (names, in final order), the same by ids (`ids.safetensors`), features and truth
 * where there are any, and `dataset.json`. Whole or not at all.
 * `origin` is kept in `dataset.json` as it is: where the rows come from and what was done to them.
 *
 * Throws `file-exists`, `disk-full`.
 */
export async function writeDataset(
  dataset: Dataset,
  folder: string,
  options: { overwrite?: boolean | undefined; origin?: Readonly<Record<string, unknown>> | undefined } = {},
): Promise<void> {
  const fill = (temporary: string) => fillDatasetFolder(dataset, temporary, options.origin)
  await writeFolderAtomic(folder, fill, { replaces: options.overwrite ? DATASET_FOLDER : undefined })
}

/** Writes the files of a dataset into an existing empty folder. */
export async function fillDatasetFolder(
  dataset: Dataset,
  folder: string,
  origin: Readonly<Record<string, unknown>> | undefined,
  signal?: AbortSignal | undefined,
): Promise<void> {
  const { name, hash, users, items, domains, log } = dataset
  const scratch = join(folder, 'writing.duckdb')
  const write = async (connection: DuckDBConnection) => {
    await copyToParquet(dataset, connection, join(folder, INTERACTIONS), signal)
    await copySideDataToParquet(dataset, connection, folder)
  }
  await withDatabase(scratch, write, { signal })
  await removeDatabase(scratch)
  await writeIds(dataset, folder, join(folder, INTERACTIONS))
  const counts = domains.map((domain, d) => ({ name: domain, items: itemsIn(dataset, d), interactions: 0 }))
  for (const item of log.item) counts[domainOfItem(dataset, item)].interactions++
  const description = {
    format: FORMAT,
    name,
    hash,
    interactions: log.length,
    users: users.size,
    items: items.size - 1,
    domains: counts,
    columns: [
      'user',
      'item',
      'domain',
      ...optionalColumns(dataset).map((column) => column.name),
      ...(dataset.categories ? ['category'] : []),
    ],
    ...(dataset.userFeatures && { userFeatures: dataset.userFeatures.map((feature) => feature.name) }),
    ...(dataset.itemFeatures && { itemFeatures: dataset.itemFeatures.map((feature) => feature.name) }),
    ...(dataset.truth && {
      truth: {
        users: dataset.truth.users.length,
        items: dataset.truth.items.length,
        ...(dataset.truth.factors && { factors: dataset.truth.factors.width }),
      },
    }),
    ...(origin && { origin }),
  }
  await writeFile(join(folder, DESCRIPTION), `${JSON.stringify(description, undefined, 2)}\n`)
}

/** Removes a database file and what DuckDB keeps beside it. */
export async function removeDatabase(path: string): Promise<void> {
  for (const suffix of ['', '.wal', '.tmp']) await rm(path + suffix, { force: true, recursive: true })
}

function itemsIn(dataset: Dataset, domain: number): number {
  const { start, end } = domainItems(dataset, domain)
  return end - start
}

function optionalColumns({ log }: Dataset) {
  return [
    { name: 'timestamp', type: 'DOUBLE' as const, sql: 'r.timestamp', values: log.timestamp },
    { name: 'value', type: 'FLOAT' as const, sql: 'r.value', values: log.value },
    { name: 'part', type: 'UTINYINT' as const, sql: partName(), values: log.part },
  ].flatMap(({ values, ...column }) => (values === undefined ? [] : [{ ...column, values }]))
}

function partName(): string {
  const names = Object.entries(Part).map(([name, code]) => `WHEN ${code} THEN '${name}'`)
  return `CASE r.part ${names.join(' ')} END`
}

/** Appends ids and names and lets DuckDB join them, so that no string is made here for a row. */
async function copyToParquet(
  dataset: Dataset,
  connection: DuckDBConnection,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { log, users, items, domains, categories } = dataset
  const optional = optionalColumns(dataset)
  await connection.run(`
    CREATE TABLE users (id INTEGER, name VARCHAR);
    CREATE TABLE items (id INTEGER, name VARCHAR, domain VARCHAR);
    CREATE TABLE categories (id INTEGER, category VARCHAR);
    CREATE TABLE rows (row INTEGER, "user" INTEGER, item INTEGER
      ${optional.map(({ name, type }) => `, ${name} ${type}`).join('')})`)
  const itemDomain = (id: number) => domains[domainOfItem(dataset, id)]
  await append(connection, 'users', ['INTEGER', 'VARCHAR'], users.size, [(id) => id, (id) => users.name(id)], signal)
  await append(
    connection,
    'items',
    ['INTEGER', 'VARCHAR', 'VARCHAR'],
    items.size - 1,
    [(i) => i + 1, (i) => items.name(i + 1), (i) => itemDomain(i + 1)],
    signal,
  )
  const withCategory =
    categories === undefined ? [] : [...categories.ofItem.keys()].filter((i) => categories.ofItem[i] > 0)
  await append(connection, 'categories', ['INTEGER', 'VARCHAR'], withCategory.length, [
    (i) => withCategory[i],
    (i) => categories!.names[categories!.ofItem[withCategory[i]]],
  ])
  const columns = [log.user, log.item, ...optional.map(({ values }) => values)]
  await append(
    connection,
    'rows',
    ['INTEGER', 'INTEGER', 'INTEGER', ...optional.map(({ type }) => type)],
    log.length,
    [(row) => row, ...columns.map((column) => (row: number) => column[row])],
    signal,
  )
  const others = optional.map(({ name, sql }) => `, ${sql} AS ${name}`)
  if (categories !== undefined) others.push(', c.category')
  const written = await connection.run(`
    COPY (
      SELECT u.name AS "user", i.name AS item, i.domain ${others.join('')}
      FROM rows r JOIN users u ON r."user" = u.id JOIN items i ON r.item = i.id
        ${categories === undefined ? '' : 'LEFT JOIN categories c ON r.item = c.id'}
      ORDER BY r.row
    ) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`)
  if (written.rowsChanged === log.length) return
  throw new TributaryError(
    'mismatch',
    `${written.rowsChanged} rows were written to ${path}, where the data set has ${log.length}`,
  )
}

/**
 * Opens a dataset folder. Folders written by other programs may hold `interactions.parquet` as a folder of parts (read in
 * the order of their names), rows in any order, and no `dataset.json` or none with a hash: the rows are then sorted and
 * checked like imported ones. Numeric timestamps are seconds. Features and truth are read from `users.parquet`, `items.parquet`
 * and `truth.parquet`, where there are such.
 *
 * Throws `file-missing`, `file-empty`, `file-damaged` (unreadable, or the rows are not those the hash was made of),
 * `bad-column`, `bad-row`, `bad-dataset`.
 */
export async function openDataset(folder: string): Promise<Dataset> {
  const description = await readDescription(folder)
  const files = await interactionFiles(folder)
  const side = {
    users: await partsOf(join(folder, SIDE_FILES.users)),
    items: await partsOf(join(folder, SIDE_FILES.items)),
    truth: await partsOf(join(folder, SIDE_FILES.truth)),
  }
  const known = description.hash !== undefined && files.length === 1
  const log = known ? await readIds(folder, description.name, files[0]) : undefined
  const dataset =
    log !== undefined && Object.values(side).every(({ length }) => length === 0)
      ? log
      : await withDatabase(':memory:', async (connection) => {
          const rows = log ?? (await readFolder(connection, description, files))
          return attachSideData(rows, sideDataOf(rows, await readSideData(connection, side)))
        })
  if (description.hash !== undefined && description.hash !== dataset.hash) {
    const message =
      `the files of ${folder} do not hold what ${DESCRIPTION} was written for (the hash differs); ` +
      `import again, or remove "hash" from ${DESCRIPTION} if the change is intended`
    throw new TributaryError('file-damaged', message)
  }
  return dataset
}

async function readDescription(folder: string): Promise<{ name: string; hash?: string | undefined }> {
  const path = join(folder, DESCRIPTION)
  let text: string
  try {
    if (!(await stat(folder)).isDirectory())
      throw new TributaryError('file-missing', `${folder} is a file; a dataset is a folder`)
    text = await readFile(path, 'utf8')
  } catch (error) {
    const absent =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' && 'path' in error && error.path === path
    if (absent) return { name: basename(resolve(folder)) }
    throw readError(folder, error)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw damaged(path, (error as Error).message, error)
  }
  const parsed = descriptionSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw damaged(path, `${issue.path.join('.') || 'the whole'}: ${issue.message}`, parsed.error)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function interactionFiles(folder: string): Promise<string[]> {
  const path = join(folder, INTERACTIONS)
  const parts = await partsOf(path)
  if (parts.length > 0) return parts
  throw new TributaryError('file-missing', `cannot read ${path}: there is no such file`)
}

/** A Parquet file or a folder of them, in the order of their names; nothing where there is neither. */
async function partsOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const parts = (await readdir(path)).filter((name) => name.endsWith('.parquet')).sort()
    if (parts.length > 0) return parts.map((name) => join(path, name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw readError(path, error)
  }
  throw new TributaryError('file-missing', `${path} is a folder without a .parquet file`)
}

async function readFolder(
  connection: DuckDBConnection,
  { name, hash }: { readonly name: string; readonly hash?: string | undefined },
  files: readonly string[],
): Promise<Dataset> {
  const selects: string[] = []
  const starts: number[] = []
  let count = 0
  let roles: string | undefined
  let finer = false
  for (const file of files) {
    const source = await parquetSource(file, { columns: {} }, connection, KNOWN_NAMES)
    const found = Object.keys(source.columns).sort().join(', ')
    roles ??= found
    if (found !== roles) {
      throw new TributaryError(
        'bad-column',
        `${file} has the columns ${found}, but ${files[0]} has ${roles}; they must be equal`,
      )
    }
    const numbered = { ...source, relation: `read_parquet(${fileArguments(file)}, file_row_number=true)` }
    const select = typedRows(numbered, `file_row_number + ${count} AS row,`)
    finer ||= source.columns.timestamp?.nanoseconds === true
    try {
      await refuseBadRow(connection, file, select, count, source.columns, hash !== undefined)
      const [{ n } = { n: 0n }] = await rowsOf<{ n: bigint }>(
        connection,
        `SELECT count(*) AS n FROM ${source.relation}`,
      )
      selects.push(select)
      starts.push(count)
      count += Number(n)
    } catch (error) {
      throw readFailure(file, error)
    }
  }
  if (count === 0) throw new TributaryError('file-empty', `${files[0]} has no rows; at least one is needed`)
  const has = {
    timestamp: roles!.includes('timestamp'),
    value: roles!.includes('value'),
    part: roles!.includes('part'),
    category: roles!.includes('category'),
  }
  try {
    const all = `(${selects.join(' UNION ALL ')})`
    // Nanoseconds that one DOUBLE stands for are put in order before they become it.
    const order = 'ORDER BY timestamp, exact, row'
    const relation = finer
      ? `(SELECT * REPLACE (row_number() OVER (${order}) - 1 AS row), row AS file_row FROM ${all})`
      : all
    const place = async (row: number) => {
      const sql = `SELECT file_row FROM ${relation} WHERE row = ${row}`
      const at = finer ? Number((await rowsOf<{ file_row: bigint }>(connection, sql))[0].file_row) : row
      const f = starts.findLastIndex((start) => start <= at)
      return `${files[f]}, row ${at - starts[f] + 1}`
    }
    return await datasetOfRows(connection, name, { relation, count, has, place })
  } catch (error) {
    throw readFailure(files[0], error)
  }
}

async function refuseBadRow(
  connection: DuckDBConnection,
  file: string,
  select: string,
  start: number,
  columns: { readonly [role in Role]?: { readonly label: string } },
  imported: boolean,
): Promise<void> {
  // What an import of ours let pass in former times still opens.
  const impossible = imported ? 'false' : `NOT (${possibleTime('timestamp')})`
  const sql = `SELECT row, coalesce(problem, 'timestamp:' || timestamp) AS problem FROM (${select})
    WHERE problem IS NOT NULL OR ${impossible} ORDER BY row LIMIT 1`
  for (const { row, problem } of await rowsOf<{ row: bigint; problem: string }>(connection, sql)) {
    const role = problem.slice(0, problem.indexOf(':')) as Role
    const reason = reasonOf(role, problem.slice(role.length + 1), 'is null or empty')
    const message = `${file}, row ${Number(row) - start + 1}, column '${columns[role]?.label ?? role}': ${reason}`
    throw new TributaryError('bad-row', message)
  }
}
