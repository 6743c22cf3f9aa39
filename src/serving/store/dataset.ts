import { type Dataset, quoted, TributaryError } from '../../core/index.ts'
import { buildDataset, type EventType, type NamedFeature } from '../../data/index.ts'
import type { Store, StoredEvent, StoredItem } from './store.ts'

const PAGE = 2_000

export interface StoreDatasetOptions {
  /** What the dataset is called. */
  readonly name: string
  /** Milliseconds since 1970, of the events' times: from `since`, before `until`. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** Events after it are left for the next time. */
  readonly upTo?: number | undefined
  /** Kinds of events that count, and what each is worth; default all but impressions, with their own values. */
  readonly types?: readonly EventType[] | undefined
  readonly onProgress?: ((rows: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface StoreDataset {
  readonly dataset: Dataset
  readonly left: {
    /** Events without an item. */
    readonly itemless: number
    /** Events of types that do not count, most frequent first. */
    readonly types: readonly { readonly type: string; readonly rows: number }[]
    /** Events of items that neither an event nor the catalogue puts into a domain. */
    readonly homeless: number
    /** Whether some events have a value and others have none, so that none counts. */
    readonly values: boolean
  }
}

/**
 * The events of a store as a dataset, in memory. An item is in the domain that the catalogue says, else in that of its first event that names one;
 * what the catalogue knows of items is their features.
 * @throws TributaryError `file-empty` where no event is left
 */
export async function datasetOfStore(store: Store, options: StoreDatasetOptions): Promise<StoreDataset> {
  const { name, types } = options
  const catalogue = await allItems(store)
  const rows = { user: [] as string[], item: [] as string[], timestamp: [] as number[], value: [] as number[] }
  const domains = new Map<string, string>()
  const otherTypes = new Map<string, number>()
  const weights = new Map(types?.map(({ type, weight }) => [type, weight]))
  const weighted = types?.[0]?.weight !== undefined
  const words = new Map<string, string>()
  // A name that stands in a million events is kept once.
  const once = (word: string): string => {
    const kept = words.get(word)
    if (kept === undefined) words.set(word, word)
    return kept ?? word
  }
  let itemless = 0
  let valued = 0
  for await (const event of eventsOf(store, options)) {
    const counts = types === undefined ? event.type !== 'impression' : weights.has(event.type)
    if (!counts) otherTypes.set(event.type, (otherTypes.get(event.type) ?? 0) + 1)
    else if (event.item === undefined) itemless++
    else {
      const item = once(event.item)
      if (event.domain !== undefined && !domains.has(item)) domains.set(item, once(event.domain))
      rows.user.push(once(event.user))
      rows.item.push(item)
      rows.timestamp.push(event.timestamp / 1_000)
      rows.value.push((weighted ? weights.get(event.type) : event.value) ?? Number.NaN)
      if (event.value !== undefined) valued++
    }
  }
  const domain = rows.item.map((item) => catalogue.get(item)?.domain ?? domains.get(item))
  const kept = domain.flatMap((home, row) => (home === undefined ? [] : [row]))
  if (kept.length === 0)
    throw new TributaryError(
      'file-empty',
      `no event of the store can be a row of ${quoted(name)}: events of a period and type with an item whose domain is known are needed`,
    )
  const of = <T>(column: readonly T[]) => kept.map((row) => column[row])
  const hasValues = weighted || valued === rows.item.length
  const items = of(rows.item)
  const itemFeatures = featuresOf([...new Set(items)].flatMap((item) => catalogue.get(item) ?? []))
  const dataset = buildDataset(
    name,
    {
      user: of(rows.user),
      item: items,
      domain: of(domain).map(String),
      timestamp: of(rows.timestamp),
      ...(hasValues && { value: of(rows.value) }),
    },
    itemFeatures.length === 0 ? {} : { itemFeatures },
  )
  return {
    dataset,
    left: {
      itemless,
      types: [...otherTypes].map(([type, rows]) => ({ type, rows })).sort((a, b) => b.rows - a.rows),
      homeless: rows.item.length - kept.length,
      values: !hasValues && valued > 0,
    },
  }
}

async function* eventsOf(store: Store, { since, until, upTo, onProgress, signal }: StoreDatasetOptions) {
  const last = upTo ?? (await store.lastSequence())
  let after: string | undefined
  let rows = 0
  do {
    signal?.throwIfAborted()
    const page = await store.events({ since, until, limit: PAGE, ...(after !== undefined && { after }) })
    for (const event of page.rows) {
      if (event.sequence > last) return
      yield event satisfies StoredEvent
    }
    rows += page.rows.length
    onProgress?.(rows)
    after = page.next
  } while (after !== undefined)
}

/** Those that are there, and those that were deleted: their events are still somewhere. */
async function allItems(store: Store): Promise<Map<string, StoredItem>> {
  const items = new Map<string, StoredItem>()
  let after = 0
  for (;;) {
    const changes = await store.itemChanges(after, PAGE)
    for (const { item } of changes) items.set(item.item, item)
    const last = changes.at(-1)
    if (last === undefined) return items
    after = last.revision
  }
}

/** What the catalogue knows of items, as an import would: text and lists of text are labels, numbers are numbers, all else is left. */
function featuresOf(items: readonly StoredItem[]): NamedFeature[] {
  const features = new Map<string, Map<string, readonly string[] | number>>()
  const tell = (feature: string, item: string, what: readonly string[] | number) =>
    features.set(feature, (features.get(feature) ?? new Map()).set(item, what))
  for (const { item, title, categories, properties } of items) {
    for (const [name, value] of Object.entries(properties)) {
      if (typeof value === 'number') tell(name, item, value)
      else if (typeof value === 'string') tell(name, item, [value])
      else if (typeof value === 'boolean') tell(name, item, [String(value)])
      else if (Array.isArray(value) && value.every((one) => typeof one === 'string')) tell(name, item, value)
    }
    if (title !== undefined) tell('title', item, [title])
    if (categories.length > 0) tell('category', item, categories)
  }
  return [...features].flatMap(([name, of]): NamedFeature[] => {
    if (name === '' || name === 'item') return []
    const told = [...of.values()]
    if (told.every((what) => typeof what === 'number')) return [{ name, kind: 'number', of: of as Map<string, number> }]
    const labels = new Map([...of].map(([item, what]) => [item, typeof what === 'number' ? [String(what)] : what]))
    return [{ name, kind: 'labels', of: labels }]
  })
}
