import { type Dataset, domainItems, TributaryError } from '../../core/index.ts'
import { firstAtLeast } from '../../math/index.ts'
import { hashed, type Names } from './assemble.ts'
import { encodeCategories } from './categories.ts'
import { attachSideData, selectFeatures } from './side-data.ts'
import { packed } from './vocabulary.ts'

export interface FilterReport {
  readonly minItem: number
  readonly minUser: number
  /** Passes over the log until nothing changed. */
  readonly rounds: number
  readonly removed: { readonly interactions: number; readonly users: number; readonly items: number }
}

export interface FilterBounds {
  readonly minItem?: number | undefined
  readonly minUser?: number | undefined
}

/** @throws TributaryError `bad-argument` for a bound below 1 */
export function checkedBounds({ minItem = 1, minUser = 1 }: FilterBounds): { minItem: number; minUser: number } {
  for (const [name, bound] of Object.entries({ minItem, minUser })) {
    if (Number.isInteger(bound) && bound >= 1) continue
    throw new TributaryError('bad-argument', `${name} is ${bound}; it must be a whole number of at least 1`)
  }
  return { minItem, minUser }
}

export function nothingLeft(name: string, minItem: number, minUser: number): TributaryError {
  const message = `no interaction of '${name}' is left with at least ${minItem} an item and ${minUser} a user; lower them`
  return new TributaryError('bad-dataset', message)
}

/**
 * The largest part of the log in which every item has at least `minItem` interactions and every user at least `minUser` (a
 * k-core): each removal can put another user or item below its bound, so it is repeated until nothing changes. All rows
 * count, later test rows too. Ids are given anew.
 *
 * Throws `bad-argument` for a bound below 1 and for a dataset with a truth that would lose rows, `bad-dataset` when nothing is
 * left.
 */
export function filterDataset(dataset: Dataset, bounds: FilterBounds): { dataset: Dataset; report: FilterReport } {
  const { minItem, minUser } = checkedBounds(bounds)
  const { log } = dataset
  const keep = new Uint8Array(log.length).fill(1)
  let left = log.length
  let rounds = 0
  for (let before = -1; before !== left; rounds++) {
    before = left
    left -= drop(keep, log.item, dataset.items.size, minItem)
    left -= drop(keep, log.user, dataset.users.size, minUser)
  }
  if (left === 0) throw nothingLeft(dataset.name, minItem, minUser)
  if (left < log.length && dataset.truth !== undefined) {
    const message =
      `a filter of ${minItem} an item and ${minUser} a user would take ${log.length - left} interactions from '${dataset.name}', ` +
      'whose truth pays for its users and items as they are; leave the filter out'
    throw new TributaryError('bad-argument', message)
  }
  const filtered = left === log.length ? dataset : selectRows(dataset, keep, left)
  const removed = {
    interactions: log.length - left,
    users: dataset.users.size - filtered.users.size,
    items: dataset.items.size - filtered.items.size,
  }
  return { dataset: filtered, report: { minItem, minUser, rounds, removed } }
}

/** Drops the rows whose id has fewer than `least` rows left; returns how many. */
function drop(keep: Uint8Array, ids: Int32Array, size: number, least: number): number {
  const counts = rowsOfEach(keep, ids, size)
  let dropped = 0
  for (let row = 0; row < ids.length; row++) {
    if (keep[row] === 0 || counts[ids[row]] >= least) continue
    keep[row] = 0
    dropped++
  }
  return dropped
}

/**
 * The dataset that a file of only these rows would give. Users stay in their order, which is that of names, and rows in theirs; items
 * are ordered anew, since what they are ordered by is how often they occur. No text is made for a name.
 */
function selectRows(dataset: Dataset, keep: Uint8Array, length: number): Dataset {
  const { log, categories, userFeatures, itemFeatures } = dataset
  const userRows = rowsOfEach(keep, log.user, dataset.users.size)
  const itemRows = rowsOfEach(keep, log.item, dataset.items.size)
  const users = idsWithRows(userRows)
  const { items, domains, domainStart } = orderedItems(dataset, itemRows)
  const withPad = new Int32Array(items.length + 1)
  withPad.set(items, 1)
  const names: Names = {
    users: packed(dataset.users, false).select(users),
    items: packed(dataset.items, true).select(items),
    domains,
    domainStart,
    categories:
      categories &&
      encodeCategories(
        domainStart,
        Array.from(withPad, (id) => categories.names[categories.ofItem[id]]),
      ),
  }
  const userStart = new Int32Array(users.length + 1)
  for (const [id, old] of users.entries()) userStart[id + 1] = userStart[id] + userRows[old]
  const selected = hashed(dataset.name, names, {
    length,
    user: recoded(keep, log.user, users, 0, length),
    item: recoded(keep, log.item, items, 1, length),
    timestamp: log.timestamp && kept(keep, log.timestamp, length),
    value: log.value && kept(keep, log.value, length),
    part: log.part && kept(keep, log.part, length),
    userStart,
  })
  return attachSideData(selected, {
    userFeatures: userFeatures && selectFeatures(userFeatures, Array.from(users)),
    itemFeatures: itemFeatures && selectFeatures(itemFeatures, Array.from(withPad)),
  })
}

/** Old ids of the items that have rows, in their new order, and the domains that are left. */
function orderedItems(dataset: Dataset, itemRows: Int32Array) {
  const names = packed(dataset.items, true)
  const items = idsWithRows(itemRows)
  const domains: string[] = []
  const domainStart = [1]
  for (const [d, domain] of dataset.domains.entries()) {
    const { end } = domainItems(dataset, d)
    const from = domainStart[domainStart.length - 1] - 1
    const to = firstAtLeast(items, end)
    if (from === to) continue
    items.subarray(from, to).sort((a, b) => itemRows[b] - itemRows[a] || names.compare(a, b))
    domains.push(domain)
    domainStart.push(to + 1)
  }
  return { items, domains, domainStart: Int32Array.from(domainStart) }
}

function rowsOfEach(keep: Uint8Array, ids: Int32Array, size: number): Int32Array {
  const counts = new Int32Array(size)
  for (let row = 0; row < ids.length; row++) counts[ids[row]] += keep[row]
  return counts
}

function idsWithRows(counts: Int32Array): Int32Array {
  const ids = new Int32Array(counts.reduce((sum, rows) => sum + (rows > 0 ? 1 : 0), 0))
  for (let id = 0, next = 0; id < counts.length; id++) if (counts[id] > 0) ids[next++] = id
  return ids
}

/** The kept rows of a column; the filter of typed arrays would first make a list of what it keeps. */
function kept<A extends Int32Array | Float64Array | Float32Array | Uint8Array>(
  keep: Uint8Array,
  column: A,
  length: number,
): A {
  const taken = new (column.constructor as new (length: number) => A)(length)
  for (let row = 0, next = 0; row < column.length; row++) if (keep[row] === 1) taken[next++] = column[row]
  return taken
}

/** The kept rows of a column of ids in new ones: `order[i]` becomes `first + i`. */
function recoded(keep: Uint8Array, column: Int32Array, order: Int32Array, first: number, length: number): Int32Array {
  const ids = kept(keep, column, length)
  const rank = new Int32Array(order.reduce((most, id) => Math.max(most, id), 0) + 1)
  for (let i = 0; i < order.length; i++) rank[order[i]] = i + first
  for (let row = 0; row < length; row++) ids[row] = rank[ids[row]]
  return ids
}
