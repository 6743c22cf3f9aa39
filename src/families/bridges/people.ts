import type { Dataset, Query } from '../../core/index.ts'
import type { Factors } from './factors.ts'

/** Somebody as the sources of a target know them. */
export interface Person {
  /** A source each; undefined where they are not known. */
  readonly vectors: readonly (Float32Array | undefined)[]
  /** The last items that they liked in the source of that place, in their order. */
  liked(source: number): readonly number[]
}

export interface People {
  /** A user by training rows; in a source without such, a query's own history and values speak. */
  of(query: Pick<Query, 'user'> & Partial<Pick<Query, 'history' | 'values'>>, sources: readonly number[]): Person
}

/** @param options `behaviors` items are read, of those with values above `positiveAbove` */
export function createPeople(
  { log }: Dataset,
  factors: Factors,
  { behaviors, positiveAbove }: { readonly behaviors: number; readonly positiveAbove: number },
): People {
  const liked = (rows: Int32Array): number[] => {
    const found: number[] = []
    for (let at = rows.length - 1; at >= 0 && found.length < behaviors; at--)
      if (log.value![rows[at]] > positiveAbove) found.push(log.item[rows[at]])
    return found.reverse()
  }
  const likedInHistory = (history: Int32Array, values: Float32Array | undefined, d: number): number[] => {
    const range = factors.domains[d]?.items
    if (range === undefined) return []
    const found: number[] = []
    for (let t = history.length - 1; t >= 0 && found.length < behaviors; t--) {
      const item = history[t]
      if (item >= range.start && item < range.end && (values === undefined || values[t] > positiveAbove))
        found.push(item)
    }
    return found.reverse()
  }
  return {
    of({ user, history = new Int32Array(0), values }, sources) {
      const asked = { history, ...(values && { values }) }
      const trained = (d: number) => (user === undefined ? undefined : factors.userVector(d, user))
      return {
        vectors: sources.map((d) => trained(d) ?? factors.fitted(d, asked)),
        liked(s) {
          const rows = user === undefined ? undefined : factors.userRows(sources[s], user)
          return rows === undefined ? likedInHistory(history, values, sources[s]) : liked(rows)
        },
      }
    },
  }
}
