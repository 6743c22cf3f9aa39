import type { DuckDBConnection } from '@duckdb/node-api'
import { quoted, TributaryError } from '../../core/index.ts'
import type { ColumnNames } from '../readers/reader.ts'
import { guarded, literal, rowsOf, unguarded } from '../tables/duckdb.ts'

/** A kind of event that a dataset is made of. */
export interface EventType {
  readonly type: string
  /** The value of its rows; absent where they keep their own. */
  readonly weight?: number | undefined
}

export interface TypeCount {
  readonly type: string
  readonly rows: number
}

/**
 * Types as `view=1,purchase=5`, or `view,purchase` where they only choose rows.
 * @throws TributaryError `bad-argument` for a weight that is none, a type that stands twice, and weights for some types alone
 */
export function parseEventTypes(text: string): EventType[] {
  const types = text.split(',').map((part): EventType => {
    const at = part.lastIndexOf('=')
    const type = (at === -1 ? part : part.slice(0, at)).trim()
    if (type === '') throw wrong(text, 'a type has no name')
    if (at === -1) return { type }
    const given = part.slice(at + 1).trim()
    const weight = Number(given)
    if (given !== '' && Number.isFinite(weight)) return { type, weight }
    throw wrong(text, `the weight of ${quoted(type)} is ${quoted(given)}, which is no number`)
  })
  const twice = types.find(({ type }, i) => types.findIndex((other) => other.type === type) !== i)
  if (twice !== undefined) throw wrong(text, `${quoted(twice.type)} stands twice`)
  const bare = types.find(({ weight }) => weight === undefined)
  if (bare !== undefined && types.some(({ weight }) => weight !== undefined))
    throw wrong(text, `${quoted(bare.type)} has no weight and others have one`)
  return types
}

function wrong(text: string, reason: string): TributaryError {
  const message = `the types of events ${quoted(text)} cannot be read: ${reason}; write them as view=1,purchase=5, or as view,purchase where rows keep their values`
  return new TributaryError('bad-argument', message)
}

/** The value of a staged row by its type, in SQL; undefined where types have no weights. */
export function weightOf(types: readonly EventType[] = []): string | undefined {
  if (types[0]?.weight === undefined) return undefined
  return `CASE event ${types.map(({ type, weight }) => `WHEN ${literal(type)} THEN ${weight}`).join(' ')} END`
}

/** The types of staged rows that can be read and are none of `wanted` (a list in SQL), most frequent first. */
export async function otherTypes(connection: DuckDBConnection, wanted: string): Promise<TypeCount[]> {
  const found = await rowsOf<{ type: string; rows: number }>(
    connection,
    `SELECT ${guarded('event')} AS type, CAST(count(*) AS DOUBLE) AS "rows" FROM staged
     WHERE problem IS NULL AND event NOT IN (${wanted}) GROUP BY event ORDER BY "rows" DESC, event`,
  )
  return found.map(({ type, rows }) => ({ type: unguarded(type) ?? '', rows }))
}

interface Chosen {
  readonly columns?: ColumnNames | undefined
  readonly eventTypes?: readonly EventType[] | undefined
}

/** Where types have weights, these are the values, and a column of the value is read only if it is asked for, which is refused. */
export function columnsRead({ columns = {}, eventTypes }: Chosen): ColumnNames {
  return weightOf(eventTypes) === undefined ? columns : { ...columns, value: false }
}

/** @throws TributaryError `bad-argument` for a column of types without types, and a column of values beside weights */
export function refuseUnusedTypes({ columns = {}, eventTypes }: Chosen): void {
  const { event, value } = columns
  if (event && eventTypes === undefined) {
    const message = `${quoted(event)} was given as the column of the event, but no types that count; give them with --event-type, as in view=1,purchase=5`
    throw new TributaryError('bad-argument', message)
  }
  if (!value || weightOf(eventTypes) === undefined) return
  const message = `${quoted(value)} was given as the column of the value, and the types of events have weights, which are the values; give types without weights, or no column`
  throw new TributaryError('bad-argument', message)
}
