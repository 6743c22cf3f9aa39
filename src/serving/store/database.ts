import type { Change } from './changes.ts'

/** What a column holds, in both databases. */
export type Value = string | number | null

export type Row = Readonly<Record<string, Value>>

export type ColumnType = 'text' | 'bigint' | 'double precision'

/** SQL that SQLite and Postgres both take, with `?1`, `?2`, … for its values. */
export interface Statement {
  readonly sql: string
  readonly values: readonly Value[]
  /** One look into an index: it may be answered where it is asked. */
  readonly short?: boolean
}

/**
 * The same for each of many rows: `?1` is a row's first value, and `FROM {given}` or `, {given}` stands where the rows come in. SQLite is asked
 * once a row, Postgres once for all.
 */
export interface EachStatement {
  readonly sql: string
  readonly types: readonly ColumnType[]
  readonly rows: readonly (readonly Value[])[]
}

/** What a change does in its transaction: it hands out statements, gets their rows, and says what became of it. */
export type Steps<Result> = Generator<Statement | EachStatement, Result, readonly Row[]>

/** A database of a store: it runs what it is given, and says in one sentence why it cannot. */
export interface Database {
  /** One statement that changes nothing. */
  read(statement: Statement): Promise<readonly Row[]>
  /** Changes in one transaction, of which there is one at a time among all processes; resolves when it is on disk. */
  write(changes: readonly Change[]): Promise<readonly unknown[]>
  close(): Promise<void>
}
