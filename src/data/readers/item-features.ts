import type { DuckDBConnection } from '@duckdb/node-api'
import { listed, quoted, TITLE, TributaryError } from '../../core/index.ts'
import type { NamedFeature } from '../build/side-data.ts'
import { columnTypes, fileArguments, identifier, literal, reading, rowsOf } from '../tables/duckdb.ts'
import { featuresOf } from '../tables/feature-file.ts'
import { textTable } from './delimited.ts'
import { COMMON_NAMES } from './reader.ts'

/** MovieLens calls it so beside its ratings, too. */
const ITEM_COLUMNS = [...COMMON_NAMES.item, 'movieId']

/** Between labels in one cell of a text file. */
const BETWEEN_LABELS = '|'

/**
 * What is known of items from a table: a column that names the item, and one a feature. In text files a column of numbers alone is a
 * number, and `|` stands between the labels of any other, but of a `title`, which is one.
 * @param column that names the item; absent: the first that has a usual name
 * @throws TributaryError `bad-argument` for another kind of file; `bad-column` without an item or anything else; as `featuresOf`
 */
export async function readItemFeatures(
  connection: DuckDBConnection,
  path: string,
  column: string | undefined,
): Promise<NamedFeature[]> {
  return reading(path, async (place) => {
    const [, kind] = /\.(parquet|csv|tsv)(?:\.gz)?$/i.exec(path) ?? []
    if (kind === undefined)
      throw new TributaryError(
        'bad-argument',
        `the item features ${path} are neither a .csv, .tsv (also .gz) nor .parquet file; give a table of item and one column a feature as one of them`,
      )
    const text = kind.toLowerCase() !== 'parquet'
    const relation = text
      ? await textTable(path, kind.toLowerCase() === 'tsv' ? '\t' : ',', connection)
      : `read_parquet(${fileArguments(path)})`
    const columns = [...(await columnTypes(connection, relation, place)).keys()]
    const item = (column === undefined ? ITEM_COLUMNS : [column, ...ITEM_COLUMNS]).find((name) =>
      columns.includes(name),
    )
    if (item === undefined)
      throw new TributaryError(
        'bad-column',
        `${place} has no column for the item (looked for ${listed(column === undefined ? ITEM_COLUMNS : [column])}); rename one, or name it with --item (its columns: ${listed(columns)})`,
      )
    const others = columns.filter((name) => name !== item)
    if (others.length === 0)
      throw new TributaryError(
        'bad-column',
        `${place} has the column ${quoted(item)} alone; a feature needs one of its own`,
      )
    const selects = text ? await typedColumns(connection, relation, others) : others.map((name) => identifier(name))
    return featuresOf(
      connection,
      'item',
      `(SELECT ${identifier(item)} AS item, ${selects.join(', ')} FROM ${relation})`,
      place,
    )
  })
}

async function typedColumns(
  connection: DuckDBConnection,
  relation: string,
  names: readonly string[],
): Promise<string[]> {
  const numeric = names.map((name, n) => {
    const cell = identifier(name)
    return `(bool_and(${cell} IS NULL OR TRY_CAST(${cell} AS DOUBLE) IS NOT NULL) AND count(${cell}) > 0) AS n${n}`
  })
  const [numbers] = await rowsOf<Record<string, boolean>>(connection, `SELECT ${numeric.join(', ')} FROM ${relation}`)
  return names.map((name, n) => {
    const cell = identifier(name)
    if (name === TITLE) return cell
    if (numbers?.[`n${n}`] === true) return `TRY_CAST(${cell} AS FLOAT) AS ${cell}`
    return `string_split(${cell}, ${literal(BETWEEN_LABELS)}) AS ${cell}`
  })
}
