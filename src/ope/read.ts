import { stat } from 'node:fs/promises'
import { quoted, TributaryError } from '../core/index.ts'
import {
  chunksOf,
  columnTypes,
  fileArguments,
  identifier,
  missingColumn,
  readFailure,
  rowsOf,
  withDatabase,
} from '../data/tables/duckdb.ts'
import type { Logged, Target } from './logged.ts'

export interface ReadOptions {
  /** Columns of the policies that are asked about. */
  readonly policies: readonly string[]
  /** The column of what was earned. */
  readonly reward: string
  /** The column by which answers are split. Default `domain`, where there is one. */
  readonly per?: string | undefined
  /** Milliseconds since 1970. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Columns of numbers that a log may have, a step a row, by the name that they have in a table. */
const OF_LOG = {
  predicted: 'predicted',
  expected: 'expected',
  mixture: 'mixture',
  groupPropensities: 'group_propensity',
  rankPropensities: 'rank_propensity',
  sums: 'propensity_sum',
} as const

/** The same of a policy, by what follows its name. */
const OF_POLICY = {
  expected: '_expected',
  groupProbabilities: '_group',
  rankProbabilities: '_rank',
  unsupported: '_unsupported',
} as const

/**
 * A log in a table of columns, a row for each item that was shown: `user`, `propensity`, the reward, a column a policy with its
 * probability of that item; and where there are any `domain`, `time`, `item`, `logger`, `list` with `rank`, and columns of a reward model.
 * @param file Parquet, CSV, TSV or JSON lines, also compressed
 * @throws TributaryError `file-missing`, `file-empty`, `file-damaged`, `bad-column`, `bad-row`
 */
export async function readColumns(
  file: string,
  options: ReadOptions,
): Promise<{ readonly logged: Logged; readonly targets: readonly Target[] }> {
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isFile) throw new TributaryError('file-missing', `cannot read ${file}: there is no such file`)
  return await withDatabase(
    ':memory:',
    async (connection) => {
      const relation = relationOf(file)
      const types = await columnTypes(connection, relation, file)
      const { per = 'domain' } = options
      const needed = ['user', 'propensity', options.reward, ...options.policies, ...(per === 'domain' ? [] : [per])]
      if (types.has('list')) needed.push('rank')
      for (const name of needed) if (!types.has(name)) throw missingColumn(file, name, types)
      const there = (name: string) => types.has(name)
      const number = (name: string) => `COALESCE(TRY_CAST(${identifier(name)} AS DOUBLE), 'NaN'::DOUBLE)`
      const text = (name: string) => `CAST(${identifier(name)} AS VARCHAR)`
      const numbers = [
        options.reward,
        'propensity',
        ...Object.values(OF_LOG).filter(there),
        ...options.policies.flatMap((policy) => [
          policy,
          ...Object.values(OF_POLICY)
            .map((suffix) => policy + suffix)
            .filter(there),
        ]),
        ...(there('list') ? ['rank'] : []),
      ]
      const names = ['user', per, 'item', 'logger', 'list'].filter(there)
      const time = there('time') ? millisecondsOf('time', types.get('time')!) : undefined
      const within = [
        ...(options.since === undefined ? [] : [`${time} >= ${options.since}`]),
        ...(options.until === undefined ? [] : [`${time} < ${options.until}`]),
      ]
      if (within.length > 0 && time === undefined) throw missingColumn(file, 'time', types)
      const where = within.length > 0 ? ` WHERE ${within.join(' AND ')}` : ''
      const rowName = namerOfRows(where === '' && !there('list'))
      const order = there('list') ? ` ORDER BY ${text('list')}, ${number('rank')}` : ''
      try {
        const [{ rows }] = await rowsOf<{ rows: number }>(
          connection,
          `SELECT CAST(count(*) AS DOUBLE) AS rows FROM ${relation}${where}`,
        )
        if (rows === 0)
          throw new TributaryError('file-empty', `${file} has no row${where && ' within --since and --until'}`)
        const columns = numbers.map(() => new Float64Array(rows))
        const times = time === undefined ? undefined : new Float64Array(rows)
        const ids = names.map(() => ({ of: new Map<string, number>(), column: new Int32Array(rows) }))
        const selected = [...numbers.map(number), ...(time === undefined ? [] : [time]), ...names.map(text)]
        let first = 0
        for await (const chunk of chunksOf(
          connection,
          `SELECT ${selected.join(', ')} FROM ${relation}${where}${order}`,
        )) {
          options.signal?.throwIfAborted()
          const count = chunk.rowCount
          for (const [c, column] of [...columns, ...(times === undefined ? [] : [times])].entries()) {
            const vector = chunk.getColumnVector(c)
            for (let row = 0; row < count; row++) column[first + row] = vector.getItem(row) as number
          }
          for (const [c, { of, column }] of ids.entries()) {
            const vector = chunk.getColumnVector(selected.length - names.length + c)
            for (let row = 0; row < count; row++) {
              const name = vector.getItem(row) as string | null
              if (name === null)
                throw new TributaryError('bad-row', `${file}: ${rowName(first + row)} has no ${names[c]}`)
              if (!of.has(name)) of.set(name, of.size)
              column[first + row] = of.get(name) as number
            }
          }
          first += count
        }
        return assembled(file, options, { numbers, columns, times, names, ids, rows, rowName })
      } catch (error) {
        throw readFailure(file, error)
      }
    },
    { signal: options.signal },
  )
}

interface Read {
  readonly numbers: readonly string[]
  readonly columns: readonly Float64Array[]
  readonly times: Float64Array | undefined
  readonly names: readonly string[]
  readonly ids: readonly { readonly of: ReadonlyMap<string, number>; readonly column: Int32Array }[]
  readonly rows: number
  readonly rowName: (row: number) => string
}

function assembled(file: string, { policies, reward, per = 'domain' }: ReadOptions, read: Read) {
  const { numbers, columns, names, ids, rows, rowName } = read
  const at = (name: string) => columns[numbers.indexOf(name)] as Float64Array | undefined
  const named = (name: string) => (names.includes(name) ? ids[names.indexOf(name)] : undefined)
  const rewards = at(reward) as Float64Array
  const refuse = (name: string, column: Float64Array | undefined, advice = '') => {
    const row = column?.findIndex((value) => !Number.isFinite(value)) ?? -1
    if (row < 0) return
    throw new TributaryError('bad-row', `${file}: ${rowName(row)} has no number in the column ${quoted(name)}${advice}`)
  }
  refuse(reward, rewards, '; what earned nothing has 0')
  refuse('time', read.times, '; it takes a time, or milliseconds since 1970')
  // Of probabilities of what was shown, a check of the evaluation says how many are none.
  const checked = ['propensity', 'propensity_sum', 'mixture', ...policies]
  for (const [place, name] of numbers.entries()) if (!checked.includes(name)) refuse(name, columns[place])
  for (const name of [OF_LOG.groupPropensities, OF_LOG.rankPropensities])
    if (at(name)?.some((value) => !(value > 0 && value <= 1)))
      throw new TributaryError(
        'bad-row',
        `${file}: a row has no probability above 0 and up to 1 in the column '${name}'`,
      )
  // Rows of a list stand together, so its first row says when it was and whose it is.
  const starts = startsOf(named('list')?.column)
  const users = named('user')!.column
  const ranks = at('rank')
  const same = ['user', per, 'logger'].flatMap((name) =>
    names.includes(name) ? [[name, named(name)!.column] as const] : [],
  )
  for (let row = 1, list = 1; starts !== undefined && row < rows; row++)
    if (row === starts[list]) list++
    else {
      for (const [name, column] of same)
        if (column[row] !== column[row - 1])
          throw new TributaryError(
            'bad-row',
            `${file}: a list has several values of ${quoted(name)}; each needs a list of its own`,
          )
      if (ranks?.[row] === ranks?.[row - 1])
        throw new TributaryError(
          'bad-row',
          `${file}: a list has rank ${ranks?.[row]} twice; each of its rows needs its own`,
        )
    }
  const units = starts === undefined ? rows : starts.length - 1
  const firstOf = <T extends Int32Array | Float64Array>(column: T): T =>
    starts === undefined ? column : (column.slice(0, units).map((_, unit) => column[starts[unit]]) as T)
  const domains = named(per)
  const loggers = named('logger')
  const items = named('item')
  const logged: Logged = {
    units,
    users: firstOf(users),
    domains: domains === undefined ? new Int32Array(units) : firstOf(domains.column),
    domainNames: domains === undefined ? ['all'] : [...domains.of.keys()],
    ...(read.times && { times: firstOf(read.times) }),
    ...(loggers && { loggers: firstOf(loggers.column) }),
    ...(starts && { starts }),
    ...(items && { items: items.column }),
    rewards,
    propensities: at('propensity') as Float64Array,
    ...known(OF_LOG, at),
  }
  const targets = policies.map(
    (name): Target => ({
      name,
      probabilities: at(name) as Float64Array,
      ...known(OF_POLICY, (suffix) => at(name + suffix)),
    }),
  )
  return { logged, targets }
}

/** Of the columns that there are, those of these names. */
function known<K extends string>(
  columns: Readonly<Record<K, string>>,
  at: (name: string) => Float64Array | undefined,
): Partial<Record<K, Float64Array>> {
  const found: Partial<Record<K, Float64Array>> = {}
  for (const key of Object.keys(columns) as K[]) {
    const column = at(columns[key])
    if (column !== undefined) found[key] = column
  }
  return found
}

/** Where each list begins, and where the last one ends; of rows in the order of their lists. */
function startsOf(lists: Int32Array | undefined): Int32Array | undefined {
  if (lists === undefined) return undefined
  const starts = [0]
  for (let row = 1; row < lists.length; row++) if (lists[row] !== lists[row - 1]) starts.push(row)
  return Int32Array.from([...starts, lists.length])
}

/** Rows of lists are sorted, and rows of a time are some of all: only else is a row's number that of the file. */
function namerOfRows(asInFile: boolean): (row: number) => string {
  return (row) => (asInFile ? `row ${row + 1}` : 'a row')
}

function relationOf(file: string): string {
  const rows = fileArguments(file)
  if (/\.parquet$/i.test(file)) return `read_parquet(${rows})`
  if (/\.(jsonl|ndjson)(\.gz|\.zst)?$/i.test(file)) return `read_json(${rows}, format='newline_delimited')`
  if (/\.(csv|tsv)(\.gz|\.zst)?$/i.test(file)) return `read_csv(${rows}, header=true)`
  throw new TributaryError(
    'bad-argument',
    `cannot read ${quoted(file)} as a log; give a table that ends in .parquet, .csv, .tsv or .jsonl, or a store such as sqlite:tributary.db`,
  )
}

/** Milliseconds since 1970, of a time or of their number. */
function millisecondsOf(name: string, type: string): string {
  const column = identifier(name)
  const time = /^(TIMESTAMP|DATE)/.test(type)
    ? `epoch_ms(CAST(${column} AS TIMESTAMP))`
    : type === 'VARCHAR'
      ? `COALESCE(TRY_CAST(${column} AS DOUBLE), epoch_ms(TRY_CAST(${column} AS TIMESTAMP)))`
      : column
  return `COALESCE(TRY_CAST(${time} AS DOUBLE), 'NaN'::DOUBLE)`
}
