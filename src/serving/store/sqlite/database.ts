import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Change } from '../changes.ts'
import type { Database, Row, Statement } from '../database.ts'
import { Thread } from './thread.ts'

/**
 * One file, one thread that writes and one that reads, so that nobody waits for a disk in the thread of HTTP; only a look into an index is
 * taken there, since it takes less time than asking for it. Other processes may read and write beside it. */
export class SqliteDatabase implements Database {
  readonly #writer: Thread
  readonly #reader: Thread
  readonly #own: DatabaseSync
  readonly #looks = new Map<string, StatementSync>()
  #waiting: { statement: Statement; resolve: (rows: readonly Row[]) => void; reject: (error: unknown) => void }[] = []

  private constructor(writer: Thread, reader: Thread, own: DatabaseSync) {
    this.#writer = writer
    this.#reader = reader
    this.#own = own
  }

  /** @throws TributaryError `store-failed` */
  static async open(file: string, name: string): Promise<SqliteDatabase> {
    const writer = await Thread.open({ file, name, role: 'write' })
    try {
      const reader = await Thread.open({ file, name, role: 'read' })
      // It waits for nothing: what is locked is asked of the other thread.
      return new SqliteDatabase(writer, reader, new DatabaseSync(file, { timeout: 0 }))
    } catch (error) {
      await writer.close()
      throw error
    }
  }

  /** What is read in one turn of the event loop goes to the thread together. */
  read(statement: Statement): Promise<readonly Row[]> {
    const rows = statement.short === true ? this.#look(statement) : undefined
    if (rows !== undefined) return Promise.resolve(rows)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement, resolve, reject })
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#ask())
    })
  }

  #look({ sql, values }: Statement): readonly Row[] | undefined {
    try {
      const ready = this.#looks.get(sql) ?? this.#own.prepare(sql)
      this.#looks.set(sql, ready)
      return ready.all(...values) as Row[]
    } catch {
      // Whatever is wrong, the thread that reads says it in a sentence.
      return undefined
    }
  }

  async #ask(): Promise<void> {
    const asked = this.#waiting
    this.#waiting = []
    try {
      const statements = asked.map(({ statement }) => statement)
      const results = (await this.#reader.ask({ kind: 'read', statements })) as (readonly Row[])[]
      for (const [i, { resolve }] of asked.entries()) resolve(results[i])
    } catch (error) {
      for (const { reject } of asked) reject(error)
    }
  }

  write(changes: readonly Change[]): Promise<readonly unknown[]> {
    return this.#writer.ask({ kind: 'write', changes }) as Promise<readonly unknown[]>
  }

  async close(): Promise<void> {
    this.#own.close()
    await this.#reader.close()
    await this.#writer.close()
  }
}
