import type { DuckDBConnection } from '@duckdb/node-api'
import { reading, rowsOf } from '../tables/duckdb.ts'
import { featuresOf } from '../tables/feature-file.ts'
import { csvTable, delimitedSource } from './delimited.ts'
import { KUAI_USER_COLUMNS, kuaiUsers } from './kuai.ts'
import { locate } from './published.ts'
import { constant, type PublishedSideData, type Reader } from './reader.ts'
import { truthOf } from './truth-file.ts'

const LOG = 'big_matrix.csv'
const TRUTH = 'small_matrix.csv'
const CATEGORIES = 'item_categories.csv'
const USERS = 'user_features.csv'

/** A watch ratio above it pays as much as this. */
const HIGHEST = 5

const find = (folder: string) => locate(folder, [LOG, TRUTH, CATEGORIES, USERS], ['data'])
const known = { user: ['user_id'], item: ['video_id'], timestamp: ['timestamp'], value: ['watch_ratio'] }

/**
 * KuaiRec (Gao et al., CIKM 2022): the log of 7,176 users of a short-video app, and 1,411 of them who watched nearly all of 3,327
 * videos. The log's value is the watch ratio as it stands; the truth is that of the small matrix, at most 5.
 */
export const kuairec: Reader = {
  name: 'kuairec',
  summary: `a folder with ${LOG}, ${TRUTH}, ${CATEGORIES} and ${USERS}, also in its folder data`,
  async source(file, options, connection) {
    const all = { ...options, domain: options.domain ?? 'videos' }
    const source = await delimitedSource(
      file,
      { delimiter: ',', quote: '"', header: 'first line', known },
      all,
      connection,
    )
    return { ...source, columns: { ...source.columns, part: constant('train') } }
  },
  folder: {
    logs: async (folder) => [(await find(folder)).get(LOG)!],
    async side(folder, connection) {
      const files = await find(folder)
      const items = await itemsOf(files.get(LOG)!, files.get(CATEGORIES)!, connection)
      const users = kuaiUsers(await csvTable(files.get(USERS)!, KUAI_USER_COLUMNS, connection))
      return {
        userFeatures: await reading(files.get(USERS)!, (file) => featuresOf(connection, 'user', users, file)),
        itemFeatures: await reading(files.get(CATEGORIES)!, (file) => featuresOf(connection, 'item', items, file)),
        ...(await reading(files.get(TRUTH)!, (file) => smallMatrix(file, connection))),
      }
    },
  },
}

/** Categories stand as `[27, 9]`; the log has the duration, in milliseconds. */
async function itemsOf(log: string, categories: string, connection: DuckDBConnection): Promise<string> {
  const listed = await csvTable(categories, ['video_id', 'feat'], connection)
  const watched = await csvTable(log, ['video_id', 'video_duration'], connection)
  return `(
    SELECT c.video_id AS item, regexp_extract_all(c.feat, '[0-9]+') AS category, d.duration
    FROM ${listed} c LEFT JOIN (
      SELECT video_id, avg(TRY_CAST(video_duration AS DOUBLE)) / 1000 AS duration FROM ${watched} GROUP BY video_id
    ) d USING (video_id))`
}

async function smallMatrix(file: string, connection: DuckDBConnection): Promise<PublishedSideData> {
  const table = await csvTable(file, ['user_id', 'video_id', 'watch_ratio'], connection)
  // Infinity is above every bound; only a ratio that is no number is unknown.
  const number = 'CAST(watch_ratio AS DOUBLE)'
  const ratio = `CASE WHEN NOT isnan(${number}) THEN least(${number}, ${HIGHEST}) END`
  const rows = `(SELECT user_id AS "user", video_id AS item, ${ratio} AS ratio FROM ${table})`
  const [found] = await rowsOf<{ mean: number | null; unknown: bigint }>(
    connection,
    `SELECT avg(ratio) AS mean, count(*) FILTER (WHERE ratio IS NULL) AS unknown FROM ${rows}`,
  )
  const { mean, unknown } = found
  const relation = `(SELECT "user", item, coalesce(ratio, ${mean ?? 'NULL'}) AS reward FROM ${rows})`
  const { truth, filled } = await truthOf(connection, relation, file, 0)
  const pairs = truth.users.length * truth.items.length
  const notes = [
    ...(filled > 0
      ? [`${filled} of the ${pairs} pairs of ${TRUTH} have no row and pay 0, as in the published environment`]
      : []),
    ...(unknown > 0n
      ? [`${unknown} pairs of ${TRUTH} have no watch ratio and pay the mean of the others, ${mean}`]
      : []),
  ]
  return { truth, notes }
}
