import { type Dataset, domainItems, domainOfItem, itemGenres, type LabelFeature } from '../core/index.ts'
import { describingFields, type FieldValue, type Filter, valuesOfItem } from './filters.ts'
import { ItemIndex } from './item-index.ts'
import { ItemSet } from './item-set.ts'
import type { ItemChange, StoredItem } from './store/store.ts'

/** What may be recommended of a domain now. */
export interface Selection {
  /** Of the items that the model knows, these alone; absent where all of the domain may be. */
  readonly candidates?: Int32Array
  /** Of the items that the model knows, all but these; where they are few. */
  readonly exclude?: Int32Array
  /** Items that the model does not know, the newest first. Ids begin where those of the vocabulary end. */
  readonly fresh: Int32Array
}

interface Kept {
  readonly selection: Selection
  readonly version: number
  /** Milliseconds since 1970: the selection holds from the one and before the other. */
  readonly from: number
  readonly until: number
}

const MOST_KEPT = 64

/**
 * The items of a catalogue in the ids of one dataset, so that what a filter selects can be asked of a model as it is. Items
 * that the catalogue does not have are as the dataset knows them; new ones have ids after those of the dataset.
 */
export class Assortment {
  readonly dataset: Dataset
  /** Names of items that the dataset does not have. */
  readonly #names: string[] = []
  readonly #ids = new Map<string, number>()
  /** Domains of these, or of what one of them was once. */
  readonly #newDomains = new Set<string>()
  readonly #records = new Map<number, StoredItem>()
  /** Hidden, or taken out of the catalogue. */
  readonly #withdrawn = new ItemSet()
  /** Items that are there for a time. */
  readonly #windows = new Map<number, StoredItem>()
  readonly #index: ItemIndex
  #version = 0
  readonly #kept = new Map<string, Kept>()

  constructor(dataset: Dataset) {
    this.dataset = dataset
    this.#index = new ItemIndex(dataset.items.size, (id, field) => this.valuesOf(id, field))
  }

  /** Ids are below it. */
  get size(): number {
    return this.dataset.items.size + this.#names.length
  }

  /** Changes whenever an item does. */
  get version(): number {
    return this.#version
  }

  id(name: string): number | undefined {
    return this.dataset.items.id(name) ?? this.#ids.get(name)
  }

  name(id: number): string {
    const { items } = this.dataset
    return id < items.size ? items.name(id) : this.#names[id - items.size]
  }

  /** Whether the model cannot know the item, since its dataset does not. */
  isNew(id: number): boolean {
    return id >= this.dataset.items.size
  }

  record(id: number): StoredItem | undefined {
    return this.#records.get(id)
  }

  domainOf(id: number): string {
    const { dataset } = this
    return this.isNew(id) ? (this.#records.get(id)?.domain ?? '') : dataset.domains[domainOfItem(dataset, id)]
  }

  apply({ item, removed }: ItemChange): void {
    const known = this.id(item.item)
    // What is gone and was never here needs no id.
    if (known === undefined && removed) return
    const id = known ?? this.size
    if (known === undefined) {
      this.#names.push(item.item)
      this.#ids.set(item.item, id)
    }
    this.#records.set(id, item)
    if (this.isNew(id)) this.#newDomains.add(item.domain)
    if (removed || item.hidden) this.#withdrawn.add(id)
    else this.#withdrawn.delete(id)
    if (item.availableFrom !== undefined || item.availableUntil !== undefined) this.#windows.set(id, item)
    else this.#windows.delete(id)
    this.#index.changed(id)
    this.#version++
  }

  /** Whether an item was taken out of the catalogue. */
  isRemoved(id: number): boolean {
    return this.#withdrawn.has(id) && this.#records.get(id)?.hidden !== true
  }

  /** What an item has in a field: as the catalogue says, or the dataset where the catalogue has nothing there. */
  valuesOf(id: number, field: string): readonly FieldValue[] {
    const record = this.#records.get(id)
    const values = record === undefined ? [] : valuesOfItem(record, field)
    return values.length > 0 || this.isNew(id) || id === 0 ? values : valuesOfDataset(this.dataset, id, field)
  }

  /** Whether there are items of a domain that the dataset does not have. */
  hasNew(domain: string): boolean {
    return this.#newDomains.has(domain)
  }

  /** The fields that describe an item. */
  fieldsOf(id: number): readonly string[] {
    const record = this.#records.get(id)
    const own = record === undefined ? [] : describingFields(record)
    if (this.isNew(id)) return own
    const known = this.dataset.itemFeatures?.map(({ name }) => name) ?? []
    return [...new Set(['categories', ...known, ...own])]
  }

  /** Whether an item may be recommended in its domain, whatever filters say. */
  isAvailable(id: number, now: number): boolean {
    return !this.#withdrawn.has(id) && !isAway(this.#windows.get(id), now)
  }

  /**
   * What filters let through of the items of a domain, of those that may be recommended. The same question is answered from
   * memory until an item changes, or comes or goes with time.
   */
  select(domain: string, filters: readonly Filter[], now: number): Selection {
    const key = JSON.stringify([domain, ...filters])
    const kept = this.#kept.get(key)
    this.#kept.delete(key)
    const holds = kept !== undefined && kept.version === this.#version && now >= kept.from && now < kept.until
    const answer = holds ? kept : this.#select(domain, filters, now)
    this.#kept.set(key, answer)
    if (this.#kept.size > MOST_KEPT) this.#kept.delete([...this.#kept.keys()][0])
    return answer.selection
  }

  #select(domain: string, filters: readonly Filter[], now: number): Kept {
    const found = ItemSet.below(this.size).remove(this.#withdrawn)
    let [from, until] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (const [id, item] of this.#windows) {
      if (isAway(item, now)) found.delete(id)
      for (const border of [item.availableFrom, item.availableUntil]) {
        if (border === undefined) continue
        if (border <= now) from = Math.max(from, border)
        else until = Math.min(until, border)
      }
    }
    for (const filter of filters) found.keep(this.#index.select(filter))
    const { dataset } = this
    const fresh = found
      .within(dataset.items.size, this.size)
      .filter((id) => this.domainOf(id) === domain)
      .reverse()
    const selection = { ...knownItems(dataset, domain, found), fresh }
    return { selection, version: this.#version, from, until }
  }
}

function knownItems(dataset: Dataset, domain: string, found: ItemSet): Omit<Selection, 'fresh'> {
  const place = dataset.domains.indexOf(domain)
  if (place === -1) return { candidates: new Int32Array() }
  const { start, end } = domainItems(dataset, place)
  const candidates = found.within(start, end)
  if (candidates.length === end - start) return {}
  const left = end - start - candidates.length
  // A model answers faster for all items than for a list of nearly all.
  return left * 16 > end - start ? { candidates } : { exclude: ItemSet.below(end).remove(found).within(start, end) }
}

function isAway(item: StoredItem | undefined, now: number): boolean {
  if (item === undefined) return false
  const { availableFrom = now, availableUntil = Number.POSITIVE_INFINITY } = item
  return now < availableFrom || now >= availableUntil
}

function valuesOfDataset(dataset: Dataset, id: number, field: string): readonly FieldValue[] {
  switch (field) {
    case 'item':
      return [dataset.items.name(id)]
    case 'domain':
      return [dataset.domains[domainOfItem(dataset, id)]]
    case 'hidden':
      return [false]
    case 'categories':
      return itemGenres(dataset, id)
    default: {
      const feature = dataset.itemFeatures?.find(({ name }) => name === field)
      if (feature === undefined) return []
      if (feature.kind === 'labels') return labelsOf(feature, id)
      return Number.isNaN(feature.values[id]) ? [] : [feature.values[id]]
    }
  }
}

function labelsOf({ labels, start, ids }: LabelFeature, item: number): string[] {
  return Array.from(ids.subarray(start[item], start[item + 1]), (id) => labels[id])
}
