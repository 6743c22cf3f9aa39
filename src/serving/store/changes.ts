import { mergePatch } from '../merge-patch.ts'
import type { ColumnType, Row, Statement, Steps, Value } from './database.ts'
import { EVENT_COLUMNS, itemOf, itemRow, json, parsed, tellsTheSame } from './rows.ts'
import type { Appended, AppendOutcome, DocumentKind, JsonObject, StoredItem, StoredUser } from './store.ts'

/** A change as plain data, so that it can go to another thread; rows are those of rows.ts. */
export type Change =
  | { readonly kind: 'appendEvents'; readonly rows: readonly (readonly Value[])[]; readonly timed: readonly boolean[] }
  | { readonly kind: 'forgetEvents'; readonly until: number; readonly upTo: number }
  | { readonly kind: 'putUser'; readonly user: string; readonly properties: string }
  | { readonly kind: 'patchUser'; readonly user: string; readonly patch: JsonObject }
  | { readonly kind: 'eraseUser'; readonly user: string }
  | { readonly kind: 'mergeUsers'; readonly from: string; readonly into: string }
  | { readonly kind: 'putItems'; readonly rows: readonly (readonly Value[])[] }
  | {
      readonly kind: 'patchItem'
      readonly item: string
      readonly patch: JsonObject
      readonly otherwise: StoredItem | undefined
    }
  | { readonly kind: 'deleteItem'; readonly item: string }
  | {
      readonly kind: 'putDecisions'
      readonly rows: readonly (readonly Value[])[]
      readonly assigned: readonly (readonly Value[])[]
    }
  | {
      readonly kind: 'putDocument'
      readonly document: DocumentKind
      readonly name: string
      readonly body: string
      readonly expected: number | undefined
    }
  | { readonly kind: 'deleteDocument'; readonly document: DocumentKind; readonly name: string }

/** What becomes of each kind of change. */
export function steps(change: Change): Steps<unknown> {
  switch (change.kind) {
    case 'appendEvents':
      return appendEvents(change.rows, change.timed)
    case 'forgetEvents':
      return forgetEvents(change.until, change.upTo)
    case 'putUser':
      return putUser(change.user, change.properties)
    case 'patchUser':
      return patchUser(change.user, change.patch)
    case 'eraseUser':
      return eraseUser(change.user)
    case 'mergeUsers':
      return mergeUsers(change.from, change.into)
    case 'putItems':
      return putItems(change.rows)
    case 'patchItem':
      return patchItem(change.item, change.patch, change.otherwise)
    case 'deleteItem':
      return deleteItem(change.item)
    case 'putDecisions':
      return putDecisions(change.rows, change.assigned)
    case 'putDocument':
      return putDocument(change.document, change.name, change.body, change.expected)
    case 'deleteDocument':
      return deleteDocument(change.document, change.name)
  }
}

/** The name that a user has since a merge, as an expression. */
export function mergedName(value: string): string {
  return `COALESCE((SELECT into_name FROM merges WHERE from_name = ${value}), ${value})`
}

const EVENT_VALUES = EVENT_COLUMNS.map(([column], i) =>
  column === 'user_name' ? mergedName(`?${i + 1}`) : `?${i + 1}`,
).join(', ')
const INSERT_EVENT = `INSERT INTO events (${EVENT_COLUMNS.map(([column]) => column).join(', ')}) SELECT ${EVENT_VALUES} FROM {given} WHERE true ON CONFLICT DO NOTHING RETURNING seq`
const EVENT_TYPES = EVENT_COLUMNS.map(([, type]) => type)

function* appendEvents(rows: readonly (readonly Value[])[], timed: readonly boolean[]): Steps<AppendOutcome> {
  const last = yield* raise('events', rows.length)
  const first = last - rows.length + 1
  const numbered = rows.map((row, i) => [first + i, ...row])
  const inserted = yield { sql: INSERT_EVENT, types: EVENT_TYPES, rows: numbered }
  if (inserted.length === rows.length) return { outcomes: rows.map(() => 'accepted'), sequence: last }

  const isNew = new Set(inserted.map(({ seq }) => seq))
  const again = rows.flatMap((row, i) => (isNew.has(first + i) ? [] : [row]))
  const standing = yield {
    sql: `SELECT events.*, ?1 AS told_source, ?2 AS told_id, ${mergedName('?3')} AS told_user FROM events, {given} WHERE source = ?1 AND id = ?2`,
    types: ['text', 'text', 'text'],
    rows: again.map(([source, id, , user]) => [source, id, user]),
  }
  const byUser = new Map(standing.map((row) => [`${row.source}\0${row.id}`, row]))
  const outcomes = rows.map((row, i): Appended => {
    if (isNew.has(first + i)) return 'accepted'
    const stands = byUser.get(`${row[0]}\0${row[1]}`) as Row
    return tellsTheSame(stands, [...row], stands.told_user as string, timed[i]) ? 'duplicate' : 'conflict'
  })
  return { outcomes, sequence: last }
}

function* forgetEvents(until: number, upTo: number): Steps<number> {
  const changed = yield* raise('events', 1)
  // Their histories are others from now on.
  yield one(
    `INSERT INTO users (user_name, changed)
     SELECT DISTINCT user_name, CAST(?3 AS BIGINT) FROM events WHERE timestamp < ?1 AND seq <= ?2
     ON CONFLICT (user_name) DO UPDATE SET changed = excluded.changed`,
    until,
    upTo,
    changed,
  )
  return (yield one('DELETE FROM events WHERE timestamp < ?1 AND seq <= ?2 RETURNING 1 AS one', until, upTo)).length
}

/** The counter's new value. Whoever writes is alone, so numbers are seen in their order. */
function* raise(counter: 'events' | 'items' | 'documents' | 'assignments', by: number): Steps<number> {
  const [row] = yield one(`UPDATE counters SET value = value + ?2 WHERE name = ?1 RETURNING value`, counter, by)
  return row.value as number
}

function* putUser(user: string, properties: string): Steps<undefined> {
  yield one(
    `INSERT INTO users (user_name, properties, changed) SELECT ${mergedName('?1')}, ?2, 0 WHERE true
     ON CONFLICT (user_name) DO UPDATE SET properties = excluded.properties`,
    user,
    properties,
  )
  return undefined
}

function* patchUser(told: string, patch: JsonObject): Steps<StoredUser> {
  const user = yield* nameOf(told)
  const [row] = yield one('SELECT properties FROM users WHERE user_name = ?1', user)
  const properties = mergePatch(parsed<JsonObject>(row?.properties) ?? {}, patch)
  yield* putUser(user, json(properties))
  return { user, properties }
}

function* eraseUser(told: string): Steps<boolean> {
  const user = yield* nameOf(told)
  let gone = 0
  for (const sql of [
    'DELETE FROM events WHERE user_name = ?1 RETURNING 1 AS one',
    'DELETE FROM decisions WHERE user_name = ?1 RETURNING 1 AS one',
    'DELETE FROM assignments WHERE user_name = ?1 RETURNING 1 AS one',
    'DELETE FROM users WHERE user_name = ?1 RETURNING 1 AS one',
    'DELETE FROM merges WHERE into_name = ?1 RETURNING 1 AS one',
  ])
    gone += (yield one(sql, user)).length
  return gone > 0
}

function* mergeUsers(toldFrom: string, toldInto: string): Steps<undefined> {
  const [from, into] = [yield* nameOf(toldFrom), yield* nameOf(toldInto)]
  if (from === into) return undefined
  const changed = yield* raise('events', 1)
  yield one('UPDATE events SET user_name = ?2 WHERE user_name = ?1', from, into)
  yield one('UPDATE decisions SET user_name = ?2 WHERE user_name = ?1', from, into)
  const users = yield one('SELECT user_name, properties FROM users WHERE user_name IN (?1, ?2)', from, into)
  const propertiesOf = (name: string) =>
    JSON.parse((users.find(({ user_name }) => user_name === name)?.properties as string | null) ?? '{}') as object
  yield one('DELETE FROM users WHERE user_name = ?1', from)
  yield one(
    `INSERT INTO users (user_name, properties, changed) VALUES (?1, ?2, ?3)
     ON CONFLICT (user_name) DO UPDATE SET properties = excluded.properties, changed = excluded.changed`,
    into,
    JSON.stringify({ ...propertiesOf(from), ...propertiesOf(into) }),
    changed,
  )
  yield* mergeAssignments(from, into)
  yield one('UPDATE merges SET into_name = ?2 WHERE into_name = ?1', from, into)
  yield one('INSERT INTO merges (from_name, into_name) VALUES (?1, ?2)', from, into)
  return undefined
}

/** Of two arms of an experiment, the one that was met first; servers hear of each that has another name now. */
function* mergeAssignments(from: string, into: string): Steps<undefined> {
  yield one('UPDATE assignments SET user_name = ?2 WHERE user_name = ?1 AND by_session = 1', from, into)
  const both = yield one(
    'SELECT * FROM assignments WHERE user_name IN (?1, ?2) AND by_session = 0 ORDER BY experiment, at, unit',
    from,
    into,
  )
  const experiments = new Set(both.filter(({ unit }) => unit === from).map(({ experiment }) => experiment))
  for (const experiment of experiments) {
    const met = both.filter((row) => row.experiment === experiment)
    const [first] = met
    const several = met.some((row) => row.several === 1 || row.arm !== first.arm) ? 1 : 0
    const revision = yield* raise('assignments', 1)
    yield one('DELETE FROM assignments WHERE experiment = ?1 AND unit IN (?2, ?3)', experiment, from, into)
    yield one(
      `INSERT INTO assignments (experiment, unit, arm, at, user_name, by_session, several, revision)
       VALUES (?1, ?2, ?3, ?4, ?2, 0, ?5, ?6)`,
      experiment,
      into,
      first.arm,
      first.at,
      several,
      revision,
    )
  }
  return undefined
}

function* nameOf(user: string): Steps<string> {
  const [row] = yield one(`SELECT ${mergedName('CAST(?1 AS TEXT)')} AS name`, user)
  return row.name as string
}

const ITEM_COLUMNS: readonly (readonly [string, ColumnType])[] = [
  ['item', 'text'],
  ['domain', 'text'],
  ['hidden', 'bigint'],
  ['available_from', 'bigint'],
  ['available_until', 'bigint'],
  ['categories', 'text'],
  ['title', 'text'],
  ['properties', 'text'],
  ['revision', 'bigint'],
]
const PUT_ITEM = `INSERT INTO items (${ITEM_COLUMNS.map(([column]) => column).join(', ')}, removed)
  SELECT ${ITEM_COLUMNS.map((_, i) => `?${i + 1}`).join(', ')}, 0 FROM {given} WHERE true
  ON CONFLICT (item) DO UPDATE SET removed = 0, ${ITEM_COLUMNS.slice(1)
    .map(([column]) => `${column} = excluded.${column}`)
    .join(', ')}`

function* putItems(rows: readonly (readonly Value[])[]): Steps<undefined> {
  // The last one of a name counts; Postgres takes a name once.
  const last = [...new Map(rows.map((row) => [row[0], row])).values()]
  const revision = (yield* raise('items', last.length)) - last.length + 1
  yield {
    sql: PUT_ITEM,
    types: ITEM_COLUMNS.map(([, type]) => type),
    rows: last.map((row, i) => [...row, revision + i]),
  }
  return undefined
}

function* patchItem(name: string, patch: JsonObject, otherwise: StoredItem | undefined): Steps<StoredItem | undefined> {
  const [row] = yield one('SELECT * FROM items WHERE item = ?1', name)
  const standing = row === undefined ? otherwise : itemOf(row)
  if (standing === undefined || row?.removed === 1) return undefined
  const item = mergePatch({ ...standing }, patch) as unknown as StoredItem
  yield* putItems([itemRow(item)])
  return item
}

function* deleteItem(item: string): Steps<boolean> {
  const revision = yield* raise('items', 1)
  const rows = yield one(
    `UPDATE items SET removed = 1, revision = ?2, hidden = 0, available_from = NULL, available_until = NULL, categories = '[]', title = NULL, properties = '{}'
     WHERE item = ?1 AND removed = 0 RETURNING item`,
    item,
    revision,
  )
  return rows.length > 0
}

function* putDecisions(rows: readonly (readonly Value[])[], assigned: readonly (readonly Value[])[]): Steps<undefined> {
  yield {
    sql: `INSERT INTO decisions (id, at, user_name, body) SELECT ?1, ?2, ${mergedName('?3')}, ?4 FROM {given} WHERE true ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
    types: ['text', 'bigint', 'text', 'text'],
    // No statement may change a row twice.
    rows: [...new Map(rows.map((row) => [row[0], row])).values()],
  }
  if (assigned.length > 0) yield* assign(assigned)
  return undefined
}

/** The name of a unit: users have theirs since a merge. */
function unitNamed(unit: string, bySession: string): string {
  return `CASE WHEN ${bySession} = 1 THEN ${unit} ELSE ${mergedName(unit)} END`
}

/** The first arm stays; where another one is met, too, servers hear of it. */
function* assign(rows: readonly (readonly Value[])[]): Steps<undefined> {
  yield {
    sql: `INSERT INTO assignments (experiment, unit, arm, by_session, at, user_name, several, revision)
      SELECT ?1, ${unitNamed('?2', '?4')}, ?3, ?4, ?5, ${mergedName('?6')}, 0, 0 FROM {given} WHERE true ON CONFLICT DO NOTHING`,
    types: ['text', 'text', 'text', 'bigint', 'bigint', 'text'],
    rows,
  }
  const others = yield {
    sql: `SELECT experiment, unit FROM assignments, {given}
      WHERE experiment = ?1 AND unit = ${unitNamed('?2', '?4')} AND arm <> ?3 AND several = 0`,
    types: ['text', 'text', 'text', 'bigint'],
    rows: rows.map((row) => row.slice(0, 4)),
  }
  const met = new Map(others.map(({ experiment, unit }) => [`${experiment}\0${unit}`, [experiment, unit] as const]))
  for (const [experiment, unit] of met.values()) {
    const revision = yield* raise('assignments', 1)
    yield one(
      'UPDATE assignments SET several = 1, revision = ?3 WHERE experiment = ?1 AND unit = ?2',
      experiment,
      unit,
      revision,
    )
  }
  return undefined
}

function* putDocument(
  kind: DocumentKind,
  name: string,
  body: string,
  expected: number | undefined,
): Steps<number | undefined> {
  if (expected !== undefined) {
    const [standing] = yield one('SELECT revision FROM documents WHERE kind = ?1 AND name = ?2', kind, name)
    if ((standing?.revision ?? 0) !== expected) return undefined
  }
  const revision = yield* raise('documents', 1)
  yield one(
    `INSERT INTO documents (kind, name, body, revision) VALUES (?1, ?2, ?3, ?4)
     ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body, revision = excluded.revision`,
    kind,
    name,
    body,
    revision,
  )
  return revision
}

function* deleteDocument(kind: DocumentKind, name: string): Steps<boolean> {
  const rows = yield one('DELETE FROM documents WHERE kind = ?1 AND name = ?2 RETURNING name', kind, name)
  if (rows.length === 0) return false
  if (kind === 'experiment') yield one('DELETE FROM assignments WHERE experiment = ?1', name)
  yield* raise('documents', 1)
  return true
}

function one(sql: string, ...values: Value[]): Statement {
  return { sql, values }
}
