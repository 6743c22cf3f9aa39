import { type Dataset, domainOfItem, type Query } from '../../core/index.ts'
import type { DomainFactors, Factors } from './factors.ts'

/** Somebody in a source that knows them. */
export interface KnownThere {
  /** [n] */
  readonly vector: Float32Array
  /** How many rows say so. */
  readonly rows: number
  /** The last items that they liked there, in their order. */
  liked(): Int32Array
}

/** Somebody as the sources of a target know them. */
export interface Person {
  /** In the order of the sources. */
  readonly there: readonly (KnownThere | undefined)[]
  /** b_u, what they give more than others by all of these together; 0 unless offsets are shared. */
  readonly offset: number
}

/** Whom a question is about, and what of them is not to be known: one training row, or all of a domain. */
export type Asked = Pick<Query, 'user'> &
  Partial<Pick<Query, 'history' | 'values'>> & { readonly withoutRow?: number; readonly newIn?: number }

const NONE = new Int32Array(0)

export type People = (asked: Asked, sources: readonly number[]) => Person

/**
 * Users by their training rows; where a user has none, the question's own history speaks. What stands there without a value is taken for liked, and
 * to be rated as liked items of its domain are on average.
 * @param options `behaviors` items are read, of those with values above `positiveAbove`
 */
export function createPeople(
  dataset: Dataset,
  factors: Factors,
  { behaviors, positiveAbove }: { readonly behaviors: number; readonly positiveAbove: number },
): People {
  const { log } = dataset
  const value = log.value ?? new Float32Array(0)
  const lastLiked = (places: Int32Array, items = log.item, values = value): number[] => {
    const found: number[] = []
    for (let i = places.length - 1; i >= 0 && found.length < behaviors; i--)
      if (values[places[i]] > positiveAbove) found.push(items[places[i]])
    return found.reverse()
  }
  // A log does not fit into the processor's cache; what steps read of it again and again is found once.
  const likedByDomain = new Map<number, { readonly begin: Int32Array; readonly items: Int32Array }>()
  const likedIn = (d: number, { rows, start }: DomainFactors) => {
    const known = likedByDomain.get(d)
    if (known !== undefined) return known
    const begin = new Int32Array(start.length)
    const items: number[] = []
    for (let place = 0; place + 1 < start.length; place++) {
      items.push(...lastLiked(rows.subarray(start[place], start[place + 1])))
      begin[place + 1] = items.length
    }
    const liked = { begin, items: Int32Array.from(items) }
    likedByDomain.set(d, liked)
    return liked
  }
  const likedMeans = new Map<number, number>()
  const likedMean = (d: number): number => {
    const known = likedMeans.get(d)
    if (known !== undefined) return known
    const liked = (factors.domains[d]?.rows ?? new Int32Array(0)).filter((row) => value[row] > positiveAbove)
    const mean = liked.length === 0 ? Number.NaN : liked.reduce((sum, row) => sum + value[row], 0) / liked.length
    likedMeans.set(d, mean)
    return mean
  }
  const valuesOfLiked = (history: Int32Array) =>
    Float32Array.from(history, (item) => likedMean(domainOfItem(dataset, item)))
  const trained = (d: number, user: number, withoutRow: number | undefined): KnownThere | undefined => {
    const [domain, known] = [factors.domains[d], factors.trained(d, user)]
    if (domain === undefined || known === undefined) return undefined
    if (withoutRow === undefined || !known.rows.includes(withoutRow)) {
      return {
        vector: known.vector,
        rows: known.rows.length,
        liked() {
          const [{ begin, items }, place] = [likedIn(d, domain), domain.place[user]]
          return items.subarray(begin[place], begin[place + 1])
        },
      }
    }
    const rows = known.rows.filter((row) => row !== withoutRow)
    const others = { history: rows.map((row) => log.item[row]), values: Float32Array.from(rows, (row) => value[row]) }
    const fitted = factors.fitted(d, others)
    return fitted && { vector: fitted.vector, rows: rows.length, liked: () => Int32Array.from(lastLiked(rows)) }
  }
  return ({ user, history = NONE, values, withoutRow, newIn }, sources) => {
    const rated = history.length === 0 ? undefined : (values ?? valuesOfLiked(history))
    const there = sources.map((d): KnownThere | undefined => {
      if (d === newIn) return undefined
      const known = user === undefined ? undefined : trained(d, user, withoutRow)
      if (known !== undefined) return known
      if (rated === undefined) return undefined
      const fitted = factors.fitted(d, { history, values: rated })
      if (fitted === undefined) return undefined
      const here = history.map((_, t) => t).filter((t) => domainOfItem(dataset, history[t]) === d)
      return { ...fitted, liked: () => Int32Array.from(lastLiked(here, history, rated)) }
    })
    if (factors.offsets !== 'shared') return { there, offset: 0 }
    const offset = factors.pooled(there.filter((known) => known !== undefined))
    const together = (known: KnownThere): KnownThere => {
      const vector = known.vector.slice()
      vector[0] = offset
      return { ...known, vector }
    }
    return { there: there.map((known) => known && together(known)), offset }
  }
}
