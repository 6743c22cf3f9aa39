import { type Dataset, domainOfItem, type Feature, type LabelFeature } from '../../core/index.ts'
import type { NewEvent, Store, StoredItem } from './store.ts'

/** Events that one append takes, and appends that are on their way at a time. */
const BATCH = 1_000
const AHEAD = 4

export interface LoadOptions {
  /** What the rows are events of; default `interaction`. */
  readonly type?: string | undefined
  readonly onProgress?: ((rows: number) => void) | undefined
  /** Stops between two batches. */
  readonly signal?: AbortSignal | undefined
}

export interface LoadReport {
  readonly rows: number
  /** Rows that the store had already. */
  readonly duplicates: number
  readonly conflicts: number
  readonly items: number
  /** Items that the store knew already; they are left as they are. */
  readonly knownItems: number
  readonly users: number
}

/**
 * Puts the log of a dataset into a store, with what is known of its items and users. Doing it twice changes nothing: a row is told under the
 * dataset's hash and its place.
 * @throws TributaryError `store-failed`; what was loaded before stays
 */
export async function loadDataset(store: Store, dataset: Dataset, options: LoadOptions = {}): Promise<LoadReport> {
  const { onProgress, signal, type = 'interaction' } = options
  const knownItems = await loadItems(store, dataset)
  const users = await loadUsers(store, dataset)
  let duplicates = 0
  let conflicts = 0
  let rows = 0
  const under = new Set<Promise<void>>()
  for (let from = 0; from < dataset.log.length; from += BATCH) {
    signal?.throwIfAborted()
    const batch = eventsOf(dataset, type, from, Math.min(from + BATCH, dataset.log.length))
    const append = store.appendEvents(batch).then(({ outcomes }) => {
      under.delete(append)
      duplicates += outcomes.filter((outcome) => outcome === 'duplicate').length
      conflicts += outcomes.filter((outcome) => outcome === 'conflict').length
      rows += batch.length
      onProgress?.(rows)
    })
    under.add(append)
    if (under.size === AHEAD) await Promise.race(under)
  }
  await Promise.all(under)
  return { rows, duplicates, conflicts, items: dataset.items.size - 1, knownItems, users }
}

function eventsOf(
  { name, hash, users, items, domains, domainStart, log }: Dataset,
  type: string,
  from: number,
  to: number,
) {
  const events: NewEvent[] = []
  for (let row = from; row < to; row++) {
    const item = log.item[row]
    events.push({
      source: `log:${name}`,
      id: `${hash.slice(0, 16)}:${row}`,
      type,
      user: users.name(log.user[row]),
      item: items.name(item),
      domain: domains[domainOfItem({ domainStart }, item)],
      // Without times the order of the rows is what counts, and it is kept.
      timestamp: log.timestamp === undefined ? 0 : Math.round(log.timestamp[row] * 1_000),
      value: log.value?.[row],
    })
  }
  return events
}

/** What the store knows of an item already is newer than the log. */
async function loadItems(store: Store, dataset: Dataset): Promise<number> {
  const known = new Set<string>()
  let after: string | undefined
  do {
    const page = await store.items({ limit: BATCH, ...(after !== undefined && { after }) })
    for (const { item } of page.rows) known.add(item)
    after = page.next
  } while (after !== undefined)
  let skipped = 0
  let batch: StoredItem[] = []
  for (let id = 1; id < dataset.items.size; id++) {
    if (known.has(dataset.items.name(id))) skipped++
    else batch.push(itemOf(dataset, id))
    if (batch.length < BATCH && id < dataset.items.size - 1) continue
    await store.putItems(batch)
    batch = []
  }
  return skipped
}

/** The feature `title` is an item's title, `category` and the categories of the log are its categories; all else are properties. */
function itemOf(dataset: Dataset, id: number): StoredItem {
  const { itemFeatures = [] } = dataset
  const titles = labelsOf(itemFeatures.find(isNamed('title')), id)
  const categories = labelsOf(itemFeatures.find(isNamed('category')), id)
  const ofLog = dataset.categories?.names[dataset.categories.ofItem[id]] ?? ''
  return {
    item: dataset.items.name(id),
    domain: dataset.domains[domainOfItem(dataset, id)],
    hidden: false,
    categories: [...new Set([...(ofLog === '' ? [] : [ofLog]), ...categories])],
    ...(titles.length > 0 && { title: titles[0] }),
    properties: propertiesOf(
      itemFeatures.filter((feature) => !isNamed('title')(feature) && !isNamed('category')(feature)),
      id,
    ),
  }
}

async function loadUsers(store: Store, { users, userFeatures }: Dataset): Promise<number> {
  if (userFeatures === undefined) return 0
  let told = 0
  let puts: Promise<void>[] = []
  for (let id = 0; id < users.size; id++) {
    const user = users.name(id)
    const properties = propertiesOf(userFeatures, id)
    if (Object.keys(properties).length > 0) puts.push(putIfNew(store, user, properties))
    told++
    if (puts.length < BATCH && id < users.size - 1) continue
    await Promise.all(puts)
    puts = []
  }
  return told
}

async function putIfNew(store: Store, user: string, properties: Record<string, unknown>): Promise<void> {
  const standing = await store.user(user)
  if (standing === undefined || Object.keys(standing.properties).length === 0) await store.putUser({ user, properties })
}

function propertiesOf(features: readonly Feature[], id: number): Record<string, unknown> {
  const properties: Record<string, unknown> = {}
  for (const feature of features) {
    if (feature.kind === 'number') {
      if (!Number.isNaN(feature.values[id])) properties[feature.name] = feature.values[id]
    } else {
      const labels = labelsOf(feature, id)
      if (labels.length > 0) properties[feature.name] = labels.length === 1 ? labels[0] : labels
    }
  }
  return properties
}

function isNamed(name: string) {
  return (feature: Feature): feature is LabelFeature => feature.kind === 'labels' && feature.name === name
}

function labelsOf(feature: LabelFeature | undefined, id: number): string[] {
  if (feature === undefined) return []
  return [...feature.ids.subarray(feature.start[id], feature.start[id + 1])].map((label) => feature.labels[label])
}
