import type { DuckDBConnection } from '@duckdb/node-api'
import { checkedBounds, type FilterBounds, type FilterReport, nothingLeft } from '../build/filter.ts'
import type { StoredRows } from '../store/rows.ts'
import { rowsOf } from '../tables/duckdb.ts'

/**
 * What `filterDataset` does, on rows that are not in memory: the rows that it would keep, numbered without gaps in their order. They
 * stay on the disk with what DuckDB does not hold of the counts.
 * @returns undefined where an item stands in two domains, which is refused by who numbers the rows
 * @throws TributaryError `bad-argument` for a bound below 1, `bad-dataset` when nothing is left
 */
export async function filterRows(
  connection: DuckDBConnection,
  name: string,
  rows: StoredRows,
  bounds: FilterBounds,
): Promise<{ rows: StoredRows; report: FilterReport } | undefined> {
  const { minItem, minUser } = checkedBounds(bounds)
  const twice = `SELECT 1 FROM ${rows.relation} GROUP BY item HAVING min("domain") <> max("domain") LIMIT 1`
  if ((await rowsOf(connection, twice)).length > 0) return undefined
  await connection.run(`CREATE OR REPLACE TABLE core AS SELECT * FROM ${rows.relation}`)
  const drop = async (column: string, least: number) => {
    const rare = `SELECT ${column} FROM core GROUP BY ${column} HAVING count(*) < ${least}`
    return (await connection.run(`DELETE FROM core WHERE ${column} IN (${rare})`)).rowsChanged
  }
  const [users, items] = [await distinct(connection, '"user"'), await distinct(connection, 'item')]
  let left = rows.count
  let rounds = 0
  for (let before = -1; before !== left; rounds++) {
    before = left
    left -= await drop('item', minItem)
    left -= await drop('"user"', minUser)
  }
  if (left === 0) throw nothingLeft(name, minItem, minUser)
  const removed = {
    interactions: rows.count - left,
    users: users - (await distinct(connection, '"user"')),
    items: items - (await distinct(connection, 'item')),
  }
  const report = { minItem, minUser, rounds, removed }
  if (left === rows.count) return { rows, report }
  await connection.run('CREATE OR REPLACE TABLE kept AS SELECT * EXCLUDE "row" FROM core ORDER BY "row"')
  await connection.run('DROP TABLE core')
  return { rows: { ...rows, relation: '(SELECT rowid AS "row", * FROM kept)', count: left }, report }
}

/** Grouped, since a count of distinct texts would have to have all of them in memory. */
async function distinct(connection: DuckDBConnection, column: string): Promise<number> {
  const [{ n }] = await rowsOf<{ n: bigint }>(
    connection,
    `SELECT count(*) AS n FROM (SELECT ${column} FROM core GROUP BY ${column})`,
  )
  return Number(n)
}
