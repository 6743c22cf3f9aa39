import { type Dataset, domainOfItem, type Query } from '../../core/index.ts'
import type { Factors } from './factors.ts'

/** Somebody in a source that knows them. */
export interface KnownThere {
  /** [n] */
  readonly vector: Float32Array
  /** How many rows say so. */
  readonly rows: number
  /** The last items that they liked there, in their order. */
  liked(): readonly number[]
}

/** Somebody as the sources of a target know them, in the order of the sources. */
export type Person = readonly (KnownThere | undefined)[]

/** Whom a question is about, and what of them is not to be known: one training row, or all of a domain. */
export type Asked = Pick<Query, 'user'> &
  Partial<Pick<Query, 'history' | 'values'>> & { readonly withoutRow?: number; readonly newIn?: number }

const NONE = new Int32Array(0)

/**
 * Users by their training rows; where a user has none, the question's own history speaks. What stands there without a value is taken for liked, and
 * to be rated as liked items of its domain are on average.
 * @param options `behaviors` items are read, of those with values above `positiveAbove`
 */
export function createPeople(
  dataset: Dataset,
  factors: Factors,
  { behaviors, positiveAbove }: { readonly behaviors: number; readonly positiveAbove: number },
): (asked: Asked, sources: readonly number[]) => Person {
  const { log } = dataset
  const value = log.value ?? new Float32Array(0)
  const lastLiked = (count: number, item: (i: number) => number, valueAt: (i: number) => number): number[] => {
    const found: number[] = []
    for (let i = count - 1; i >= 0 && found.length < behaviors; i--) if (valueAt(i) > positiveAbove) found.push(item(i))
    return found.reverse()
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
  const trained = (d: number, user: number, withoutRow: number | undefined) => {
    const known = factors.trained(d, user)
    if (withoutRow === undefined || known?.rows.includes(withoutRow) !== true) return known
    const rows = known.rows.filter((row) => row !== withoutRow)
    const others = { history: rows.map((row) => log.item[row]), values: Float32Array.from(rows, (row) => value[row]) }
    const fitted = factors.fitted(d, others)
    return fitted && { vector: fitted.vector, rows }
  }
  return ({ user, history = NONE, values, withoutRow, newIn }, sources) => {
    const rated = history.length === 0 ? undefined : (values ?? valuesOfLiked(history))
    return sources.map((d): KnownThere | undefined => {
      if (d === newIn) return undefined
      const known = user === undefined ? undefined : trained(d, user, withoutRow)
      if (known !== undefined) {
        const { vector, rows } = known
        const liked = () =>
          lastLiked(
            rows.length,
            (i) => log.item[rows[i]],
            (i) => value[rows[i]],
          )
        return { vector, rows: rows.length, liked }
      }
      if (rated === undefined) return undefined
      const fitted = factors.fitted(d, { history, values: rated })
      if (fitted === undefined) return undefined
      const here = history.map((_, t) => t).filter((t) => domainOfItem(dataset, history[t]) === d)
      const liked = () =>
        lastLiked(
          here.length,
          (i) => history[here[i]],
          (i) => rated[here[i]],
        )
      return { ...fitted, liked }
    })
  }
}
