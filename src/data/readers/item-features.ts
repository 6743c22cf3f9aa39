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
    const selects = text
      ? (await typedColumns(connection, relation, others)).selects
      : others.map((name) => identifier(name))
    return featuresOf(
      connection,
      'item',
      `(SELECT ${identifier(item)} AS item, ${selects.join(', ')} FROM ${relation})`,
      place,
    )
  })
}

/** Of this many cells one may be no number, and the column is one of numbers. */
const CELLS_A_MISTAKE = 20

/**
 * Columns of text as features: numbers where cells are numbers, else labels with `|` between them, but of a `title`, which is one.
 * @returns an expression a column, under its name; and of a number the cells that are none
 */
export async function typedColumns(
  connection: DuckDBConnection,
  relation: string,
  names: readonly string[],
): Promise<{ selects: string[]; noNumber: number[] }> {
  const counts = names.flatMap((name, n) => {
    const cell = identifier(name)
    const numbers = `count(*) FILTER (WHERE isfinite(TRY_CAST(${cell} AS FLOAT)))`
    return [`CAST(count(${cell}) AS DOUBLE) AS cells${n}`, `CAST(${numbers} AS DOUBLE) AS numbers${n}`]
  })
  const [found] = await rowsOf<Record<string, number>>(connection, `SELECT ${counts.join(', ')} FROM ${relation}`)
  const columns = names.map((name, n) => {
    const cell = identifier(name)
    const [cells, numbers] = [found[`cells${n}`], found[`numbers${n}`]]
    if (name === TITLE) return { select: cell, noNumber: 0 }
    if (numbers > 0 && (cells - numbers) * CELLS_A_MISTAKE <= cells)
      return { select: `TRY_CAST(${cell} AS FLOAT) AS ${cell}`, noNumber: cells - numbers }
    return { select: `string_split(${cell}, ${literal(BETWEEN_LABELS)}) AS ${cell}`, noNumber: 0 }
  })
  return { selects: columns.map(({ select }) => select), noNumber: columns.map(({ noNumber }) => noNumber) }
}
