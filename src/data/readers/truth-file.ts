import type { DuckDBConnection, DuckDBListValue } from '@duckdb/node-api'
import { type RewardMatrix, TributaryError } from '../../core/index.ts'
import { type NamedTruth, noReward } from '../build/side-data.ts'
import {
  append,
  chunksOf,
  columnTypes,
  fileArguments,
  guarded,
  identifier,
  literal,
  missingColumn,
  reading,
  rowsOf,
  unguarded,
} from '../tables/duckdb.ts'
import { csvTable } from './delimited.ts'

/** Four bytes a cell; beyond this a truth must come as factors. */
const MOST_CELLS = 2 ** 30

/** Writes a row a pair, or a row of factors a user and an item; `users` and `items` are tables of `id` and `name`. */
export async function copyTruth(connection: DuckDBConnection, truth: RewardMatrix, path: string): Promise<void> {
  const { users, items, factors } = truth
  const joined = `LEFT JOIN users u ON t."user" = u.id LEFT JOIN items i ON t.item = i.id`
  const copy = (reward: string) =>
    connection.run(`
      COPY (SELECT u.name AS "user", i.name AS item, ${reward} FROM truth t ${joined} ORDER BY t.place)
      TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`)
  if (factors !== undefined) {
    await connection.run('CREATE TABLE truth (place INTEGER, "user" INTEGER, item INTEGER, factors FLOAT[])')
    const { width } = factors
    const types = ['INTEGER', 'INTEGER', 'INTEGER', 'FLOAT[]'] as const
    const isUser = (place: number) => place < users.length
    await append(connection, 'truth', types, users.length + items.length, [
      (place) => place,
      (place) => (isUser(place) ? users[place] : null),
      (place) => (isUser(place) ? null : items[place - users.length]),
      (place) => {
        const row = isUser(place) ? place : place - users.length
        return [...(isUser(place) ? factors.users : factors.items).subarray(row * width, (row + 1) * width)]
      },
    ])
    await copy('t.factors')
    return
  }
  await connection.run('CREATE TABLE truth (place INTEGER, "user" INTEGER, item INTEGER, reward FLOAT)')
  for (const [row, user] of users.entries()) {
    const rewards = truth.row(row)
    await append(connection, 'truth', ['INTEGER', 'INTEGER', 'INTEGER', 'FLOAT'], items.length, [
      (column) => row * items.length + column,
      () => user,
      (column) => items[column],
      (column) => rewards[column],
    ])
  }
  await copy('t.reward')
}

/**
 * A truth from a table expression with the columns `user`, `item`, `reward` (a row a pair), or `user`, `item`, `factors` (a row a
 * user, in which the item is null, and a row an item, in which the user is null).
 * @param missing what a pair without a row pays; without it such a pair is an error
 * @throws TributaryError `bad-column`; `bad-row` for a pair that stands twice or names nobody; `not-finite`; `bad-dataset` for a
 * pair without a reward; `bad-shape` for factors of different widths and a dense truth that is too large
 */
export async function truthOf(
  connection: DuckDBConnection,
  relation: string,
  place: string,
  missing?: number,
): Promise<{ truth: NamedTruth; filled: number }> {
  const columns = await columnTypes(connection, relation, place)
  for (const name of ['user', 'item', ...(columns.has('factors') ? [] : ['reward'])]) {
    if (!columns.has(name)) throw missingColumn(place, name, columns)
  }
  if (columns.has('factors')) return { truth: await factorsOf(connection, relation, place), filled: 0 }

  const users = await distinctOf(connection, relation, 'user', place)
  const items = await distinctOf(connection, relation, 'item', place)
  const cells = users.length * items.length
  if (cells > MOST_CELLS) {
    const message = `${place} has ${users.length} users and ${items.length} items; more than ${MOST_CELLS} pairs must come as factors`
    throw new TributaryError('bad-shape', message)
  }
  const values = new Float32Array(cells).fill(Number.NaN)
  let found = 0
  const sql = `SELECT u.id, i.id, CAST(t.reward AS FLOAT) FROM ${relation} t
    JOIN truth_users u ON CAST(t."user" AS VARCHAR) = u.name JOIN truth_items i ON CAST(t.item AS VARCHAR) = i.name`
  for await (const chunk of chunksOf(connection, sql)) {
    const [u, i, r] = [chunk.getColumnVector(0), chunk.getColumnVector(1), chunk.getColumnVector(2)]
    const { rowCount } = chunk
    for (let n = 0; n < rowCount; n++) {
      const [row, column, reward] = [u.getItem(n) as number, i.getItem(n) as number, r.getItem(n) as number | null]
      const cell = row * items.length + column
      if (reward === null || !Number.isFinite(reward)) {
        throw noReward(place, users[row], items[column], reward ?? undefined)
      }
      if (!Number.isNaN(values[cell])) {
        const message = `${place}: the pair of user '${users[row]}' and item '${items[column]}' stands twice; one row a pair is needed`
        throw new TributaryError('bad-row', message)
      }
      values[cell] = reward
      found++
    }
  }
  if (found === cells) return { truth: { users, items, values }, filled: 0 }
  if (missing === undefined) {
    const cell = values.findIndex(Number.isNaN)
    const pair = `user '${users[Math.floor(cell / items.length)]}' and item '${items[cell % items.length]}'`
    const message = `${place} has no reward for ${pair}; each of its ${users.length} users needs one with each of its ${items.length} items`
    throw new TributaryError('bad-dataset', message)
  }
  for (let cell = 0; cell < cells; cell++) if (Number.isNaN(values[cell])) values[cell] = missing
  return { truth: { users, items, values }, filled: cells - found }
}

/**
 * A truth of one's own: a `.csv` (or `.csv.gz`) or `.parquet` file with a row of user, item and reward a pair; Parquet may hold factors instead.
 * @throws TributaryError `bad-argument` for another kind of file; as `truthOf`
 */
export async function readTruth(connection: DuckDBConnection, path: string): Promise<NamedTruth> {
  return reading(path, async (place) => {
    if (/\.parquet$/i.test(path))
      return (await truthOf(connection, `read_parquet(${fileArguments(path)})`, place)).truth
    if (!/\.csv(\.gz)?$/i.test(path))
      throw new TributaryError(
        'bad-argument',
        `the truth ${path} is neither a .csv, .csv.gz nor .parquet file; give a table of user, item and reward as one of them`,
      )
    const table = await csvTable(path, ['user', 'item', 'reward'], connection)
    const relation = `(SELECT "user", item, TRY_CAST(reward AS FLOAT) AS reward FROM ${table})`
    return (await truthOf(connection, relation, place)).truth
  })
}

/** Distinct names, which are left numbered in the table `truth_users` or `truth_items`. */
async function distinctOf(
  connection: DuckDBConnection,
  relation: string,
  kind: 'user' | 'item',
  place: string,
): Promise<string[]> {
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE truth_${kind}s AS
    SELECT name, CAST(row_number() OVER (ORDER BY name) - 1 AS INTEGER) AS id
    FROM (SELECT DISTINCT CAST(${identifier(kind)} AS VARCHAR) AS name FROM ${relation})`)
  const found = await rowsOf<{ name: string | null }>(
    connection,
    `SELECT ${guarded('name')} AS name FROM truth_${kind}s ORDER BY id`,
  )
  if (found.length === 0) throw new TributaryError('file-empty', `${place} has no rows; at least one is needed`)
  return found.map(({ name: cell }) => {
    const name = unguarded(cell)
    if (name !== null && name !== '') return name
    throw new TributaryError('bad-row', `${place}: a row names no ${kind}; every reward needs a user and an item`)
  })
}

async function factorsOf(connection: DuckDBConnection, relation: string, place: string): Promise<NamedTruth> {
  const names = { user: [] as string[], item: [] as string[] }
  const factors = { user: [] as number[], item: [] as number[] }
  let width: number | undefined
  const sql = `SELECT ${guarded('CAST("user" AS VARCHAR)')}, ${guarded('CAST(item AS VARCHAR)')}, CAST(factors AS FLOAT[]) FROM ${relation}`
  for await (const chunk of chunksOf(connection, sql)) {
    const [u, i, f] = [chunk.getColumnVector(0), chunk.getColumnVector(1), chunk.getColumnVector(2)]
    const { rowCount } = chunk
    for (let n = 0; n < rowCount; n++) {
      const [user, item] = [unguarded(u.getItem(n)), unguarded(i.getItem(n))]
      if ((user === null) === (item === null)) {
        const message = `${place}: a row of factors names ${user === null ? 'neither a user nor an item' : 'both a user and an item'}; it belongs to one of them`
        throw new TributaryError('bad-row', message)
      }
      const kind = user === null ? 'item' : 'user'
      const row = ((f.getItem(n) as DuckDBListValue | null)?.items ?? []) as (number | null)[]
      width ??= row.length
      if (row.length !== width || width === 0) {
        const message = `${place}: the ${kind} '${user ?? item}' has ${row.length} factors where ${width || 'at least one'} were expected`
        throw new TributaryError('bad-shape', message)
      }
      names[kind].push((user ?? item)!)
      for (const factor of row) factors[kind].push(factor ?? Number.NaN)
    }
  }
  if (width === undefined) throw new TributaryError('file-empty', `${place} has no rows; at least one is needed`)
  return { users: names.user, items: names.item, width, userFactors: factors.user, itemFactors: factors.item }
}
