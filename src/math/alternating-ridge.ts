import { choleskyFactor, choleskyInverse, choleskySolve } from './positive-definite.ts'

/** What draws the vector of an entity to what is expected of it, in rows: an entity with as many rows goes half of the way. */
export interface VectorRidge {
  /** Of the number that stands by itself. */
  readonly offset: number
  /** Of the numbers that are multiplied with the other side's. */
  readonly factors: number
}

/** One half of alternating least squares with ridges (Zhou et al., 2008): the vector of one entity, given those of the other side. */
export interface RidgeSolver {
  /** @param expected the vector that it is drawn to, from place `at` on; 0 without one */
  begin(ridge: VectorRidge, expected?: ArrayLike<number>, at?: number): void
  /** A row with entity `other` of the other side, whose vectors are `others` [· × n]. */
  add(others: ArrayLike<number>, other: number, value: number): void
  /** The vector, until the next call. [n] */
  end(): Float64Array
  /** After `end`: its posterior covariance in units of the variance of a row, into `inverse` [n × n]. The vector is lost. */
  covariance(inverse: Float64Array): void
}

/**
 * Solves one entity after another in the same memory.
 * @param n numbers of each entity
 * @param offsets whether the first of them is an offset, which is added to the product of the others
 */
export function createRidgeSolver(n: number, offsets: boolean): RidgeSolver {
  const first = offsets ? 1 : 0
  const normal = new Float64Array(n * n)
  const right = new Float64Array(n)
  const design = new Float64Array(n)
  design[0] = 1
  return {
    begin(ridge, expected, at = 0) {
      normal.fill(0)
      for (let f = 0; f < n; f++) {
        const own = f < first ? ridge.offset : ridge.factors
        normal[f * n + f] = own
        right[f] = expected === undefined ? 0 : own * expected[at + f]
      }
    },
    add(others, other, value) {
      const rest = offsets ? value - others[other * n] : value
      for (let f = first; f < n; f++) design[f] = others[other * n + f]
      for (let f = 0; f < n; f++) {
        right[f] += design[f] * rest
        for (let g = 0; g <= f; g++) normal[f * n + g] += design[f] * design[g]
      }
    },
    end() {
      choleskyFactor(normal, n)
      choleskySolve(normal, n, right)
      return right
    },
    covariance(inverse) {
      choleskyInverse(normal, n, inverse, right)
    },
  }
}

/** Rows by the entity of a side that they are of: those of entity e are rows[start[e]] … rows[start[e + 1] − 1], in their order. */
export function rowsByEntity(
  own: Int32Array,
  entities: number,
): { readonly start: Int32Array; readonly rows: Int32Array } {
  const start = new Int32Array(entities + 1)
  for (const entity of own) start[entity + 1]++
  for (let e = 0; e < entities; e++) start[e + 1] += start[e]
  const next = start.slice()
  const rows = new Int32Array(own.length)
  for (const [row, entity] of own.entries()) rows[next[entity]++] = row
  return { start, rows }
}
