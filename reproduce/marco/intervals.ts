// What two models differ by, with an interval over users and seeds: users are drawn with all their rows in every place and seed.
import { bootstrapStatistics, type Interval, intervalOf, mean, overDrawnSeeds } from '../../src/math/index.ts'
import type { Result } from './job.ts'
import { type Place, placeName, type Share } from './worlds.ts'

/** How far off a model is, or how high what users liked ranks. */
export interface Figure {
  readonly name: string
  readonly lessIsBetter: boolean
  /** Sums of users that are averaged over their rows; undefined where the model has none. */
  sums(
    result: Result,
  ):
    | { readonly users: readonly string[]; readonly sums: readonly number[]; readonly rows: readonly number[] }
    | undefined
  of(mean: number): number
}

const tested = (
  name: string,
  column: 'absolute' | 'square' | 'absoluteClipped' | 'squareClipped',
  of = Math.sqrt,
): Figure => ({
  name,
  lessIsBetter: true,
  sums: ({ tested: found }) => found && { users: found.users, sums: found[column], rows: found.rows },
  of,
})
const liked = (name: string, column: 'ndcg' | 'hr'): Figure => ({
  name,
  lessIsBetter: false,
  sums: ({ liked: found }) => found && { users: found.users, sums: found[column], rows: found.rows },
  of: (value) => value,
})
const same = (value: number) => value

export const RMSE = tested('RMSE', 'square')
export const MAE = tested('MAE', 'absolute', same)
export const RMSE_CLIPPED = tested('RMSE, clipped', 'squareClipped')
export const MAE_CLIPPED = tested('MAE, clipped', 'absoluteClipped', same)
export const NDCG = liked('NDCG@10', 'ndcg')
export const HR = liked('HR@10', 'hr')

/** The results of a model by place, share and seed. */
export type Results = ReadonlyMap<string, Result>
export const cellKey = (place: Place, share: Share, seed: number) => `${placeName(place)} ${share} ${seed}`

/** Places with a share in which both have the same seeds, and these: the first ones that every place has. */
export function sharedCells(a: Results, b: Results, places: readonly Place[], shares: readonly Share[], seeds: number) {
  const cells = places.flatMap((place) => shares.map((share) => ({ place, share })))
  const has = (cell: (typeof cells)[number], seed: number) =>
    [a, b].every((of) => of.has(cellKey(cell.place, cell.share, seed)))
  const known = cells.filter((cell) => has(cell, 1))
  let last = 0
  while (last < seeds && known.length > 0 && known.every((cell) => has(cell, last + 1))) last++
  return { cells: known, seeds: last }
}

/** Whether the first seed has it everywhere. */
export const isWhole = (results: Results, places: readonly Place[], share: Share) =>
  places.every((place) => results.has(cellKey(place, share, 1)))

/** A figure of one model, the mean over cells of each seed. */
export function valuesOf(
  figure: Figure,
  results: Results,
  places: readonly Place[],
  shares: readonly Share[],
  seeds: number,
): number[] {
  const { cells, seeds: last } = sharedCells(results, results, places, shares, seeds)
  return Array.from({ length: last }, (_, s) =>
    mean(cells.map(({ place, share }) => figureOf(figure, results.get(cellKey(place, share, s + 1))!))),
  ).filter((value) => !Number.isNaN(value))
}

export function figureOf(figure: Figure, result: Result): number {
  const found = figure.sums(result)
  if (found === undefined) return Number.NaN
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
  return figure.of(total(found.sums) / total(found.rows))
}

const DRAWS = { samples: 1000, seed: 1 }

/** The mean over cells of a − b, averaged over seeds; undefined where they share no cell, or one has no such figure. */
export function difference(
  figure: Figure,
  a: Results,
  b: Results,
  places: readonly Place[],
  shares: readonly Share[],
  most: number,
): (Interval & { readonly cells: number; readonly seeds: number }) | undefined {
  const { cells, seeds } = sharedCells(a, b, places, shares, most)
  const names: string[] = []
  const bySeed: ((weights: Float64Array) => number)[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    const parts: ((weights: Float64Array) => number)[] = []
    for (const { place, share } of cells) {
      const key = cellKey(place, share, seed)
      const [mine, theirs] = [figure.sums(a.get(key)!), figure.sums(b.get(key)!)]
      if (mine === undefined || theirs === undefined) return undefined
      const start = names.length
      // A person of one log is somebody else in another.
      names.push(...mine.users.map((user) => `${place.log} ${user}`))
      parts.push((weights) => {
        let [one, other, rows] = [0, 0, 0]
        for (let u = 0; u < mine.users.length; u++) {
          const weight = weights[start + u]
          one += weight * mine.sums[u]
          other += weight * theirs.sums[u]
          rows += weight * mine.rows[u]
        }
        return figure.of(one / rows) - figure.of(other / rows)
      })
    }
    bySeed.push((weights) => mean(parts.map((part) => part(weights))))
  }
  if (names.length === 0) return undefined
  const ids = new Map([...new Set(names)].map((name, id) => [name, id]))
  const users = Int32Array.from(names, (name) => ids.get(name)!)
  const samples = bootstrapStatistics(bySeed, names.length, { ...DRAWS, users })
  const once = new Float64Array(names.length).fill(1)
  const value = mean(bySeed.map((statistic) => statistic(once)))
  return { ...intervalOf(value, overDrawnSeeds(samples, DRAWS.seed)), cells: cells.length, seeds }
}
