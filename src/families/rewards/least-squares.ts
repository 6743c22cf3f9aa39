import { createRidgeSolver, type Rng, rowsByEntity } from '../../math/index.ts'

/** What is known of the entities of a side, sparse: properties of entity e and how much of each are in places start[e] … start[e + 1] − 1. */
export interface Properties {
  readonly count: number
  readonly start: Int32Array
  readonly ids: Int32Array
  readonly values: Float64Array
}

/** Values that users gave items; users and items are entities of their sides. */
export interface RatedPairs {
  readonly users: Int32Array
  readonly items: Int32Array
  readonly values: Float64Array
}

/** What draws each part to its expectation, in rows: an entity with as many rows goes half of the way. */
export interface Ridges {
  /** λ_b */
  readonly users: number
  /** λ_c */
  readonly items: number
  /** λ_f, of the factors of both sides */
  readonly factors: number
  /** λ_x, of what properties lead to expect, in entities */
  readonly properties: number
}

/** One side. Each entity has n = 1 + k numbers: its bias, then its factors. */
export interface Estimates {
  readonly n: number
  /** [entities × n] */
  readonly vectors: Float64Array
  /** Posterior covariance of each, in units of σ². [entities × n × n] */
  readonly covariances: Float64Array
  /** M, what a property adds to the expectation of who has it. [properties × n] */
  readonly properties: Float64Array
}

export interface LeastSquares {
  readonly users: Estimates
  readonly items: Estimates
  /** σ², the variance of a row around what is expected of it. */
  readonly noise: number
}

export interface LeastSquaresOptions {
  /** k */
  readonly factors: number
  readonly ridges: Ridges
  readonly sweeps: number
}

/** Of factors before the first sweep. */
const START_DEVIATION = 0.3

/**
 * y_ui = b_u + c_i + p_u · q_i + ε by alternating least squares (Zhou et al., 2008): Σ ε² is minimized together with what keeps [b_u, p_u] near x_u M and
 * [c_i, q_i] near x_i M′, where M and M′ are learned besides (Agarwal and Chen, 2009, with ridges for variances).
 * @param pairs values with mean 0 and variance 1
 */
export function fitLeastSquares(
  pairs: RatedPairs,
  properties: { readonly users: Properties; readonly items: Properties },
  { factors, ridges, sweeps }: LeastSquaresOptions,
  rng: Rng,
): LeastSquares {
  const n = factors + 1
  const users = createSide(properties.users, pairs.users, pairs.items, n)
  const items = createSide(properties.items, pairs.items, pairs.users, n)
  for (let i = 0; i < items.vectors.length; i++) if (i % n > 0) items.vectors[i] = START_DEVIATION * rng.normal()
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const last = sweep === sweeps - 1
    solveSide(users, items, pairs.values, { ...ridges, bias: ridges.users }, last)
    solveSide(items, users, pairs.values, { ...ridges, bias: ridges.items }, last)
  }
  const noise = squaredError(pairs, users, items) / pairs.values.length
  return { users: estimatesOf(users), items: estimatesOf(items), noise }
}

interface SideState extends Estimates {
  readonly known: Properties
  /** Rows of entity e are rows[start[e]] … */
  readonly start: Int32Array
  readonly rows: Int32Array
  /** The entity of the other side of each row. */
  readonly others: Int32Array
  /** x M, [entities × n] */
  readonly expected: Float64Array
}

const estimatesOf = ({ n, vectors, covariances, properties }: SideState): Estimates => ({
  n,
  vectors,
  covariances,
  properties,
})

function createSide(known: Properties, own: Int32Array, others: Int32Array, n: number): SideState {
  const entities = known.start.length - 1
  return {
    n,
    known,
    ...rowsByEntity(own, entities),
    others,
    vectors: new Float64Array(entities * n),
    covariances: new Float64Array(entities * n * n),
    properties: new Float64Array(known.count * n),
    expected: new Float64Array(entities * n),
  }
}

/** One half of a sweep: vectors of all entities of a side, then what its properties lead to expect. */
function solveSide(
  side: SideState,
  other: SideState,
  values: Float64Array,
  ridges: Pick<Ridges, 'factors' | 'properties'> & { readonly bias: number },
  withCovariances: boolean,
): void {
  const { n, start, rows, others, vectors, covariances, expected } = side
  const solver = createRidgeSolver(n, true)
  const inverse = new Float64Array(n * n)
  for (let e = 0; e + 1 < start.length; e++) {
    solver.begin({ offset: ridges.bias, factors: ridges.factors }, expected, e * n)
    for (let at = start[e]; at < start[e + 1]; at++) solver.add(other.vectors, others[rows[at]], values[rows[at]])
    vectors.set(solver.end(), e * n)
    if (!withCovariances) continue
    solver.covariance(inverse)
    covariances.set(inverse, e * n * n)
  }
  learnProperties(side, ridges.properties)
}

/** One pass over the properties by coordinate descent on Σ ‖z_e − x_e M‖² + λ_x ‖M‖², over the entities that have rows. */
function learnProperties({ n, known, start, vectors, properties, expected }: SideState, ridge: number): void {
  if (known.count === 0) return
  const rest = vectors.slice()
  for (let i = 0; i < rest.length; i++) rest[i] -= expected[i]
  const holders = holdersOf(known)
  for (let p = 0; p < known.count; p++) {
    let squares = ridge
    const change = new Float64Array(n)
    for (let f = 0; f < n; f++) change[f] = -ridge * properties[p * n + f]
    for (let at = holders.start[p]; at < holders.start[p + 1]; at++) {
      const e = holders.entities[at]
      if (start[e] === start[e + 1]) continue
      const x = holders.values[at]
      squares += x * x
      for (let f = 0; f < n; f++) change[f] += x * rest[e * n + f]
    }
    for (let f = 0; f < n; f++) change[f] /= squares
    for (let f = 0; f < n; f++) properties[p * n + f] += change[f]
    for (let at = holders.start[p]; at < holders.start[p + 1]; at++) {
      const e = holders.entities[at]
      for (let f = 0; f < n; f++) {
        rest[e * n + f] -= holders.values[at] * change[f]
        expected[e * n + f] += holders.values[at] * change[f]
      }
    }
  }
}

/** The same numbers by property: who has it, and how much of it. */
function holdersOf({ count, start, ids, values }: Properties) {
  const first = new Int32Array(count + 1)
  for (const id of ids) first[id + 1]++
  for (let p = 0; p < count; p++) first[p + 1] += first[p]
  const next = first.slice()
  const entities = new Int32Array(ids.length)
  const amounts = new Float64Array(ids.length)
  for (let e = 0; e + 1 < start.length; e++)
    for (let at = start[e]; at < start[e + 1]; at++) {
      const place = next[ids[at]]++
      entities[place] = e
      amounts[place] = values[at]
    }
  return { start: first, entities, values: amounts }
}

function squaredError({ users, items, values }: RatedPairs, ofUsers: Estimates, ofItems: Estimates): number {
  const fitted = { users: ofUsers, items: ofItems }
  return values.reduce((sum, value, row) => sum + (value - expectedValue(fitted, users[row], items[row])) ** 2, 0)
}

type Known = Pick<Estimates, 'n'> & { readonly vectors: ArrayLike<number>; readonly covariances: ArrayLike<number> }

/** b_u + c_i + p_u · q_i */
export function expectedValue(
  { users, items }: { readonly users: Omit<Known, 'covariances'>; readonly items: Omit<Known, 'covariances'> },
  user: number,
  item: number,
): number {
  const { n } = users
  let sum = users.vectors[user * n] + items.vectors[item * n]
  for (let f = 1; f < n; f++) sum += users.vectors[user * n + f] * items.vectors[item * n + f]
  return sum
}

/**
 * Variance of b_u + c_i + p_u · q_i where the two sides are taken to be independent, each with its covariance given the other:
 * σ² ([1, q] C_u [1, q]ᵀ + [1, p] C_i [1, p]ᵀ) + σ⁴ tr C_p C_q.
 */
export function posteriorVariance(
  { users, items, noise }: { readonly users: Known; readonly items: Known; readonly noise: number },
  user: number,
  item: number,
): number {
  const { n } = users
  const of = ({ vectors }: Known, entity: number, f: number) => (f === 0 ? 1 : vectors[entity * n + f])
  let own = 0
  let shared = 0
  for (let f = 0; f < n; f++)
    for (let g = 0; g < n; g++) {
      const ofUser = users.covariances[(user * n + f) * n + g]
      const ofItem = items.covariances[(item * n + f) * n + g]
      own += ofUser * of(items, item, f) * of(items, item, g) + ofItem * of(users, user, f) * of(users, user, g)
      if (f > 0 && g > 0) shared += ofUser * ofItem
    }
  return noise * own + noise * noise * shared
}
