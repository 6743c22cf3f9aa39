import { type Dataset, itemGenres, TITLE } from '../core/index.ts'
import type { Assortment } from './assortment.ts'
import type { FieldValue } from './filters.ts'
import type { Store, StoredItem } from './store/store.ts'

/** Names that are looked at for one search: of users in a store, which are read for it, and of what is in memory. */
const MOST_READ = 20_000
const MOST_SEEN = 2_000_000
/** Others are answered between two parts of a long search. */
const SEEN_AT_ONCE = 10_000
const READ_AT_ONCE = 1000

/** Collects what a search finds: what is called so, then what begins so, then what has all of its words somewhere. */
class Found<T> {
  readonly #limit: number
  readonly #asked: string
  readonly #words: readonly string[]
  readonly #ranks: readonly [T[], T[], T[]] = [[], [], []]

  constructor(search: string, limit: number) {
    this.#limit = limit
    this.#asked = search.trim().toLowerCase()
    this.#words = this.#asked.split(/\s+/)
  }

  /** Whether nothing that comes later could be among the answers. */
  get isFull(): boolean {
    const [same, beginning] = this.#ranks
    return same.length >= this.#limit || (this.#asked === '' && beginning.length >= this.#limit)
  }

  /** @param title what it is called beside its name; the words may stand in one or the other */
  offer(one: T, name: string, title = ''): void {
    const [a, b] = [name.toLowerCase(), title.toLowerCase()]
    const asked = this.#asked
    const has = (word: string) => a.includes(word) || b.includes(word)
    const rank =
      a === asked || b === asked
        ? 0
        : a.startsWith(asked) || b.startsWith(asked)
          ? 1
          : this.#words.every(has)
            ? 2
            : undefined
    const place = rank === undefined ? undefined : this.#ranks[rank]
    if (place !== undefined && place.length < this.#limit) place.push(one)
  }

  get rows(): T[] {
    return this.#ranks.flat().slice(0, this.#limit)
  }
}

export interface Search {
  readonly search: string
  readonly limit: number
}

/**
 * Names of users that a search finds, those first that are or begin so. With a store these are its users alone, since who was
 * erased there must not be found elsewhere; of those whose names have it in the middle, the first of so many.
 */
export async function searchUsers(
  { search, limit }: Search,
  { users }: Pick<Dataset, 'users'>,
  store?: Pick<Store, 'users' | 'user'>,
): Promise<readonly string[]> {
  const found = new Found<string>(search, limit)
  if (store === undefined) {
    await inParts(users.size, 0, found, (id) => found.offer(users.name(id), users.name(id)))
    return found.rows
  }
  const exact = (await store.user(search.trim()))?.user
  const beginning = (await store.users({ after: search.trim(), limit })).rows.filter((name) =>
    name.startsWith(search.trim()),
  )
  const first = [...new Set([...(exact === undefined ? [] : [exact]), ...beginning])]
  if (first.length >= limit) return first.slice(0, limit)
  let after: string | undefined
  for (let read = 0; read < MOST_READ; read += READ_AT_ONCE) {
    const page: { rows: readonly string[]; next?: string | undefined } = await store.users({
      after,
      limit: READ_AT_ONCE,
    })
    for (const name of page.rows) found.offer(name, name)
    after = page.next
    if (after === undefined) break
  }
  return [...new Set([...first, ...found.rows])].slice(0, limit)
}

/** Items that a search finds by name or title, those first that are called so or begin so. What was removed is not found. */
export async function searchItems(
  { search, limit, domain }: Search & { readonly domain?: string | undefined },
  assortment: Assortment,
): Promise<readonly number[]> {
  const found = new Found<number>(search, limit)
  const title = titlesOf(assortment)
  await inParts(assortment.size, 1, found, (id) => {
    if (domain !== undefined && assortment.domainOf(id) !== domain) return
    if (assortment.isRemoved(id)) return
    found.offer(id, assortment.name(id), title(id))
  })
  return found.rows
}

async function inParts(size: number, first: number, found: { readonly isFull: boolean }, look: (id: number) => void) {
  const end = Math.min(size, first + MOST_SEEN)
  for (let id = first; id < end && !found.isFull; id++) {
    look(id)
    if (id % SEEN_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** What people call an item, where something says so. */
export function titleOf(assortment: Assortment, id: number): string | undefined {
  return titlesOf(assortment)(id)
}

/** The same for many items: the feature is looked for once. */
function titlesOf(assortment: Assortment): (id: number) => string | undefined {
  const feature = assortment.dataset.itemFeatures?.find(({ name }) => name === TITLE)
  return (id) => {
    const told = assortment.record(id)?.title
    if (told !== undefined || feature?.kind !== 'labels' || assortment.isNew(id)) return told
    return feature.start[id] < feature.start[id + 1] ? feature.labels[feature.ids[feature.start[id]]] : undefined
  }
}

/** An item as the catalogue describes it, or the dataset where the catalogue has nothing: its features are then its properties. */
export function describedItem(assortment: Assortment, id: number): StoredItem {
  const { dataset } = assortment
  const record = assortment.record(id)
  const title = titleOf(assortment, id)
  const known = assortment.isNew(id) ? [] : (dataset.itemFeatures ?? []).map(({ name }) => name)
  const features = known
    .filter((name) => name !== TITLE)
    .flatMap((name): [string, FieldValue | readonly FieldValue[]][] => {
      const values = assortment.valuesOf(id, name)
      return values.length === 0 ? [] : [[name, values.length === 1 ? values[0] : values]]
    })
  const own = record?.categories ?? []
  return {
    hidden: false,
    ...record,
    item: assortment.name(id),
    domain: assortment.domainOf(id),
    categories: own.length > 0 || assortment.isNew(id) ? own : itemGenres(dataset, id),
    properties: { ...Object.fromEntries(features), ...record?.properties },
    ...(title !== undefined && { title }),
  }
}
