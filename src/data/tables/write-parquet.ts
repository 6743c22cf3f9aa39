import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFileBytes, writeFileAtomic } from '../../files/index.ts'
import { append, type Cell, type ColumnType, identifier, literal, withDatabase } from './duckdb.ts'

/** A column of a Parquet file. */
export interface WrittenColumn {
  readonly name: string
  readonly type: ColumnType
  /** An expression of SQL in place of the column as it is. */
  readonly as?: string | undefined
}

/** Rows that are written together: so many, and a cell of each by column. */
export interface WrittenRows {
  readonly count: number
  readonly cells: readonly ((row: number) => Cell)[]
}

/**
 * Writes rows as a Parquet file in the order in which they come, whole or not at all. The same rows make the same bytes. They wait on
 * the disk until the last has come; then the file itself is in memory once.
 * @throws TributaryError `disk-full`, `interrupted`
 */
export async function writeParquet(
  path: string,
  columns: readonly WrittenColumn[],
  blocks: Iterable<WrittenRows> | AsyncIterable<WrittenRows>,
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'tributary-parquet-'))
  try {
    const file = join(scratch, 'rows.parquet')
    const write = async (connection: Parameters<Parameters<typeof withDatabase>[1]>[0]) => {
      const declared = columns.map(({ name, type }) => `${identifier(name)} ${type}`)
      await connection.run(`CREATE TABLE rows (${declared.join(', ')})`)
      const types = columns.map(({ type }) => type)
      for await (const { count, cells } of blocks) await append(connection, 'rows', types, count, cells)
      const selected = columns.map(({ name, as = identifier(name) }) => `${as} AS ${identifier(name)}`)
      await connection.run(
        `COPY (SELECT ${selected.join(', ')} FROM rows) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`,
      )
    }
    // Several threads would share the rows out as they come.
    await withDatabase(join(scratch, 'rows.duckdb'), write, { threads: 1 })
    await writeFileAtomic(path, await readFileBytes(file))
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
