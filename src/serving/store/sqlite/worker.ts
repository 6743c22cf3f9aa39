// A thread with a connection of its own: the only one that writes, or one that reads.
import { statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { TributaryError } from '../../../core/errors.ts'
import { steps } from '../changes.ts'
import type { EachStatement, Row, Statement, Steps } from '../database.ts'
import { forSqlite, migrationsAfter } from '../migrations.ts'
import type { Answer, Opening, Question } from './questions.ts'

const { file, name, role } = workerData as Opening
const port = parentPort as NonNullable<typeof parentPort>

function open(): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5_000 })
  // KiB: what is read and written again and again is kept.
  database.exec('PRAGMA cache_size = -65536')
  if (role === 'read') {
    database.exec('PRAGMA query_only = ON')
    return database
  }
  database.exec('PRAGMA journal_mode = WAL')
  // In pages: a commit of 2,000 rows changes thousands, and none should wait for a checkpoint of its own.
  database.exec('PRAGMA wal_autocheckpoint = 20000')
  // FULL: each commit is on the disk before it is answered. What is erased is overwritten.
  database.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON')
  within(database, () => migrate(database))
  return database
}

function migrate(database: DatabaseSync): void {
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
  const isStore = tables.some((table) => table.name === 'migrations')
  const row = isStore ? database.prepare('SELECT MAX(version) AS version FROM migrations').get() : undefined
  const version = isStore ? Number(row?.version) : tables.length === 0 ? 0 : undefined
  const missing = migrationsAfter(version, name)
  if (!isStore) database.exec('CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied INTEGER NOT NULL) STRICT')
  for (const [i, step] of missing.entries()) {
    database.exec(forSqlite(step))
    database.prepare('INSERT INTO migrations VALUES (?, ?)').run((version ?? 0) + i + 1, Date.now())
  }
}

/** All of it or nothing; nobody else writes meanwhile. */
function within<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // A full disk may have ended the transaction already.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

const prepared = new Map<string, StatementSync>()

function prepare(database: DatabaseSync, sql: string): StatementSync {
  let statement = prepared.get(sql)
  if (statement === undefined) {
    statement = database.prepare(sql.replaceAll(/(, | FROM )\{given\}/g, ''))
    prepared.set(sql, statement)
  }
  return statement
}

function run(database: DatabaseSync, statement: Statement | EachStatement): readonly Row[] {
  const ready = prepare(database, statement.sql)
  if ('values' in statement) return ready.all(...statement.values) as Row[]
  const found: Row[] = []
  for (const row of statement.rows) {
    const given = ready.get(...row) as Row | undefined
    if (given !== undefined) found.push(given)
  }
  return found
}

function perform(database: DatabaseSync, change: Steps<unknown>): unknown {
  let next = change.next([])
  while (next.done !== true) next = change.next(run(database, next.value))
  return next.value
}

/** SQLite would go on in a file that was removed, and what it acknowledges would go with the process. */
function refuseGone(inode: bigint): void {
  if (statSync(file, { bigint: true, throwIfNoEntry: false })?.ino !== inode)
    throw new TributaryError(
      'store-failed',
      `${name} failed: its file is gone; bring it back, or restore a backup and start again`,
    )
}

function answerTo(database: DatabaseSync, inode: bigint, question: Exclude<Question, { kind: 'close' }>): unknown {
  if (question.kind === 'read') return question.statements.map((statement) => run(database, statement))
  refuseGone(inode)
  return within(database, () => question.changes.map((change) => perform(database, steps(change))))
}

function tell(answer: Answer): void {
  port.postMessage(answer)
}

function failureOf(error: unknown): Pick<Answer, 'failure'> {
  const { message, code, errcode } = error as Error & { code?: unknown; errcode?: unknown }
  return { failure: { message, code: String(code ?? ''), errcode: typeof errcode === 'number' ? errcode : undefined } }
}

try {
  const database = open()
  const { ino } = statSync(file, { bigint: true })
  tell({ number: 0 })
  port.on('message', (question: Question) => {
    if (question.kind === 'close') {
      database.close()
      port.close()
      return
    }
    try {
      tell({ number: question.number, result: answerTo(database, ino, question) })
    } catch (error) {
      tell({ number: question.number, ...failureOf(error) })
    }
  })
} catch (error) {
  tell({ number: 0, ...failureOf(error) })
}
