import { basename } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { chunksOf, reading } from '../tables/duckdb.ts'
import { featuresOf } from '../tables/feature-file.ts'
import { completeMatrix } from './completion.ts'
import { csvTable, delimitedSource } from './delimited.ts'
import { KUAI_USER_COLUMNS, kuaiUsers } from './kuai.ts'
import { locate } from './published.ts'
import { constant, type PublishedSideData, type Reader } from './reader.ts'

const LOG = 'log_standard_4_08_to_4_21_pure.csv'
const RANDOM = 'log_random_4_22_to_5_08_pure.csv'
const USERS = 'user_features_pure.csv'
const ITEMS = 'video_features_basic_pure.csv'

const find = (folder: string) => locate(folder, [LOG, RANDOM, USERS, ITEMS], ['data'])
const known = { user: ['user_id'], item: ['video_id'], timestamp: ['time_ms'], value: ['is_click'] }

/**
 * KuaiRand-Pure (Gao et al., CIKM 2022): the log of a recommender (train), and videos put at random into the same users' feeds (test).
 * The value is the click. The publisher gives no complete matrix: the truth is completed from the random exposures.
 */
export const kuairand: Reader = {
  name: 'kuairand',
  summary: `a folder with ${LOG}, ${RANDOM}, ${USERS} and ${ITEMS}, also in its folder data`,
  async source(file, options, connection) {
    const all = { ...options, domain: options.domain ?? 'videos' }
    const source = await delimitedSource(
      file,
      { delimiter: ',', quote: '"', header: 'first line', known },
      all,
      connection,
    )
    const part = basename(file).startsWith(RANDOM) ? 'test' : 'train'
    return { ...source, columns: { ...source.columns, part: constant(part) } }
  },
  folder: {
    async logs(folder) {
      const files = await find(folder)
      return [files.get(LOG)!, files.get(RANDOM)!]
    },
    async side(folder, connection) {
      const files = await find(folder)
      const users = kuaiUsers(await csvTable(files.get(USERS)!, KUAI_USER_COLUMNS, connection))
      const items = itemsOf(await csvTable(files.get(ITEMS)!, ['video_id', 'tag', 'video_duration'], connection))
      return {
        userFeatures: await reading(files.get(USERS)!, (file) => featuresOf(connection, 'user', users, file)),
        itemFeatures: await reading(files.get(ITEMS)!, (file) => featuresOf(connection, 'item', items, file)),
        ...(await reading(files.get(RANDOM)!, (file) => completed(file, connection))),
      }
    },
  },
}

/** Tags stand as `12,65`, durations in milliseconds. */
function itemsOf(table: string): string {
  return `(SELECT video_id AS item, regexp_extract_all(tag, '[0-9]+') AS category,
    CAST(video_duration AS DOUBLE) / 1000 AS duration FROM ${table})`
}

async function completed(file: string, connection: DuckDBConnection): Promise<PublishedSideData> {
  const users = new Map<string, number>()
  const items = new Map<string, number>()
  const idOf = (ids: Map<string, number>, name: string) => {
    const known = ids.get(name)
    if (known !== undefined) return known
    ids.set(name, ids.size)
    return ids.size - 1
  }
  const rows: number[] = []
  const columns: number[] = []
  const clicks: number[] = []
  const table = await csvTable(file, ['user_id', 'video_id', 'is_click'], connection)
  for await (const chunk of chunksOf(connection, `SELECT user_id, video_id, CAST(is_click AS FLOAT) FROM ${table}`)) {
    const [user, item, click] = [chunk.getColumnVector(0), chunk.getColumnVector(1), chunk.getColumnVector(2)]
    const { rowCount } = chunk
    for (let n = 0; n < rowCount; n++) {
      rows.push(idOf(users, user.getItem(n) as string))
      columns.push(idOf(items, item.getItem(n) as string))
      clicks.push(click.getItem(n) as number)
    }
  }
  const { width, rowFactors, columnFactors, ridge, heldOut } = completeMatrix({
    rows: users.size,
    columns: items.size,
    row: Int32Array.from(rows),
    column: Int32Array.from(columns),
    value: Float32Array.from(clicks),
  })
  const note =
    `the truth is completed from the ${clicks.length} random exposures (rank ${width - 2}, penalty ${ridge}); the held-out tenth that chose the penalty has an ` +
    `RMSE of ${heldOut.rmse.toFixed(4)}, ${heldOut.meanRmse.toFixed(4)} for the mean alone`
  const truth = {
    users: [...users.keys()],
    items: [...items.keys()],
    width,
    userFactors: rowFactors,
    itemFactors: columnFactors,
  }
  return { truth, notes: [note] }
}
