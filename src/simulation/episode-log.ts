import { rename, rm } from 'node:fs/promises'
import { type Dataset, type Policy, TributaryError } from '../core/index.ts'
import {
  append,
  columnTypes,
  fileArguments,
  literal,
  missingColumn,
  reading,
  rowsOf,
  withDatabase,
} from '../data/tables/duckdb.ts'
import { unfinishedBeside } from '../files/atomic.ts'
import { type Environment, MODES, type Mode, type Played, type ReplayOptions, replay } from '../rl/index.ts'

/** Episodes with how probable each recommendation was, by which another policy can be judged. */
export interface EpisodeLog extends Played {
  readonly mode: Mode
  /** Of what may be recommended. */
  readonly domain: number
  /** How probable each recommendation was, given those before it; 0 after the end. [E × maxLength] */
  readonly propensities: Float64Array
}

/**
 * Adds to episodes that a policy played how probable it made each recommendation.
 * @throws TributaryError as `replay`
 */
export async function episodeLog(
  policy: Policy,
  { dataset, domain }: Pick<Environment, 'dataset' | 'domain'>,
  played: Played,
  options: ReplayOptions,
): Promise<EpisodeLog> {
  const { users, lengths, maxLength, items, rewards } = played
  const propensities = new Float64Array(items.length)
  await replay(policy, { dataset, domain }, played, options, ({ episode, turn, probabilities, taken }) => {
    propensities[episode * maxLength + turn] = probabilities[taken]
  })
  return { mode: options.mode, domain, users, lengths, maxLength, items, rewards, propensities }
}

/**
 * Writes episodes as a table, whole or not at all: a row a turn, `list` is the episode and `rank` the turn, from 1.
 * @throws TributaryError `disk-full`, `file-missing`
 */
export async function writeEpisodeLog(path: string, log: EpisodeLog, dataset: Dataset): Promise<void> {
  const { users, lengths, maxLength, items, rewards, propensities, mode, domain } = log
  const cells = Int32Array.from(turnsOf(lengths, maxLength))
  const episodeOf = (row: number) => Math.floor(cells[row] / maxLength)
  const temporary = unfinishedBeside(path)
  try {
    await withDatabase(':memory:', async (connection) => {
      await connection.run(`CREATE TABLE turns
        (place INTEGER, list INTEGER, rank INTEGER, "user" VARCHAR, item VARCHAR, reward DOUBLE, propensity DOUBLE)`)
      await append(
        connection,
        'turns',
        ['INTEGER', 'INTEGER', 'INTEGER', 'VARCHAR', 'VARCHAR', 'DOUBLE', 'DOUBLE'],
        cells.length,
        [
          (row) => row,
          episodeOf,
          (row) => (cells[row] % maxLength) + 1,
          (row) => dataset.users.name(users[episodeOf(row)]),
          (row) => dataset.items.name(items[cells[row]]),
          (row) => rewards[cells[row]],
          (row) => propensities[cells[row]],
        ],
      )
      await connection.run(`
        COPY (SELECT * EXCLUDE (place), ${literal(mode)} AS mode, ${literal(dataset.domains[domain])} AS "domain" FROM turns ORDER BY place)
        TO ${literal(temporary)} (FORMAT parquet, COMPRESSION zstd)`)
    })
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** Where each turn stands in [E × maxLength], episode by episode. */
export function* turnsOf(lengths: Int32Array, maxLength: number): Generator<number> {
  for (const [episode, length] of lengths.entries())
    for (let turn = 0; turn < length; turn++) yield episode * maxLength + turn
}

interface Row {
  readonly list: string
  readonly user: string
  readonly item: string
  readonly reward: number | null
  readonly propensity: number | null
  readonly mode: string
  readonly domain: string
}

/**
 * Reads what `writeEpisodeLog` wrote, or a table like it: `list`, `rank`, `user`, `item`, `reward`, `propensity`; `mode` (default `free`)
 * and `domain` where there are several. Names are those of the dataset.
 * @throws TributaryError `bad-column`, `bad-row` for what the dataset does not know or what is no number, `file-empty`, `file-damaged`
 */
export async function readEpisodeLog(path: string, dataset: Dataset): Promise<EpisodeLog> {
  const rows = await reading(path, (file) =>
    withDatabase(':memory:', async (connection) => {
      const relation = `read_parquet(${fileArguments(file)}, file_row_number=true)`
      const columns = await columnTypes(connection, relation, file)
      for (const name of ['list', 'rank', 'user', 'item', 'reward', 'propensity'])
        if (!columns.has(name)) throw missingColumn(file, name, columns)
      const mode = columns.has('mode') ? 'CAST(mode AS VARCHAR)' : "'free'"
      const domain = columns.has('domain') ? 'CAST("domain" AS VARCHAR)' : literal(dataset.domains[0])
      return await rowsOf<Row>(
        connection,
        `SELECT CAST(list AS VARCHAR) AS list, CAST("user" AS VARCHAR) AS "user", CAST(item AS VARCHAR) AS item,
          CAST(reward AS DOUBLE) AS reward, CAST(propensity AS DOUBLE) AS propensity, ${mode} AS mode, ${domain} AS "domain"
         FROM ${relation} ORDER BY min(file_row_number) OVER (PARTITION BY list), rank`,
      )
    }),
  )
  if (rows.length === 0) throw new TributaryError('file-empty', `${path} has no turn of any episode`)
  return assembled(path, rows, dataset)
}

function assembled(path: string, rows: readonly Row[], dataset: Dataset): EpisodeLog {
  const bad = (row: number, what: string) => new TributaryError('bad-row', `${path}: turn ${row + 1} ${what}`)
  const [first] = rows
  const mode = MODES.find((one) => one === first.mode)
  const domain = dataset.domains.indexOf(first.domain)
  if (mode === undefined) throw bad(0, `is of the mode '${first.mode}'; there are ${MODES.join(', ')}`)
  if (domain === -1) throw bad(0, `is of the domain '${first.domain}', which '${dataset.name}' does not have`)
  const starts: number[] = []
  for (const [row, { list, mode, domain }] of rows.entries()) {
    if (row === 0 || list !== rows[row - 1].list) starts.push(row)
    if (mode !== first.mode || domain !== first.domain)
      throw bad(
        row,
        `is of ${mode} in '${domain}', and the first of ${first.mode} in '${first.domain}'; give one file each`,
      )
  }
  const lengths = Int32Array.from(starts, (start, episode) => (starts[episode + 1] ?? rows.length) - start)
  const maxLength = lengths.reduce((a, b) => Math.max(a, b))
  const log = {
    mode,
    domain,
    users: new Int32Array(starts.length),
    lengths,
    maxLength,
    items: new Int32Array(starts.length * maxLength),
    rewards: new Float32Array(starts.length * maxLength),
    propensities: new Float64Array(starts.length * maxLength),
  }
  for (const [episode, start] of starts.entries())
    for (let turn = 0; turn < lengths[episode]; turn++) {
      const { user, item, reward, propensity } = rows[start + turn]
      const [userId, itemId] = [dataset.users.id(user), dataset.items.id(item)]
      if (userId === undefined)
        throw bad(start + turn, `is of the user '${user}', whom '${dataset.name}' does not know`)
      if (itemId === undefined) throw bad(start + turn, `recommends '${item}', which '${dataset.name}' does not know`)
      if (reward === null || propensity === null) throw bad(start + turn, 'has no reward or no propensity')
      log.users[episode] = userId
      log.items[episode * maxLength + turn] = itemId
      log.rewards[episode * maxLength + turn] = reward
      log.propensities[episode * maxLength + turn] = propensity
    }
  return log
}
