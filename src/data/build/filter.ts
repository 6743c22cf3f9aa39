import { type Dataset, domainOfItem, TributaryError } from '../../core/index.ts'
import { rankAndAssemble } from './build.ts'
import { attachSideData, selectFeatures } from './side-data.ts'

export interface FilterReport {
  readonly minItem: number
  readonly minUser: number
  /** Passes over the log until nothing changed. */
  readonly rounds: number
  readonly removed: { readonly interactions: number; readonly users: number; readonly items: number }
}

/**
 * The largest part of the log in which every item has at least `minItem` interactions and every user at least `minUser` (a
 * k-core): each removal can put another user or item below its bound, so it is repeated until nothing changes. All rows
 * count, later test rows too. Ids are given anew.
 *
 * Throws `bad-argument` for a bound below 1 and for a dataset with a truth that would lose rows, `bad-dataset` when nothing is
 * left.
 */
export function filterDataset(
  dataset: Dataset,
  bounds: { minItem?: number | undefined; minUser?: number | undefined },
): { dataset: Dataset; report: FilterReport } {
  const { minItem = 1, minUser = 1 } = bounds
  for (const [name, bound] of Object.entries({ minItem, minUser })) {
    if (Number.isInteger(bound) && bound >= 1) continue
    throw new TributaryError('bad-argument', `${name} is ${bound}; it must be a whole number of at least 1`)
  }
  const { log } = dataset
  const keep = new Uint8Array(log.length).fill(1)
  let left = log.length
  let rounds = 0
  for (let before = -1; before !== left; rounds++) {
    before = left
    left -= drop(keep, log.item, dataset.items.size, minItem)
    left -= drop(keep, log.user, dataset.users.size, minUser)
  }
  if (left === 0) {
    const message = `no interaction of '${dataset.name}' is left with at least ${minItem} an item and ${minUser} a user; lower them`
    throw new TributaryError('bad-dataset', message)
  }
  if (left < log.length && dataset.truth !== undefined) {
    const message =
      `a filter of ${minItem} an item and ${minUser} a user would take ${log.length - left} interactions from '${dataset.name}', ` +
      'whose truth pays for its users and items as they are; leave the filter out'
    throw new TributaryError('bad-argument', message)
  }
  const filtered = left === log.length ? dataset : selectRows(dataset, keep)
  const removed = {
    interactions: log.length - left,
    users: dataset.users.size - filtered.users.size,
    items: dataset.items.size - filtered.items.size,
  }
  return { dataset: filtered, report: { minItem, minUser, rounds, removed } }
}

/** Drops the rows whose id has fewer than `least` rows left; returns how many. */
function drop(keep: Uint8Array, ids: Int32Array, size: number, least: number): number {
  const counts = new Int32Array(size)
  for (let row = 0; row < ids.length; row++) counts[ids[row]] += keep[row]
  let dropped = 0
  for (let row = 0; row < ids.length; row++) {
    if (keep[row] === 0 || counts[ids[row]] >= least) continue
    keep[row] = 0
    dropped++
  }
  return dropped
}

/** The dataset that a file of only these rows would give. */
function selectRows(dataset: Dataset, keep: Uint8Array): Dataset {
  const { log } = dataset
  const kept = <A extends Int32Array | Float64Array | Float32Array | Uint8Array>(column: A): A =>
    column.filter((_, row) => keep[row] === 1) as A
  const users = compact(kept(log.user), dataset.users.size)
  const items = compact(kept(log.item), dataset.items.size)
  const domains = compact(
    Int32Array.from(items.ids, (id) => domainOfItem(dataset, id)),
    dataset.domains.length,
  )
  const selected = rankAndAssemble(
    dataset.name,
    { codes: users.codes, names: Array.from(users.ids, (id) => dataset.users.name(id)) },
    { codes: items.codes, counts: items.counts, names: Array.from(items.ids, (id) => dataset.items.name(id)) },
    Array.from(domains.ids, (id) => dataset.domains[id]),
    domains.codes,
    dataset.categories && Array.from(items.ids, (id) => dataset.categories!.names[dataset.categories!.ofItem[id]]),
    {
      timestamp: log.timestamp && kept(log.timestamp),
      value: log.value && kept(log.value),
      part: log.part && kept(log.part),
    },
  )
  const { userFeatures, itemFeatures } = dataset
  const oldUsers = Array.from({ length: selected.users.size }, (_, id) => dataset.users.id(selected.users.name(id))!)
  const oldItems = Array.from({ length: selected.items.size }, (_, id) =>
    id === 0 ? 0 : dataset.items.id(selected.items.name(id))!,
  )
  return attachSideData(selected, {
    userFeatures: userFeatures && selectFeatures(userFeatures, oldUsers),
    itemFeatures: itemFeatures && selectFeatures(itemFeatures, oldItems),
  })
}

/** Ids without the unused ones: `ids` the old ids in order, `codes` the column in new ids. */
function compact(column: Int32Array, size: number): { codes: Int32Array; ids: Int32Array; counts: Int32Array } {
  const counts = new Int32Array(size)
  for (const id of column) counts[id]++
  const ids = Int32Array.from(counts, (_, id) => id).filter((id) => counts[id] > 0)
  const rank = new Int32Array(size)
  for (let i = 0; i < ids.length; i++) rank[ids[i]] = i
  return { codes: column.map((id) => rank[id]), ids, counts: ids.map((id) => counts[id]) }
}
