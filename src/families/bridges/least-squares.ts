import { createRidgeSolver, type Rng, rowsByEntity, type VectorRidge } from '../../math/index.ts'

/** Values that users gave items of one domain; both are counted from 0. */
export interface RatedRows {
  readonly users: Int32Array
  readonly items: Int32Array
  readonly values: Float32Array
}

/** What draws each part to 0, in rows of the spread of all values: an entity with as many rows goes half of the way. */
export interface Ridges {
  readonly users: number
  readonly items: number
  readonly factors: number
}

export interface FactorShape {
  /** k, numbers of each user and item whose products say what suits whom. */
  readonly factors: number
  /** Whether the domain has a mean, and each user and item an offset from it that stands before its factors. */
  readonly offsets: boolean
}

/** A fit of one domain. Each entity has n = k numbers, or with offsets n = 1 + k, its offset first. */
export interface FittedFactors {
  /** μ; 0 without offsets. */
  readonly mean: number
  /** [users × n] */
  readonly users: Float64Array
  /** [items × n] */
  readonly items: Float64Array
  /** What draws a vector of a user to 0 in units of the values, as `solveUser` takes it. */
  readonly ridge: VectorRidge
}

/** Of factors before the first sweep. */
const START_DEVIATION = 0.3

/**
 * y_uv = μ + c_v + b_u + ⟨p_u, q_v⟩ + ε by alternating least squares with ridges (Zhou et al., 2008), in time that grows with rows and entities:
 * each sweep solves all users, then all items. Entities without rows are 0.
 */
export function fitFactors(
  rows: RatedRows,
  { users, items }: { readonly users: number; readonly items: number },
  shape: FactorShape,
  { ridges, sweeps }: { readonly ridges: Ridges; readonly sweeps: number },
  rng: Rng,
): FittedFactors {
  const n = widthOf(shape)
  const { mean, deviation } = standardOf(rows.values, shape)
  const ofUsers = createSide(rows.users, users, n)
  const ofItems = createSide(rows.items, items, n)
  const first = shape.offsets ? 1 : 0
  for (let i = 0; i < ofItems.vectors.length; i++)
    if (i % n >= first) ofItems.vectors[i] = START_DEVIATION * rng.normal()
  const solver = createRidgeSolver(n, shape.offsets)
  const solve = (side: Side, other: Side, others: Int32Array, offset: number) => {
    for (let e = 0; e + 1 < side.start.length; e++) {
      if (side.start[e] === side.start[e + 1]) {
        side.vectors.fill(0, e * n, (e + 1) * n)
        continue
      }
      solver.begin({ offset, factors: ridges.factors })
      for (let at = side.start[e]; at < side.start[e + 1]; at++) {
        const row = side.rows[at]
        solver.add(other.vectors, others[row], (rows.values[row] - mean) / deviation)
      }
      side.vectors.set(solver.end(), e * n)
    }
  }
  for (let sweep = 0; sweep < sweeps; sweep++) {
    solve(ofUsers, ofItems, rows.items, ridges.users)
    solve(ofItems, ofUsers, rows.users, ridges.items)
  }
  if (shape.offsets) centerUsers(ofUsers, ofItems.vectors, n)
  // Back in units of the values: an offset by their deviation; of a product each side takes its root.
  const root = Math.sqrt(deviation)
  for (const { vectors } of [ofUsers, ofItems])
    for (let i = 0; i < vectors.length; i++) vectors[i] *= i % n < first ? deviation : root
  return {
    mean,
    users: ofUsers.vectors,
    items: ofItems.vectors,
    ridge: { offset: ridges.users, factors: ridges.factors * deviation },
  }
}

/**
 * Brings the vectors of users who have rows to a mean of 0, which changes no prediction for them: what the mean of them adds to an item becomes a
 * part of the item's offset. A vector of 0 then stands for the average user.
 */
function centerUsers({ vectors, start }: Side, items: Float64Array, n: number): void {
  const average = new Float64Array(n)
  let known = 0
  for (let e = 0; e + 1 < start.length; e++) {
    if (start[e] === start[e + 1]) continue
    known++
    for (let f = 0; f < n; f++) average[f] += vectors[e * n + f]
  }
  for (let f = 0; f < n; f++) average[f] /= known
  for (let e = 0; e + 1 < start.length; e++)
    if (start[e] < start[e + 1]) for (let f = 0; f < n; f++) vectors[e * n + f] -= average[f]
  for (let at = 0; at < items.length; at += n) {
    items[at] += average[0]
    for (let f = 1; f < n; f++) items[at] += average[f] * items[at + f]
  }
}

export function widthOf({ factors, offsets }: FactorShape): number {
  return factors + (offsets ? 1 : 0)
}

/** The vector of one user from values above the mean, given vectors of items [· × n]. */
export function solveUser(
  shape: FactorShape,
  items: ArrayLike<number>,
  rated: Iterable<readonly [item: number, aboveMean: number]>,
  ridge: VectorRidge,
): Float64Array {
  const solver = createRidgeSolver(widthOf(shape), shape.offsets)
  solver.begin(ridge)
  for (const [item, value] of rated) solver.add(items, item, value)
  return solver.end()
}

/** μ + c_v + b_u + ⟨p_u, q_v⟩ */
export function fittedValue(
  { mean, users, items }: FittedFactors,
  { offsets, factors }: FactorShape,
  user: number,
  item: number,
): number {
  const n = widthOf({ factors, offsets })
  const first = offsets ? 1 : 0
  let sum = mean + (offsets ? users[user * n] + items[item * n] : 0)
  for (let f = first; f < n; f++) sum += users[user * n + f] * items[item * n + f]
  return sum
}

/** What values are brought to before they are fitted: mean 0 and variance 1, or without offsets a mean square of 1. */
function standardOf(values: Float32Array, { offsets }: FactorShape): { mean: number; deviation: number } {
  const mean = offsets ? values.reduce((sum, value) => sum + value, 0) / values.length : 0
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(variance) || 1 }
}

interface Side {
  /** [entities × n] */
  readonly vectors: Float64Array
  /** Rows of entity e are rows[start[e]] … rows[start[e + 1] − 1]. */
  readonly start: Int32Array
  readonly rows: Int32Array
}

function createSide(own: Int32Array, entities: number, n: number): Side {
  return { vectors: new Float64Array(entities * n), ...rowsByEntity(own, entities) }
}
