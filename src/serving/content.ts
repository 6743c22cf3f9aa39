import { domainItems } from '../core/index.ts'
import type { Assortment } from './assortment.ts'
import type { FieldValue } from './filters.ts'

/** Items of a model's vocabulary that are like a new one, with weights that add up to 1. */
export interface Likeness {
  /** Ids, the most alike first. Empty where nothing is known that they have in common. */
  readonly items: Int32Array
  readonly weights: Float32Array
}

/** Of what nothing is known. */
export const NOTHING_ALIKE: Likeness = { items: new Int32Array(), weights: new Float32Array() }

const MOST_ALIKE = 10

/** What more than this part of the items have says nothing of an item. */
const COMMON = 0.5

/** Changes after which the profiles of a domain are made anew, as a part of its items. */
const STALE = 0.1

interface Profiles {
  /** Items of the domain that the model knows, by what is said of them. */
  readonly having: ReadonlyMap<string, readonly number[]>
  /** Of each item, the length of its vector. By id less the domain's first. */
  readonly norms: Float64Array
  readonly start: number
  /** Of the assortment that they were made of. */
  readonly version: number
}

/**
 * Which items of the model's vocabulary a new item is like: by the cosine of vectors that have, for each category, property and word of
 * the title, its inverse frequency among the domain's items. A model's score of a new item is the mean of theirs by weight; where scores are
 * products of vectors this is the score of the mean of their vectors, so a new item has a vector before it has a training.
 */
export class ContentLikeness {
  readonly #assortment: Assortment
  readonly #profiles = new Map<string, Profiles>()
  readonly #found = new Map<
    number,
    { readonly likeness: Likeness; readonly record: unknown; readonly profiles: Profiles }
  >()

  constructor(assortment: Assortment) {
    this.#assortment = assortment
  }

  /** @param id of an item that the dataset does not have, whose domain it has */
  of(id: number): Likeness {
    const profiles = this.#profilesOf(this.#assortment.domainOf(id))
    const record = this.#assortment.record(id)
    const before = this.#found.get(id)
    if (before?.record === record && before?.profiles === profiles) return before.likeness
    const likeness = this.#alike(id, profiles)
    this.#found.set(id, { likeness, record, profiles })
    return likeness
  }

  #alike(id: number, { having, norms, start }: Profiles): Likeness {
    const products = new Map<number, number>()
    for (const term of new Set(termsOf(this.#assortment, id))) {
      const items = having.get(term)
      if (items === undefined || items.length > COMMON * norms.length) continue
      const weight = inverseFrequency(items.length, norms.length) ** 2
      for (const item of items) products.set(item, (products.get(item) ?? 0) + weight)
    }
    const best = [...products]
      .map(([item, product]) => ({ item, likeness: product / norms[item - start] }))
      .sort((a, b) => b.likeness - a.likeness || a.item - b.item)
      .slice(0, MOST_ALIKE)
    const total = best.reduce((sum, { likeness }) => sum + likeness, 0)
    return {
      items: Int32Array.from(best, ({ item }) => item),
      weights: Float32Array.from(best, ({ likeness }) => likeness / total),
    }
  }

  #profilesOf(domain: string): Profiles {
    const { version } = this.#assortment
    let profiles = this.#profiles.get(domain)
    // A price that changes makes no item another one: what is known of all is read anew after many changes.
    if (profiles === undefined || version - profiles.version > Math.max(100, STALE * profiles.norms.length)) {
      profiles = profilesOf(this.#assortment, domain)
      this.#profiles.set(domain, profiles)
    }
    return profiles
  }
}

function profilesOf(assortment: Assortment, domain: string): Profiles {
  const { dataset, version } = assortment
  const place = dataset.domains.indexOf(domain)
  if (place === -1) return { having: new Map(), norms: new Float64Array(), start: 0, version }
  const { start, end } = domainItems(dataset, place)
  const having = new Map<string, number[]>()
  for (let item = start; item < end; item++) {
    for (const term of new Set(termsOf(assortment, item))) {
      const items = having.get(term)
      if (items === undefined) having.set(term, [item])
      else items.push(item)
    }
  }
  const norms = new Float64Array(end - start)
  for (const items of having.values()) {
    if (items.length > COMMON * norms.length) continue
    const weight = inverseFrequency(items.length, norms.length) ** 2
    for (const item of items) norms[item - start] += weight
  }
  return { having, norms: norms.map(Math.sqrt), start, version }
}

function inverseFrequency(count: number, items: number): number {
  return Math.log((items + 1) / (count + 0.5))
}

function termsOf(assortment: Assortment, id: number): readonly string[] {
  return assortment.fieldsOf(id).flatMap((field) => {
    const values = assortment.valuesOf(id, field)
    if (field === 'title') return values.flatMap((title) => wordsOf(String(title)))
    return values.map((value) => `${field}=${bucket(value)}`)
  })
}

function wordsOf(title: string): readonly string[] {
  return (title.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []).map((word) => `title=${word}`)
}

/** Numbers are alike where they are within the same step of two to three. */
function bucket(value: FieldValue): FieldValue {
  if (typeof value !== 'number' || value === 0) return value
  return `${value < 0 ? '-' : ''}${Math.round(2 * Math.log2(Math.abs(value)))}`
}
