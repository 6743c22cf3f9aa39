import type { DuckDBConnection } from '@duckdb/node-api'
import { quoted, TributaryError } from '../../core/index.ts'
import type { NamedFeature } from '../build/side-data.ts'
import { typedColumns } from '../readers/item-features.ts'
import type { ItemColumn } from '../readers/reader.ts'
import type { StoredRows } from '../store/rows.ts'
import { identifier, rowsOf } from '../tables/duckdb.ts'
import { featuresOf } from '../tables/feature-file.ts'

/** What was kept of a column that says what items are. */
export interface KeptItemColumn extends ItemColumn {
  readonly kind: 'labels' | 'number'
  /** Items that have it. */
  readonly items: number
  /** Items whose rows do not agree; of each the last row that has one counts. */
  readonly differing: number
  /** Of a number: items whose cell is none, and so unknown. */
  readonly noNumber: number
}

/**
 * Columns as `title,price`, or `title=product_name` where the feature has another name than the column.
 * @throws TributaryError `bad-argument` for one without a name, and a feature that stands twice
 */
export function parseItemColumns(text: string): ItemColumn[] {
  const columns = text.split(',').map((part): ItemColumn => {
    const at = part.indexOf('=')
    const name = (at === -1 ? part : part.slice(0, at)).trim()
    const column = at === -1 ? name : part.slice(at + 1).trim()
    if (name !== '' && column !== '') return { name, column }
    const message = `the columns ${quoted(text)} hold one without a name; write them as title,price or title=product_name`
    throw new TributaryError('bad-argument', message)
  })
  const twice = columns.find(({ name }, i) => columns.findIndex((other) => other.name === name) !== i)
  if (twice === undefined) return columns
  const message = `the feature ${quoted(twice.name)} stands twice in ${quoted(text)}; give each another name, as in title=product_name`
  throw new TributaryError('bad-argument', message)
}

/** The features of items from columns of the log: of each item what its last row says that says anything, by time and then by the order of the files. */
export async function describedItems(
  connection: DuckDBConnection,
  rows: StoredRows,
  columns: readonly ItemColumn[],
  place: string,
): Promise<{ features: readonly NamedFeature[]; kept: readonly KeptItemColumn[] }> {
  const last = rows.has.timestamp ? 'ROW(timestamp, "row")' : '"row"'
  const cells = columns.map(({ name }, i) => {
    const said = `FILTER (WHERE described${i} <> '')`
    return `arg_max(described${i}, ${last}) ${said} AS ${identifier(name)}, count(DISTINCT described${i}) ${said} > 1 AS differing${i}`
  })
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE described_items AS SELECT item, ${cells.join(', ')} FROM ${rows.relation} GROUP BY item`,
  )
  const names = columns.map(({ name }) => name)
  const { selects, noNumber } = await typedColumns(connection, 'described_items', names)
  const relation = `(SELECT item, ${selects.join(', ')} FROM described_items)`
  const features = await featuresOf(connection, 'item', relation, place)
  const counts = columns.map((_, i) => `CAST(count(*) FILTER (WHERE differing${i}) AS DOUBLE) AS n${i}`)
  const [differing] = await rowsOf<Record<string, number>>(
    connection,
    `SELECT ${counts.join(', ')} FROM described_items`,
  )
  const kept = columns.map((column, i): KeptItemColumn => {
    const { kind, of } = features[i]
    return { ...column, kind, items: of.size, differing: differing[`n${i}`], noNumber: noNumber[i] }
  })
  return { features, kept }
}
