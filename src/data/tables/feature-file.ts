import type { DuckDBConnection, DuckDBListValue } from '@duckdb/node-api'
import { type Feature, TributaryError } from '../../core/index.ts'
import type { NamedFeature } from '../build/side-data.ts'
import {
  append,
  type Cell,
  chunksOf,
  columnTypes,
  guarded,
  identifier,
  literal,
  missingColumn,
  unguarded,
} from './duckdb.ts'

/** Writes one row a user or item; `users` or `items` is a table of `id` and `name` on the connection. */
export async function copyFeatures(
  connection: DuckDBConnection,
  kind: 'user' | 'item',
  entities: number,
  features: readonly Feature[],
  path: string,
): Promise<void> {
  const columns = features.map((feature, f) => ({
    name: `f${f}`,
    type: feature.kind === 'number' ? ('FLOAT' as const) : ('VARCHAR[]' as const),
    cell: cellOf(feature),
  }))
  const first = kind === 'user' ? 0 : 1
  await connection.run(
    `CREATE TABLE ${kind}_features (id INTEGER ${columns.map(({ name, type }) => `, ${name} ${type}`).join('')})`,
  )
  const types = ['INTEGER' as const, ...columns.map(({ type }) => type)]
  await append(connection, `${kind}_features`, types, entities - first, [
    (row) => row + first,
    ...columns.map(
      ({ cell }) =>
        (row: number) =>
          cell(row + first),
    ),
  ])
  const named = features.map(({ name }, f) => `, f.f${f} AS ${identifier(name)}`)
  await connection.run(`
    COPY (SELECT e.name AS ${identifier(kind)} ${named.join('')} FROM ${kind}_features f JOIN ${kind}s e USING (id) ORDER BY id)
    TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`)
}

function cellOf(feature: Feature): (entity: number) => Cell {
  if (feature.kind === 'number') {
    return (entity) => (Number.isNaN(feature.values[entity]) ? null : feature.values[entity])
  }
  const { labels, start, ids } = feature
  return (entity) => Array.from(ids.subarray(start[entity], start[entity + 1]), (id) => labels[id])
}

/**
 * Features from a table expression: the column `user` or `item`, and one column a feature. Texts, booleans and lists are labels,
 * numbers are numbers.
 * @param place what the messages call it
 * @throws TributaryError `bad-column` for a missing key or a type that is neither; `bad-row` for an entity that stands twice
 */
export async function featuresOf(
  connection: DuckDBConnection,
  kind: 'user' | 'item',
  relation: string,
  place: string,
): Promise<NamedFeature[]> {
  const columns = await columnTypes(connection, relation, place)
  if (!columns.has(kind)) throw missingColumn(place, kind, columns)
  columns.delete(kind)
  const selects: string[] = []
  const features = [...columns].map(
    ([name, type]): { feature: NamedFeature; add(entity: string, cell: unknown): void } => {
      const list = type.endsWith('[]')
      const element = list ? type.slice(0, -2) : type
      if (!list && /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)/.test(type)) {
        selects.push(`CAST(${identifier(name)} AS FLOAT)`)
        const of = new Map<string, number>()
        const add = (entity: string, cell: unknown) => {
          if (typeof cell === 'number' && Number.isFinite(cell)) of.set(entity, cell)
        }
        return { feature: { name, kind: 'number', of }, add }
      }
      if (!/^(VARCHAR|BOOLEAN|ENUM|U?(TINY|SMALL|BIG)?INT|U?INTEGER)/.test(element)) {
        const message = `${place}: the feature '${name}' has the type ${type}; texts, lists of texts, booleans and numbers are features`
        throw new TributaryError('bad-column', message)
      }
      selects.push(list ? `CAST(${identifier(name)} AS VARCHAR[])` : `[CAST(${identifier(name)} AS VARCHAR)]`)
      const of = new Map<string, string[]>()
      const add = (entity: string, cell: unknown) => {
        const labels = ((cell as DuckDBListValue | null)?.items ?? []).filter((label) => label !== null && label !== '')
        if (labels.length > 0) of.set(entity, labels as string[])
      }
      return { feature: { name, kind: 'labels', of }, add }
    },
  )
  const seen = new Set<string>()
  const sql = `SELECT ${guarded(`CAST(${identifier(kind)} AS VARCHAR)`)} ${selects.map((select) => `, ${select}`).join('')} FROM ${relation}`
  for await (const chunk of chunksOf(connection, sql)) {
    const keys = chunk.getColumnVector(0)
    const vectors = features.map((_, f) => chunk.getColumnVector(f + 1))
    const { rowCount } = chunk
    for (let row = 0; row < rowCount; row++) {
      const entity = unguarded(keys.getItem(row))
      if (entity === null || entity === '') {
        throw new TributaryError('bad-row', `${place}: a row names no ${kind}; every row of features needs one`)
      }
      if (seen.has(entity)) {
        throw new TributaryError(
          'bad-row',
          `${place}: the ${kind} '${entity}' stands twice; one row a ${kind} is needed`,
        )
      }
      seen.add(entity)
      for (const [f, { add }] of features.entries()) add(entity, vectors[f].getItem(row))
    }
  }
  return features.map(({ feature }) => feature)
}
