import { quoted, TributaryError } from '../../core/index.ts'
import type { Decision } from '../decision.ts'
import { mergedName } from './changes.ts'
import type { Database, Row, Value } from './database.ts'
import { GroupedWriter } from './grouped-writer.ts'
import {
  assignmentOf,
  assignmentRow,
  changeOf,
  decisionOf,
  decisionRow,
  documentOf,
  eventOf,
  eventRow,
  itemOf,
  itemRow,
  json,
  movedOf,
  text,
  userOf,
} from './rows.ts'
import type {
  AppendOutcome,
  Assignment,
  AssignmentFilter,
  DecisionFilter,
  DocumentKind,
  EventFilter,
  ItemChange,
  ItemFilter,
  JsonObject,
  NewEvent,
  Page,
  Store,
  StoredDocument,
  StoredEvent,
  StoredItem,
  StoredUser,
  UserHistory,
} from './store.ts'

const LARGEST = Number.MAX_SAFE_INTEGER

/** The store over any database that takes its SQL. */
export class SqlStore implements Store {
  readonly #database: Database
  readonly #writer: GroupedWriter
  #open = true

  constructor(database: Database) {
    this.#database = database
    this.#writer = new GroupedWriter(database)
  }

  async appendEvents(events: readonly NewEvent[]): Promise<AppendOutcome> {
    if (events.length === 0) return { outcomes: [], sequence: await this.lastSequence() }
    const received = Date.now()
    const rows = events.map((event) => eventRow(event, received))
    return this.#writer.append(
      rows,
      events.map(({ timestamp }) => timestamp !== undefined),
    )
  }

  async history(user: string, limit: number, upTo = LARGEST): Promise<UserHistory> {
    const name = `(SELECT ${mergedName('?1')})`
    const rows = await this.#read(
      `SELECT past.*,
         COALESCE((SELECT MAX(seq) FROM events WHERE user_name = ${name} AND seq <= ?3), 0) AS last_event,
         COALESCE((SELECT changed FROM users WHERE user_name = ${name} AND changed <= ?3), 0) AS last_change
       FROM (SELECT 1 AS one) AS always LEFT JOIN (
         SELECT * FROM events WHERE user_name = ${name} AND item IS NOT NULL AND type <> 'impression' AND seq <= ?3
         ORDER BY timestamp DESC, seq DESC LIMIT ?2
       ) AS past ON true
       ORDER BY past.timestamp, past.seq`,
      text(user),
      limit,
      upTo,
    )
    return {
      events: rows.filter(({ seq }) => seq !== null).map(eventOf),
      sequence: Math.max(rows[0].last_event as number, rows[0].last_change as number),
    }
  }

  async historySequence(user: string): Promise<number> {
    const name = `(SELECT ${mergedName('?1')})`
    const rows = await this.#look(
      `SELECT COALESCE((SELECT MAX(seq) FROM events WHERE user_name = ${name}), 0) AS last_event,
         COALESCE((SELECT changed FROM users WHERE user_name = ${name}), 0) AS last_change`,
      text(user),
    )
    return Math.max(rows[0].last_event as number, rows[0].last_change as number)
  }

  async events({ user, since, until, after, limit }: EventFilter): Promise<Page<StoredEvent>> {
    const where = new Conditions()
    where.add('seq >', cursorNumber(after))
    if (user !== undefined) where.addExpression('user_name =', mergedName, text(user))
    where.addSpan('timestamp', since, until)
    const rows = await this.#page('events', where, 'seq', limit)
    return pageOf(rows, limit, eventOf, ({ seq }) => `${seq}`)
  }

  async lastSequence(): Promise<number> {
    const rows = await this.#look(`SELECT value FROM counters WHERE name = 'events'`)
    return rows[0].value as number
  }

  async countEvents(after: number): Promise<number> {
    const rows = await this.#read('SELECT COUNT(*) AS counted FROM events WHERE seq > ?1', after)
    return rows[0].counted as number
  }

  async forgetEvents(until: number, upTo: number): Promise<number> {
    return (await this.#writer.write({ kind: 'forgetEvents', until, upTo })) as number
  }

  async putUser({ user, properties }: StoredUser): Promise<void> {
    await this.#writer.write({ kind: 'putUser', user: text(user), properties: json(properties) })
  }

  async patchUser({ user, properties }: StoredUser): Promise<StoredUser> {
    return (await this.#writer.write({ kind: 'patchUser', user: text(user), patch: properties })) as StoredUser
  }

  async user(name: string): Promise<StoredUser | undefined> {
    const rows = await this.#read(
      `SELECT known.name AS user_name, users.properties, users.user_name AS kept
       FROM (SELECT ${mergedName('CAST(?1 AS TEXT)')} AS name) AS known LEFT JOIN users ON users.user_name = known.name
       WHERE users.user_name IS NOT NULL OR EXISTS (SELECT 1 FROM events WHERE events.user_name = known.name)`,
      text(name),
    )
    return rows.map(userOf)[0]
  }

  async users({ after = '', limit }: { after?: string | undefined; limit: number }): Promise<Page<string>> {
    // From one name to the next in the index: how many events a user has costs nothing.
    const rows = await this.#read(
      `WITH RECURSIVE telling (name, place) AS (
         SELECT MIN(user_name), 1 FROM events WHERE user_name > ?1
         UNION ALL
         SELECT (SELECT MIN(user_name) FROM events WHERE user_name > telling.name), place + 1 FROM telling
         WHERE telling.name IS NOT NULL AND place < ?2
       )
       SELECT user_name FROM (
         SELECT name AS user_name FROM telling WHERE name IS NOT NULL
         UNION
         SELECT user_name FROM (SELECT user_name FROM users WHERE user_name > ?1 ORDER BY user_name LIMIT ?2) AS described
       ) AS known ORDER BY user_name LIMIT ?2`,
      text(after),
      limit + 1,
    )
    const name = ({ user_name }: Row) => user_name as string
    return pageOf(rows, limit, name, name)
  }

  async eraseUser(name: string): Promise<boolean> {
    return (await this.#writer.write({ kind: 'eraseUser', user: text(name) })) as boolean
  }

  async mergeUsers(from: string, into: string): Promise<void> {
    await this.#writer.write({ kind: 'mergeUsers', from: text(from), into: text(into) })
  }

  async putItems(items: readonly StoredItem[]): Promise<void> {
    if (items.length > 0) await this.#writer.write({ kind: 'putItems', rows: items.map(itemRow) })
  }

  async patchItem(name: string, patch: JsonObject, otherwise?: StoredItem): Promise<StoredItem | undefined> {
    const change = { kind: 'patchItem', item: text(name), patch, otherwise } as const
    return (await this.#writer.write(change)) as StoredItem | undefined
  }

  async item(name: string): Promise<StoredItem | undefined> {
    return (await this.#look('SELECT * FROM items WHERE item = ?1 AND removed = 0', text(name))).map(itemOf)[0]
  }

  async deleteItem(name: string): Promise<boolean> {
    return (await this.#writer.write({ kind: 'deleteItem', item: text(name) })) as boolean
  }

  async items({ domain, after, limit }: ItemFilter): Promise<Page<StoredItem>> {
    const where = new Conditions()
    where.add('removed =', 0)
    if (after !== undefined) where.add('item >', text(after))
    if (domain !== undefined) where.add('domain =', text(domain))
    const rows = await this.#page('items', where, 'item', limit)
    return pageOf(rows, limit, itemOf, ({ item }) => `${item}`)
  }

  async itemChanges(after: number, limit: number): Promise<readonly ItemChange[]> {
    return (await this.#read('SELECT * FROM items WHERE revision > ?1 ORDER BY revision LIMIT ?2', after, limit)).map(
      changeOf,
    )
  }

  putDecision(decision: Decision): void {
    this.#writer.later({ decision: decisionRow(decision), assignment: assignmentRow(decision) })
  }

  async decision(id: string): Promise<Decision | undefined> {
    return (await this.#look('SELECT * FROM decisions WHERE id = ?1', text(id))).map(decisionOf)[0]
  }

  async decisions({ user, since, until, after, limit }: DecisionFilter): Promise<Page<Decision>> {
    const where = new Conditions()
    if (after !== undefined) where.addPair('at', 'id', ...cursorPair(after))
    if (user !== undefined) where.addExpression('user_name =', mergedName, text(user))
    where.addSpan('at', since, until)
    const rows = await this.#page('decisions', where, 'at, id', limit)
    return pageOf(rows, limit, decisionOf, ({ at, id }) => `${at}.${id}`)
  }

  async assignment(experiment: string, unit: string): Promise<Assignment | undefined> {
    const rows = await this.#look(
      `SELECT * FROM assignments WHERE experiment = ?1 AND unit IN (?2, (SELECT ${mergedName('?2')}))
       ORDER BY by_session, at LIMIT 1`,
      text(experiment),
      text(unit),
    )
    return rows.map(assignmentOf)[0]
  }

  async assignments({ experiment, after, limit }: AssignmentFilter): Promise<Page<Assignment>> {
    const where = new Conditions()
    where.add('experiment =', text(experiment))
    if (after !== undefined) where.add('unit >', text(after))
    const rows = await this.#page('assignments', where, 'unit', limit)
    return pageOf(rows, limit, assignmentOf, ({ unit }) => `${unit}`)
  }

  async movedAssignments({ after = '0.', limit }: { after?: string | undefined; limit: number }) {
    const rows = await this.#read(
      `SELECT * FROM (
         SELECT assignments.*, unit AS name FROM assignments WHERE revision >= ?1 AND revision > 0
         UNION ALL
         SELECT assignments.*, from_name AS name FROM assignments, merges
         WHERE revision >= ?1 AND revision > 0 AND by_session = 0 AND into_name = unit
       ) AS moved WHERE (revision, name) > (?1, ?2) ORDER BY revision, name LIMIT ?3`,
      ...cursorPair(after),
      limit + 1,
    )
    return pageOf(rows, limit, movedOf, ({ revision, name }) => `${revision}.${name}`)
  }

  async documents(kind: DocumentKind): Promise<readonly StoredDocument[]> {
    return (await this.#read('SELECT * FROM documents WHERE kind = ?1 ORDER BY name', kind)).map(documentOf)
  }

  async document(kind: DocumentKind, name: string): Promise<StoredDocument | undefined> {
    const rows = await this.#look('SELECT * FROM documents WHERE kind = ?1 AND name = ?2', kind, text(name))
    return rows.map(documentOf)[0]
  }

  async putDocument(
    kind: DocumentKind,
    name: string,
    body: JsonObject,
    expected?: number,
  ): Promise<number | undefined> {
    const change = { kind: 'putDocument', document: kind, name: text(name), body: json(body), expected } as const
    return (await this.#writer.write(change)) as number | undefined
  }

  async deleteDocument(kind: DocumentKind, name: string): Promise<boolean> {
    return (await this.#writer.write({ kind: 'deleteDocument', document: kind, name: text(name) })) as boolean
  }

  async revisions(): Promise<{ readonly documents: number; readonly items: number; readonly assignments: number }> {
    const rows = await this.#look('SELECT name, value FROM counters')
    const valueNamed = (counter: string) => rows.find(({ name }) => name === counter)?.value as number
    return {
      documents: valueNamed('documents'),
      items: valueNamed('items'),
      assignments: valueNamed('assignments'),
    }
  }

  async counts(): Promise<{ events: number; users: number; items: number; decisions: number }> {
    const [row] = await this.#read(
      `SELECT (SELECT COUNT(*) FROM events) AS events,
         (SELECT COUNT(*) FROM (SELECT user_name FROM events UNION SELECT user_name FROM users) AS known) AS users,
         (SELECT COUNT(*) FROM items WHERE removed = 0) AS items,
         (SELECT COUNT(*) FROM decisions) AS decisions`,
    )
    return row as { events: number; users: number; items: number; decisions: number }
  }

  get decisionsWaiting(): number {
    return this.#writer.waiting
  }

  get decisionsLost(): number {
    return this.#writer.lost
  }

  get isOpen(): boolean {
    return this.#open
  }

  flush(): Promise<void> {
    return this.#writer.flush()
  }

  async close(): Promise<void> {
    this.#open = false
    try {
      await this.#writer.close()
    } finally {
      await this.#database.close()
    }
  }

  #read(sql: string, ...values: Value[]): Promise<readonly Row[]> {
    return this.#database.read({ sql, values })
  }

  #look(sql: string, ...values: Value[]): Promise<readonly Row[]> {
    return this.#database.read({ sql, values, short: true })
  }

  /** One row more than a page has, so that it is known whether there is another. */
  #page(table: string, where: Conditions, order: string, limit: number): Promise<readonly Row[]> {
    const sql = `SELECT * FROM ${table} WHERE ${where.sql} ORDER BY ${order} LIMIT ?${where.values.length + 1}`
    return this.#read(sql, ...where.values, limit + 1)
  }
}

/** What rows must fulfil, with the values for it. */
class Conditions {
  readonly values: Value[] = []
  readonly #parts: string[] = ['true']

  get sql(): string {
    return this.#parts.join(' AND ')
  }

  add(comparison: string, value: Value): void {
    this.#parts.push(`${comparison} ${this.#place(value)}`)
  }

  addExpression(comparison: string, expression: (place: string) => string, value: Value): void {
    this.#parts.push(`${comparison} ${expression(this.#place(value))}`)
  }

  /** From `since`, before `until`. */
  addSpan(column: string, since: number | undefined, until: number | undefined): void {
    if (since !== undefined) this.add(`${column} >=`, since)
    if (until !== undefined) this.add(`${column} <`, until)
  }

  addPair(first: string, second: string, firstValue: Value, secondValue: Value): void {
    this.#parts.push(`(${first}, ${second}) > (${this.#place(firstValue)}, ${this.#place(secondValue)})`)
  }

  #place(value: Value): string {
    this.values.push(value)
    return `?${this.values.length}`
  }
}

function pageOf<T>(
  rows: readonly Row[],
  limit: number,
  decode: (row: Row) => T,
  cursor: (row: Row) => string,
): Page<T> {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    rows: page.map(decode),
    ...(rows.length > limit && last !== undefined ? { next: cursor(last) } : {}),
  }
}

function cursorNumber(after: string | undefined): number {
  if (after === undefined) return 0
  if (/^\d{1,15}$/.test(after)) return Number(after)
  throw unknownCursor(after)
}

function cursorPair(after: string): [number, string] {
  const [, at, id] = /^(\d{1,15})\.(.*)$/s.exec(after) ?? []
  if (at === undefined) throw unknownCursor(after)
  return [Number(at), text(id)]
}

function unknownCursor(after: string): TributaryError {
  return new TributaryError('bad-argument', `${quoted(after)} is no cursor of an earlier page`)
}
