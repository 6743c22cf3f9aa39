import { choiceAt, type Dimension } from './space.ts'
import type { Tried } from './tpe.ts'

/** Ranges are cut into so many pieces of as many trials each. */
const PIECES = 4

export interface Importance {
  readonly option: string
  /** ω² of the pieces: the share of the variance of the result that the option explains by itself, 0 where it is no more than chance; NaN of too few trials. */
  readonly share: number
}

/** How much of the result each option explains by itself. What options do together is not in it. */
export function importances(space: readonly Dimension[], tried: readonly Tried[]): readonly Importance[] {
  const known = tried.filter(({ value }) => Number.isFinite(value))
  const values = known.map(({ value }) => value)
  return space.map((dimension, d) => {
    const places = known.map(({ point }) => point[d])
    const pieces =
      dimension.kind === 'choice' ? places.map((x) => choiceAt(dimension.choices.length, x)) : piecesOf(places)
    return { option: dimension.option, share: omegaSquared(values, pieces) }
  })
}

function piecesOf(places: readonly number[]): number[] {
  const order = [...places.keys()].sort((a, b) => places[a] - places[b])
  const pieces = new Array<number>(places.length)
  for (const [rank, i] of order.entries()) pieces[i] = Math.floor((rank * PIECES) / places.length)
  return pieces
}

/** Hays' ω²: (SS_between − (k − 1) MS_within) / (SS_total + MS_within), at least 0. */
export function omegaSquared(values: readonly number[], groups: readonly number[]): number {
  const of = new Map<number, number[]>()
  for (const [i, group] of groups.entries()) of.set(group, [...(of.get(group) ?? []), values[i]])
  const k = of.size
  const n = values.length
  if (k < 2 || n <= k) return Number.NaN
  const mean = average(values)
  const between = [...of.values()].reduce((sum, own) => sum + own.length * (average(own) - mean) ** 2, 0)
  const total = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const within = (total - between) / (n - k)
  if (total === 0) return 0
  return Math.max(0, (between - (k - 1) * within) / (total + within))
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
