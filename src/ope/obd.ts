import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { TributaryError } from '../core/index.ts'
import {
  columnTypes,
  fileArguments,
  literal,
  missingColumn,
  readFailure,
  rowsOf,
  withDatabase,
} from '../data/tables/duckdb.ts'
import { type FolderKind, writeFolderAtomic } from '../files/index.ts'

type Policy = 'random' | 'bts'

export interface ObdReport {
  /** Of each log: its file, and what is in it. */
  readonly logs: readonly {
    readonly policy: Policy
    readonly file: string
    readonly rows: number
    readonly clicks: number
    readonly items: number
  }[]
  readonly domains: readonly string[]
}

export interface ObdOptions {
  readonly overwrite?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

const USED = ['timestamp', 'item_id', 'position', 'click', 'propensity_score'] as const
/** Rows that draw what an item is expected to earn at a position to the mean of all: clicks are rare. */
const SHRINKAGE = 500
/** Each row is asked of what the other parts taught. */
const FOLDS = 5

const OBD_FOLDER: FolderKind = {
  name: 'folder of logs of the Open Bandit Dataset',
  holds: /^(random|bts)\.parquet$/,
  is: async (folder) => await isFile(join(folder, 'bts.parquet')),
}

/**
 * The Open Bandit Dataset as two logs, each with what the policy of the other would have done: `random.parquet` with the column `bts`, and
 * `bts.parquet` with the column `random`. Thompson sampling learned as it went, and what it would have shown at a moment is not published,
 * so `bts` is the share of each item at a position over the whole time. No user is named: each row is one of its own.
 * @param folder as published, with `random/men/men.csv` and the like, or with `random.csv` and `bts.csv` themselves; also gzipped
 * @throws TributaryError `file-missing`, `file-damaged`, `bad-column`; `file-exists` and others as `writeFolderAtomic`
 */
export async function importObd(
  folder: string,
  out: string,
  { overwrite = false, signal }: ObdOptions = {},
): Promise<ObdReport> {
  const campaigns = await campaignsIn(folder)
  let logs: ObdReport['logs'] = []
  const fill = (temporary: string) =>
    withDatabase(
      ':memory:',
      async (connection) => {
        for (const policy of ['random', 'bts'] as const) {
          const rows: string[] = []
          for (const { domain, files } of campaigns) {
            const relation = `read_csv(${fileArguments(files[policy])}, header=true, all_varchar=true)`
            const types = await columnTypes(connection, relation, files[policy])
            for (const column of USED) if (!types.has(column)) throw missingColumn(files[policy], column, types)
            rows.push(`SELECT ${literal(domain)} AS domain, ${USED.join(', ')} FROM ${relation}`)
          }
          await connection.run(tablesOf(policy, rows.join(' UNION ALL '))).catch((error: unknown) => {
            throw readFailure(folder, error)
          })
        }
        const counts: ObdReport['logs'][number][] = []
        for (const [policy, other] of [
          ['random', 'bts'],
          ['bts', 'random'],
        ] as const) {
          await connection.run(
            `COPY (${logOf(policy, other)}) TO ${literal(join(temporary, `${policy}.parquet`))} (FORMAT parquet, COMPRESSION zstd)`,
          )
          const [counted] = await rowsOf<{ rows: number; clicks: number; items: number }>(
            connection,
            `SELECT CAST(count(*) AS DOUBLE) AS rows, sum(reward) AS clicks, CAST(count(DISTINCT item) AS DOUBLE) AS items FROM ${policy}`,
          )
          counts.push({ policy, file: join(out, `${policy}.parquet`), ...counted })
        }
        logs = counts
      },
      { signal },
    )
  await writeFolderAtomic(out, fill, { inputs: [folder], ...(overwrite && { replaces: OBD_FOLDER }) })
  return { logs, domains: campaigns.map(({ domain }) => domain) }
}

/** The log of a policy; what it showed at a position, each item as often as it did; and what each item earned there in the other parts. */
function tablesOf(policy: Policy, rows: string): string {
  return `
    CREATE TABLE ${policy} AS
      SELECT row_number() OVER () AS "user", domain, CAST("timestamp" AS TIMESTAMP) AS "time", item_id AS item,
        CAST("position" AS INTEGER) AS "position", CAST(propensity_score AS DOUBLE) AS propensity, CAST(click AS DOUBLE) AS reward,
        row_number() OVER () % ${FOLDS} AS part
      FROM (${rows});
    CREATE TABLE ${policy}_shows AS
      SELECT domain, "position", item, ${
        policy === 'random'
          ? // At random they are all as probable as one another.
            '1 / count(*) OVER (PARTITION BY domain, "position")'
          : 'count(*) / sum(count(*)) OVER (PARTITION BY domain, "position")'
      } AS probability
      FROM ${policy} GROUP BY domain, "position", item;
    CREATE TABLE ${policy}_earns AS
      WITH taught AS (
        SELECT asked.part, domain, "position", item, count(*) AS n, sum(reward) AS earned
        FROM ${policy} log JOIN range(${FOLDS}) asked(part) ON asked.part <> log.part GROUP BY ALL)
      SELECT part, domain, "position", item,
        (earned + ${SHRINKAGE} * (sum(earned) OVER place / sum(n) OVER place)) / (n + ${SHRINKAGE}) AS expected
      FROM taught WINDOW place AS (PARTITION BY part, domain, "position")`
}

/** What is not in the parts that teach is expected to earn what their items earn in the mean. */
function logOf(policy: Policy, other: Policy): string {
  const expected = (of: Policy) => `
    SELECT part, domain, "position", sum(probability * expected) / sum(probability) AS expected
    FROM ${policy}_earns JOIN ${of}_shows USING (domain, "position", item) GROUP BY ALL`
  return `
    WITH places AS (SELECT part, domain, "position", avg(expected) AS expected FROM ${policy}_earns GROUP BY ALL),
      other_expected AS (${expected(other)}), own_expected AS (${expected(policy)})
    SELECT "user", domain, "time", item, "position", propensity, reward,
      coalesce(shows.probability, 0) AS ${other},
      coalesce(earns.expected, places.expected) AS predicted,
      other_expected.expected AS ${other}_expected
      ${policy === 'random' ? ', own_expected.expected AS expected' : ''}
    FROM ${policy} JOIN places USING (part, domain, "position")
      LEFT JOIN ${other}_shows shows USING (domain, "position", item)
      LEFT JOIN ${policy}_earns earns USING (part, domain, "position", item)
      LEFT JOIN other_expected USING (part, domain, "position")
      LEFT JOIN own_expected USING (part, domain, "position")
    ORDER BY "user"`
}

interface Campaign {
  readonly domain: string
  readonly files: Readonly<Record<Policy, string>>
}

/** @throws TributaryError `file-missing` */
async function campaignsIn(folder: string): Promise<Campaign[]> {
  const both = async (domain: string, place: (policy: Policy) => string): Promise<Campaign[]> => {
    const [random, bts] = [await found(join(folder, place('random'))), await found(join(folder, place('bts')))]
    return random === undefined || bts === undefined ? [] : [{ domain, files: { random, bts } }]
  }
  const flat = await both(basename(resolve(folder)), (policy) => `${policy}.csv`)
  if (flat.length > 0) return flat
  const names = await readdir(join(folder, 'random')).catch(() => [])
  const campaigns = await Promise.all(
    names.sort().map((name) => both(name, (policy) => `${policy}/${name}/${name}.csv`)),
  )
  if (campaigns.flat().length > 0) return campaigns.flat()
  throw new TributaryError(
    'file-missing',
    `${folder} is no Open Bandit Dataset; it has random/CAMPAIGN/CAMPAIGN.csv and bts/CAMPAIGN/CAMPAIGN.csv as published, or random.csv and bts.csv`,
  )
}

/** The file, or the same gzipped. */
async function found(path: string): Promise<string | undefined> {
  for (const one of [path, `${path}.gz`]) if (await isFile(one)) return one
  return undefined
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}
