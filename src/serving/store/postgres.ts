import pg from 'pg'
import { TributaryError } from '../../core/index.ts'
import { type Change, steps } from './changes.ts'
import type { Database, EachStatement, Row, Statement, Steps, Value } from './database.ts'
import { forPostgres, migrationsAfter } from './migrations.ts'

/** Where the tables are, unless the URL says `?schema=`: apart from those of a product in the same database. */
const SCHEMA = 'tributary'
const CONNECTIONS = 8
/** Milliseconds. */
const PATIENCE = { connect: 5_000, lock: 5_000, answer: 30_000 }

/** A database that many processes share. Each writes over one connection at a time, and one transaction is under way among all of them. */
export class PostgresDatabase implements Database {
  readonly #pool: pg.Pool
  readonly #name: string

  private constructor(pool: pg.Pool, name: string) {
    this.#pool = pool
    this.#name = name
    // A connection that breaks while it is idle; who asks next gets a new one.
    pool.on('error', () => undefined)
  }

  /**
   * @param url of Postgres, with `?schema=` for tables elsewhere than in the schema `tributary`
   * @throws TributaryError `store-failed`
   */
  static async open(url: string): Promise<PostgresDatabase> {
    const parsed = new URL(url)
    const schema = parsed.searchParams.get('schema') ?? SCHEMA
    parsed.searchParams.delete('schema')
    const name = `the store postgres://${parsed.host}${parsed.pathname}`
    const pool = new pg.Pool({
      connectionString: parsed.href,
      max: CONNECTIONS,
      connectionTimeoutMillis: PATIENCE.connect,
      query_timeout: PATIENCE.answer,
      keepAlive: true,
      allowExitOnIdle: true,
      application_name: 'tributary',
      types: { getTypeParser },
      options: `-c search_path=${pg.escapeIdentifier(schema)} -c lock_timeout=${PATIENCE.lock}`,
    })
    const database = new PostgresDatabase(pool, name)
    try {
      await database.#within((client) => migrate(client, schema, name))
    } catch (error) {
      await pool.end()
      throw error
    }
    return database
  }

  async read(statement: Statement): Promise<readonly Row[]> {
    try {
      return (await this.#pool.query(forPg(statement))).rows
    } catch (error) {
      throw postgresError(this.#name, error)
    }
  }

  write(changes: readonly Change[]): Promise<readonly unknown[]> {
    return this.#within(async (client) => {
      const results: unknown[] = []
      for (const change of changes) results.push(await perform(client, steps(change)))
      return results
    })
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  /** All of it or nothing; nobody else writes meanwhile, in whatever process. */
  async #within<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient | undefined
    let broken: Error | undefined
    const onError = (error: Error): void => {
      broken = error
    }
    try {
      client = await this.#pool.connect()
      client.on('error', onError)
      await client.query('BEGIN')
      // An answer follows a commit that is on the disk, whatever the server does for others.
      await client.query(
        `SELECT pg_advisory_xact_lock(hashtext(current_setting('search_path')), 7412), set_config('synchronous_commit', 'on', true)`,
      )
      const result = await work(client)
      await client.query('COMMIT')
      return result
    } catch (error) {
      await client?.query('ROLLBACK').catch((again: Error) => {
        broken ??= again
      })
      throw postgresError(this.#name, error)
    } finally {
      client?.off('error', onError)
      client?.release(broken)
    }
  }
}

async function migrate(client: pg.PoolClient, schema: string, name: string): Promise<void> {
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${pg.escapeIdentifier(schema)}`)
  const tables = await client.query('SELECT tablename AS name FROM pg_tables WHERE schemaname = $1', [schema])
  const isStore = tables.rows.some((row) => row.name === 'migrations')
  const versions = isStore ? await client.query('SELECT MAX(version) AS version FROM migrations') : undefined
  const version = versions === undefined ? (tables.rows.length === 0 ? 0 : undefined) : Number(versions.rows[0].version)
  const missing = migrationsAfter(version, name)
  if (!isStore) await client.query('CREATE TABLE migrations (version BIGINT PRIMARY KEY, applied BIGINT NOT NULL)')
  for (const [i, step] of missing.entries()) {
    await client.query(forPostgres(step))
    await client.query('INSERT INTO migrations VALUES ($1, $2)', [(version ?? 0) + i + 1, Date.now()])
  }
}

async function perform(client: pg.PoolClient, change: Steps<unknown>): Promise<unknown> {
  let next = change.next([])
  while (next.done !== true) next = change.next((await client.query(forPg(next.value))).rows as Row[])
  return next.value
}

const prepared = new Map<string, string>()

/** With `$1` for `?1`; of rows, each column goes as an array. */
function forPg(statement: Statement | EachStatement): pg.QueryConfig {
  if ('values' in statement) {
    const text = prepared.get(statement.sql) ?? statement.sql.replaceAll(/\?(\d+)/g, '$$$1')
    prepared.set(statement.sql, text)
    return { text, values: [...statement.values] }
  }
  const { sql, types, rows } = statement
  let text = prepared.get(sql)
  if (text === undefined) {
    const columns = types.map((type, i) => `$${i + 1}::${type}[]`).join(', ')
    const names = types.map((_, i) => `p${i + 1}`).join(', ')
    text = sql.replaceAll(/\?(\d+)/g, 'given.p$1').replace('{given}', `unnest(${columns}) AS given(${names})`)
    prepared.set(sql, text)
  }
  return { text, values: types.map((_, i) => rows.map((row): Value => row[i])) }
}

const INT8 = 20

/** Sequences and times are within what a number holds exactly. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === INT8 ? Number : pg.types.getTypeParser(oid, format as 'text')
}

/** What Postgres and the system say, in one sentence. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'nothing listens there; is Postgres running?'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'its host is not known'],
  [/^(ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|57P0\d|08\d{3})$/, 'the connection to it was lost'],
  [/^28/, 'it does not take this user and password'],
  [/^3D000$/, 'there is no database of that name; make it first (createdb)'],
  [/^(42501)$/, 'its user may not do that; grant CREATE on the database'],
  [/^53100$/, 'no space is left on its disk; free some'],
  [/^53300$/, 'it has no connection left; raise max_connections'],
  [/^55P03$/, 'another process has locked it for more than five seconds; end that process, or wait for it'],
  [/^(25006)$/, 'it is read-only; is it a replica of another?'],
  [/^(XX00[12])$/, 'its files are damaged; restore it from a backup'],
]

function postgresError(store: string, error: unknown): unknown {
  if (error instanceof TributaryError) return error
  const { code, message } = error as Error & { code?: unknown }
  const reason = REASONS.find(([pattern]) => pattern.test(String(code ?? '')))?.[1]
  return new TributaryError('store-failed', `${store} failed: ${reason ?? spoken(message)}`, { cause: error })
}

/** What the client says without a code. */
function spoken(message: string): string {
  if (/connection (terminated|timeout)|timeout exceeded/i.test(message)) return 'the connection to it was lost'
  if (/read timeout/i.test(message)) return `it gave no answer for ${PATIENCE.answer / 1_000} seconds`
  return message
}
