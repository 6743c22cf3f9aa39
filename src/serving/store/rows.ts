import { isDeepStrictEqual } from 'node:util'
import { quoted, TributaryError } from '../../core/errors.ts'
import type { Decision } from '../decision.ts'
import type { ColumnType, Row, Value } from './database.ts'
import type {
  Assignment,
  ItemChange,
  JsonObject,
  MovedAssignment,
  NewEvent,
  StoredDocument,
  StoredEvent,
  StoredItem,
  StoredUser,
} from './store.ts'

/** The columns of `events`, in the order of `eventRow`. */
export const EVENT_COLUMNS: readonly (readonly [string, ColumnType])[] = [
  ['seq', 'bigint'],
  ['source', 'text'],
  ['id', 'text'],
  ['type', 'text'],
  ['user_name', 'text'],
  ['item', 'text'],
  ['domain', 'text'],
  ['timestamp', 'bigint'],
  ['value', 'double precision'],
  ['session', 'text'],
  ['recommendation', 'text'],
  ['rank', 'bigint'],
  ['shown', 'text'],
  ['properties', 'text'],
  ['received', 'bigint'],
]

/** An event as a row, without its sequence, which it gets where it is written. */
export function eventRow(event: NewEvent, received: number): Value[] {
  return [
    text(event.source),
    text(event.id),
    text(event.type),
    text(event.user),
    optional(event.item, text),
    optional(event.domain, text),
    whole(event.timestamp ?? received),
    optional(event.value, finite),
    optional(event.session, text),
    optional(event.recommendation, text),
    optional(event.rank, whole),
    optional(event.shown, json),
    optional(event.properties, json),
    received,
  ]
}

export function eventOf(row: Row): StoredEvent {
  return {
    sequence: row.seq as number,
    received: row.received as number,
    source: row.source as string,
    id: row.id as string,
    type: row.type as string,
    user: row.user_name as string,
    timestamp: row.timestamp as number,
    ...given('item', row.item as string | null),
    ...given('domain', row.domain as string | null),
    ...given('value', row.value as number | null),
    ...given('session', row.session as string | null),
    ...given('recommendation', row.recommendation as string | null),
    ...given('rank', row.rank as number | null),
    ...given('shown', parsed<readonly string[]>(row.shown)),
    ...given('properties', parsed<JsonObject>(row.properties)),
  }
}

/** Whether a row of `events` says the same as what is told again; its user may have been merged since, and its time of receipt is another. */
export function tellsTheSame(row: Row, told: Value[], user: string, timed: boolean): boolean {
  return EVENT_COLUMNS.slice(1, -1).every(([column], i) => {
    if (column === 'timestamp' && !timed) return true
    if (column === 'user_name') return row.user_name === user
    if (column !== 'shown' && column !== 'properties') return row[column] === told[i]
    return row[column] === told[i] || isDeepStrictEqual(parsed(row[column]), parsed(told[i]))
  })
}

/** An item as a row of `items`, without its revision. */
export function itemRow(item: StoredItem): Value[] {
  return [
    text(item.item),
    text(item.domain),
    item.hidden ? 1 : 0,
    optional(item.availableFrom, whole),
    optional(item.availableUntil, whole),
    json(item.categories),
    optional(item.title, text),
    json(item.properties),
  ]
}

export function itemOf(row: Row): StoredItem {
  return {
    item: row.item as string,
    domain: row.domain as string,
    hidden: row.hidden === 1,
    ...given('availableFrom', row.available_from as number | null),
    ...given('availableUntil', row.available_until as number | null),
    categories: parsed<readonly string[]>(row.categories) ?? [],
    ...given('title', row.title as string | null),
    properties: parsed<JsonObject>(row.properties) ?? {},
  }
}

export function changeOf(row: Row): ItemChange {
  return { revision: row.revision as number, removed: row.removed === 1, item: itemOf(row) }
}

/** A decision as a row of `decisions`; its user stands in a column of its own, since users are merged and erased. */
export function decisionRow({ user, ...rest }: Decision): Value[] {
  return [text(rest.id), whole(rest.at), optional(user, text), json(rest)]
}

/** What a decision assigns, as a row of `assignments`; testers, interleaved lists and shadows assign nothing. */
export function assignmentRow({ user, session, at, experiment }: Decision): Value[] | undefined {
  if (experiment === undefined || experiment.mode !== undefined || experiment.override) return undefined
  const bySession = experiment.unit === 'session'
  const unit = bySession ? session : user
  if (unit === undefined) return undefined
  return [text(experiment.name), text(unit), text(experiment.arm), bySession ? 1 : 0, whole(at), optional(user, text)]
}

export function assignmentOf(row: Row): Assignment {
  return {
    experiment: row.experiment as string,
    unit: row.unit as string,
    arm: row.arm as string,
    at: row.at as number,
    ...given('user', row.user_name as string | null),
    several: row.several === 1,
  }
}

export function movedOf(row: Row): MovedAssignment {
  return { ...assignmentOf(row), revision: row.revision as number, name: row.name as string }
}

export function decisionOf(row: Row): Decision {
  return { ...(parsed<Decision>(row.body) as Decision), ...given('user', row.user_name as string | null) }
}

export function documentOf(row: Row): StoredDocument {
  return {
    name: row.name as string,
    revision: row.revision as number,
    body: parsed<JsonObject>(row.body) ?? {},
  }
}

export function userOf(row: Row): StoredUser {
  return { user: row.user_name as string, properties: parsed<JsonObject>(row.properties) ?? {} }
}

// Half of a pair, and the character 0: one database would keep them, another refuse them, a third change them.
const UNKEEPABLE = /\p{Surrogate}|\0/u

/** @throws TributaryError `bad-argument` for text that has no UTF-8 of its own */
export function text(value: string): string {
  if (!UNKEEPABLE.test(value)) return value
  throw new TributaryError(
    'bad-argument',
    `${quoted(value)} cannot be stored: it has a character 0 or half of a character`,
  )
}

export function json(value: unknown): string {
  return JSON.stringify(value)
}

export function parsed<T>(value: Value | undefined): T | null {
  return typeof value === 'string' ? (JSON.parse(value) as T) : null
}

function whole(value: number): number {
  if (Number.isSafeInteger(value)) return value
  throw new TributaryError('bad-argument', `${value} cannot be stored where a whole number is needed`)
}

function finite(value: number): number {
  // A negative zero would come back without its sign.
  if (Number.isFinite(value)) return value === 0 ? 0 : value
  throw new TributaryError('bad-argument', `${value} cannot be stored: it is no finite number`)
}

function optional<T>(value: T | undefined, encode: (value: T) => Value): Value {
  return value === undefined ? null : encode(value)
}

function given<Name extends string, T>(name: Name, value: T | null): { [key in Name]?: T } {
  return (value === null ? {} : { [name]: value }) as { [key in Name]?: T }
}
