import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { DuckDBListValue } from '@duckdb/node-api'
import { quoted, TributaryError } from '../../core/index.ts'
import { readFileBytes } from '../../files/index.ts'
import {
  chunksOf,
  columnTypes,
  damaged,
  fileArguments,
  guarded,
  missingColumn,
  reading,
  unguarded,
  withDatabase,
} from '../tables/duckdb.ts'
import { writeParquet } from '../tables/write-parquet.ts'

/** What a language model, or anything else, makes of items, as numbers: alike items have alike vectors. */
export interface ItemVectors {
  /** SHA-256 of the file, which tells whether it is still the same. */
  readonly hash: string
  readonly width: number
  readonly byName: ReadonlyMap<string, Float32Array>
}

/**
 * Reads a table of `item` and `vector`, a list of numbers: a `.parquet` file, or `.jsonl` with an object a line.
 * @throws TributaryError `file-missing`; `bad-argument` for another kind of file; `bad-column`; `bad-row` for vectors of different lengths, an
 * item that stands twice, or what is no number; `file-empty`; `file-damaged`
 */
export async function readItemVectors(path: string): Promise<ItemVectors> {
  const [, kind] = /\.(parquet|jsonl|ndjson)$/i.exec(path) ?? []
  if (kind === undefined)
    throw new TributaryError(
      'bad-argument',
      `the vectors of items ${path} are neither a .parquet nor a .jsonl file; give a table of item and vector as one of them`,
    )
  const hash = createHash('sha256')
    .update(await readFileBytes(path))
    .digest('hex')
  const byName = kind.toLowerCase() === 'parquet' ? await fromParquet(path) : await fromLines(path)
  const [first] = byName.values()
  if (first === undefined) throw new TributaryError('file-empty', `${path} has no vector; at least one was expected`)
  for (const [item, vector] of byName) {
    if (vector.length !== first.length || vector.length === 0)
      throw badRow(
        path,
        item,
        `has ${vector.length} numbers and the first vector ${first.length}; all must have as many`,
      )
    if (!vector.every(Number.isFinite)) throw badRow(path, item, 'holds what is no finite number')
  }
  return { hash, width: first.length, byName }
}

function badRow(path: string, item: string, what: string): TributaryError {
  return new TributaryError('bad-row', `${path}: the vector of ${quoted(item)} ${what}`)
}

function put(path: string, byName: Map<string, Float32Array>, item: string, vector: Float32Array): void {
  if (byName.has(item)) throw badRow(path, item, 'stands there twice')
  byName.set(item, vector)
}

function fromParquet(path: string): Promise<Map<string, Float32Array>> {
  return withDatabase(':memory:', (connection) =>
    reading(path, async (place) => {
      const relation = `read_parquet(${fileArguments(path)})`
      const types = await columnTypes(connection, relation, place)
      for (const name of ['item', 'vector']) if (!types.has(name)) throw missingColumn(place, name, types)
      if (!/^(FLOAT|DOUBLE|DECIMAL.*)\[\d*\]$/.test(types.get('vector') ?? ''))
        throw new TributaryError(
          'bad-column',
          `${place}: the column 'vector' holds ${types.get('vector')}, not lists of numbers`,
        )
      const byName = new Map<string, Float32Array>()
      const rows = `SELECT ${guarded('CAST(item AS VARCHAR)')} AS item, CAST(vector AS FLOAT[]) AS vector FROM ${relation} WHERE item IS NOT NULL`
      for await (const chunk of chunksOf(connection, rows)) {
        const [items, vectors] = [chunk.getColumnVector(0), chunk.getColumnVector(1)]
        for (let row = 0; row < chunk.rowCount; row++) {
          const list = vectors.getItem(row) as DuckDBListValue | null
          const vector = Float32Array.from(list?.items ?? [], (value) => (value === null ? Number.NaN : Number(value)))
          put(path, byName, unguarded(items.getItem(row)) ?? '', vector)
        }
      }
      return byName
    }),
  )
}

async function fromLines(path: string): Promise<Map<string, Float32Array>> {
  const byName = new Map<string, Float32Array>()
  for (const [at, line] of (await readFile(path, 'utf8')).split('\n').entries()) {
    if (line.trim() === '') continue
    let row: unknown
    try {
      row = JSON.parse(line)
    } catch (error) {
      throw damaged(path, `line ${at + 1} is no JSON`, error)
    }
    const { item, vector } = (row ?? {}) as { item?: unknown; vector?: unknown }
    if (typeof item !== 'string' || !Array.isArray(vector))
      throw new TributaryError(
        'bad-row',
        `${path}, line ${at + 1}: a line must be {"item": "its name", "vector": [numbers]}`,
      )
    put(
      path,
      byName,
      item,
      Float32Array.from(vector, (value) => (typeof value === 'number' ? value : Number.NaN)),
    )
  }
  return byName
}

/**
 * Writes them as a Parquet file, whole or not at all.
 * @param vectors of the names, of one length
 * @throws TributaryError `file-exists`, `disk-full`
 */
export async function writeItemVectors(
  path: string,
  names: readonly string[],
  vectors: readonly Float32Array[],
): Promise<void> {
  await writeParquet(
    path,
    [
      { name: 'item', type: 'VARCHAR' },
      { name: 'vector', type: 'FLOAT[]' },
    ],
    [{ count: names.length, cells: [(row) => names[row], (row) => [...vectors[row]]] }],
  )
}
