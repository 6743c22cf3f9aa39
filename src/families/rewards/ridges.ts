import { type output, type ZodObject, z } from 'zod'
import type { TriedOptions } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { learnsWithOption } from '../acting/index.ts'
import { foldsOf, leftOut, meanSquaredError, type Sides } from './fitted.ts'
import type { RatedPairs, Ridges } from './least-squares.ts'

const grid = (values: number[], help: string) =>
  z.array(z.number().positive()).min(1).default(values).describe(`${help}; of several the held-out rows choose`)

/** Options of whatever fits rewards by least squares. */
export function ridgeOptions() {
  return {
    factors: z.int().min(1).default(8).describe('k, numbers of each user and item whose products say what suits whom'),
    userRidge: grid([1, 2, 4, 8, 16, 32], 'λ_b, rows that draw what a user gives more than others to 0'),
    itemRidge: grid([1, 2, 4, 8, 16, 32], 'λ_c, rows that draw what an item is given more than others to 0'),
    factorRidge: grid(
      [0.5, 1, 2, 3, 4.5, 6.5, 10, 15, 1e6],
      'λ_f, rows that draw factors to what features lead to expect; 1e6 leaves none',
    ),
    featureRidge: grid([1, 5, 20, 80, 1e6], 'λ_x, users or items that draw what a feature says to 0'),
    folds: z
      .int()
      .min(2)
      .default(5)
      .describe('parts of the training rows, each told by a fit to the others, that choose ridges'),
    sweeps: z.int().min(1).default(15).describe('times that both sides are solved'),
    domain: z
      .string()
      .default('')
      .describe('whose rewards are learned; may be empty where there is one domain only, or a truth'),
    ...learnsWithOption,
  }
}

export type RidgeConfig = output<ZodObject<ReturnType<typeof ridgeOptions>>>

const NAMES = ['factors', 'users', 'items', 'properties'] as const
type Name = (typeof NAMES)[number]
const OPTIONS = { factors: 'factorRidge', users: 'userRidge', items: 'itemRidge', properties: 'featureRidge' } as const

/** Rounds over all ridges. */
const ROUNDS = 2

export interface RidgeSearch {
  /** Lines to search, in turn: 1 … lines. */
  readonly lines: number
  /** The parts, by place among the ratings. */
  readonly folds: readonly Int32Array[]
  search(line: number): void
  /** After the last line. */
  chosen(): {
    readonly ridges: Ridges
    /** Of the chosen ones, over all rows, each told by a fit that did not see it. */
    readonly rmse: number
    /** What each row was expected to be worth by the fit that did not see it. */
    readonly expected: Float64Array
    readonly tried: readonly TriedOptions[]
  }
}

/** Chooses ridges by the squared error of rows that were left out, one ridge after the other. Equal errors leave the earlier value. */
export function ridgeSearch(ratings: RatedPairs, sides: Sides, config: RidgeConfig, seed: number): RidgeSearch {
  const grids: Readonly<Record<Name, readonly number[]>> = {
    factors: config.factorRidge,
    users: config.userRidge,
    items: config.itemRidge,
    properties: sides.users.count + sides.items.count === 0 ? config.featureRidge.slice(0, 1) : config.featureRidge,
  }
  const folds = foldsOf(ratings.values.length, config.folds, createRng(seed).split('folds'))
  const known = new Map<string, number>()
  const tried: TriedOptions[] = []
  const ridgesAt = (places: Readonly<Record<Name, number>>): Ridges => ({
    factors: grids.factors[places.factors],
    users: grids.users[places.users],
    items: grids.items[places.items],
    properties: grids.properties[places.properties],
  })
  const error = (places: Readonly<Record<Name, number>>): number => {
    const ridges = ridgesAt(places)
    const key = JSON.stringify(ridges)
    const before = known.get(key)
    if (before !== undefined) return before
    const found = meanSquaredError(ratings.values, leftOut(ratings, folds, sides, { ...config, ridges }, seed))
    known.set(key, found)
    const options = Object.fromEntries(NAMES.map((name) => [OPTIONS[name], ridges[name]]))
    tried.push({ options, validation: { 'heldOut/rmse': Math.sqrt(found) } })
    return found
  }
  const middle = (name: Name) => Math.floor(grids[name].length / 2)
  let best = {
    factors: middle('factors'),
    users: middle('users'),
    items: middle('items'),
    properties: middle('properties'),
  }
  return {
    lines: ROUNDS * NAMES.length,
    folds,
    search(line) {
      const name = NAMES[(line - 1) % NAMES.length]
      const better = (place: number): boolean => {
        if (place < 0 || place >= grids[name].length) return false
        const next = { ...best, [name]: place }
        if (error(next) >= error(best)) return false
        best = next
        return true
      }
      // Uphill errors end a direction; the last value, which leaves a part out, may lie beyond a hill.
      for (const direction of [1, -1]) while (better(best[name] + direction));
      better(grids[name].length - 1)
    },
    chosen() {
      const ridges = ridgesAt(best)
      const expected = leftOut(ratings, folds, sides, { ...config, ridges }, seed)
      return { ridges, rmse: Math.sqrt(meanSquaredError(ratings.values, expected)), expected, tried }
    },
  }
}
