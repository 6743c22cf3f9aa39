import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { Dataset } from '../../core/index.ts'
import type { NamedSideData } from '../build/side-data.ts'
import { copyTruth, truthOf } from '../readers/truth-file.ts'
import { fileArguments, reading } from '../tables/duckdb.ts'
import { copyFeatures, featuresOf } from '../tables/feature-file.ts'

/** The files of a dataset folder that may be absent. */
export const SIDE_FILES = { users: 'users.parquet', items: 'items.parquet', truth: 'truth.parquet' } as const

/** Writes features and truth, where there are any. `users` and `items` are tables of `id` and `name` on the connection. */
export async function copySideDataToParquet(
  dataset: Dataset,
  connection: DuckDBConnection,
  folder: string,
): Promise<void> {
  const { userFeatures, itemFeatures, truth } = dataset
  if (userFeatures !== undefined) {
    await copyFeatures(connection, 'user', dataset.users.size, userFeatures, join(folder, SIDE_FILES.users))
  }
  if (itemFeatures !== undefined) {
    await copyFeatures(connection, 'item', dataset.items.size, itemFeatures, join(folder, SIDE_FILES.items))
  }
  if (truth !== undefined) await copyTruth(connection, truth, join(folder, SIDE_FILES.truth))
}

/** Reads what lies beside the log. `files` are paths by kind; a kind without files is absent. */
export async function readSideData(
  connection: DuckDBConnection,
  files: { readonly [kind in keyof typeof SIDE_FILES]: readonly string[] },
): Promise<NamedSideData> {
  const read = async <T>(
    paths: readonly string[],
    body: (relation: string, place: string) => Promise<T>,
  ): Promise<T | undefined> => {
    const [place] = paths
    if (place === undefined) return undefined
    return reading(place, () => body(`read_parquet(${fileArguments(...paths)})`, place))
  }
  return {
    userFeatures: await read(files.users, (relation, place) => featuresOf(connection, 'user', relation, place)),
    itemFeatures: await read(files.items, (relation, place) => featuresOf(connection, 'item', relation, place)),
    truth: await read(files.truth, async (relation, place) => (await truthOf(connection, relation, place)).truth),
  }
}
