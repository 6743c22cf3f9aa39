import { createHash } from 'node:crypto'
import type { Categories, Dataset, InteractionLog } from '../../core/index.ts'
import type { PackedVocabulary } from './vocabulary.ts'

/** Rows in the order of their files, with final ids: users by name, items by domain, then frequency, then name. */
export interface CodedRows {
  readonly user: Int32Array
  readonly item: Int32Array
  readonly timestamp: Float64Array | undefined
  readonly value: Float32Array | undefined
  readonly part: Uint8Array | undefined
}

export interface Names {
  readonly users: PackedVocabulary
  readonly items: PackedVocabulary
  readonly domains: readonly string[]
  readonly domainStart: Int32Array
  readonly categories?: Categories | undefined
}

/**
 * The one place where rows become a dataset: groups them by user, orders them by time (ties as given) and hashes them. The columns given
 * become those of the log.
 */
export function assemble(name: string, names: Names, rows: CodedRows): Dataset {
  const steps = assembling(name, names, rows)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** The same in steps, between which whoever has many rows can hear signals. */
export function* assembling(name: string, names: Names, rows: CodedRows): Generator<void, Dataset> {
  // −0 and 0 are the same number, and must hash the same.
  for (const column of [rows.timestamp, rows.value]) if (column) for (let i = 0; i < column.length; i++) column[i] += 0
  const log = yield* order(rows, names.users.size)
  return { name, hash: yield* hash(names, log), ...names, log }
}

/** A log whose rows stand in order already. */
export function hashed(name: string, names: Names, log: InteractionLog): Dataset {
  const steps = hash(names, log)
  for (;;) {
    const step = steps.next()
    if (step.done) return { name, hash: step.value, ...names, log }
  }
}

function* order(rows: CodedRows, users: number): Generator<void, InteractionLog> {
  const length = rows.user.length
  const userStart = new Int32Array(users + 1)
  for (const user of rows.user) userStart[user + 1]++
  for (let user = 0; user < users; user++) userStart[user + 1] += userStart[user]
  yield
  const permutation = yield* sequenceOrder(rows, userStart)
  if (permutation === undefined) return { length, ...rows, userStart }
  yield
  // In place, so that at most one column is there twice.
  for (const column of [rows.user, rows.item, rows.timestamp, rows.value, rows.part]) {
    if (column === undefined) continue
    column.set(take(column, permutation))
    yield
  }
  return { length, ...rows, userStart }
}

/** Where each row of the log comes from; absent when the rows already stand in order. Linear but for users out of order. */
function* sequenceOrder(
  { user, timestamp }: CodedRows,
  userStart: Int32Array,
): Generator<void, Int32Array | undefined> {
  let inOrder = true
  for (let row = 1; row < user.length && inOrder; row++) {
    const step = user[row] - user[row - 1]
    inOrder = step > 0 || (step === 0 && (timestamp === undefined || timestamp[row] >= timestamp[row - 1]))
  }
  if (inOrder) return undefined
  const permutation = new Int32Array(user.length)
  const next = userStart.slice()
  for (let row = 0; row < user.length; row++) permutation[next[user[row]]++] = row
  if (timestamp === undefined) return permutation
  for (let u = 0; u + 1 < userStart.length; u++) {
    if (u % 65_536 === 0) yield
    const mine = permutation.subarray(userStart[u], userStart[u + 1])
    let sorted = true
    for (let i = 1; i < mine.length && sorted; i++) sorted = timestamp[mine[i]] >= timestamp[mine[i - 1]]
    if (!sorted) mine.sort((a, b) => timestamp[a] - timestamp[b] || a - b)
  }
  return permutation
}

function take<A extends Int32Array | Float64Array | Float32Array | Uint8Array>(column: A, rows: Int32Array): A {
  const taken = new (column.constructor as new (length: number) => A)(rows.length)
  for (let i = 0; i < rows.length; i++) taken[i] = column[rows[i]]
  return taken
}

/** SHA-256 over names and columns (little-endian), each preceded by its name and length so that no two layouts collide. */
function* hash(names: Names, log: InteractionLog): Generator<void, string> {
  const digest = createHash('sha256')
  const add = (label: string, data: ArrayBufferView | undefined) => {
    digest.update(`${label} ${data === undefined ? 'absent' : data.byteLength}\n`)
    if (data !== undefined) digest.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  digest.update(`tributary dataset 1\n${JSON.stringify(names.domains)}\n`)
  add('domainStart', names.domainStart)
  for (const [label, vocabulary] of [
    ['users', names.users],
    ['items', names.items],
  ] as const) {
    add(label, vocabulary.bytes)
    add(`${label}/offsets`, vocabulary.offsets)
  }
  yield
  add('user', log.user)
  add('item', log.item)
  yield
  add('timestamp', log.timestamp)
  yield
  add('value', log.value)
  add('part', log.part)
  if (names.categories !== undefined) {
    digest.update(`${JSON.stringify(names.categories.names)}\n`)
    add('categories', names.categories.ofItem)
  }
  return digest.digest('hex')
}
