import type { Change } from '../changes.ts'
import type { Database, Row, Statement } from '../database.ts'
import { Thread } from './thread.ts'

/** One file, one thread that writes and one that reads; other processes may read and write beside it. */
export class SqliteDatabase implements Database {
  readonly #writer: Thread
  readonly #reader: Thread
  #waiting: { statement: Statement; resolve: (rows: readonly Row[]) => void; reject: (error: unknown) => void }[] = []

  private constructor(writer: Thread, reader: Thread) {
    this.#writer = writer
    this.#reader = reader
  }

  /** @throws TributaryError `store-failed` */
  static async open(file: string, name: string): Promise<SqliteDatabase> {
    const writer = await Thread.open({ file, name, role: 'write' })
    try {
      return new SqliteDatabase(writer, await Thread.open({ file, name, role: 'read' }))
    } catch (error) {
      await writer.close()
      throw error
    }
  }

  /** What is read in one turn of the event loop goes to the thread together. */
  read(statement: Statement): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement, resolve, reject })
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#ask())
    })
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
    await this.#reader.close()
    await this.#writer.close()
  }
}
