import type { Tensor } from '../../core/index.ts'
import { type Rng, rowProducts } from '../../math/index.ts'
import type { RewardEstimates } from './estimates.ts'

export const SIMILARITIES = ['cosine', 'unit', 'centered'] as const
export type SimilarityName = (typeof SIMILARITIES)[number]

/** p_u, the rows of R, as the selector compares and reads them. */
export interface Preferences {
  /** Length of a row. */
  readonly width: number
  /** Pu · p_u, centered and of unit variance. [users, d_p] */
  readonly projected: Tensor<Float32Array>
  /** Takes in the rows of R that changed. What follows is of the rows at the last call. */
  refresh(): void
  /** Writes what is compared of a row: p_u itself, or what it differs by from the average user; of length 1, or all zeros. */
  direction(row: number, target: Float32Array): void
  /** From the product of two directions (or the mean of several products) to the similarity. */
  similarityOf(cosine: number): number
}

/**
 * Rows of users that the directions of the projection are found from, at most: enough for 32 of them. Over many items fewer rows, down to
 * LEAST_ROWS, so that the work of a round is bounded.
 */
const MOST_ROWS = 2048
const LEAST_ROWS = 256
const MOST_CELLS = 2 ** 23
const ROUNDS = 8

/**
 * @param similarity `cosine` of Eq. 10; `unit`, (1 + cosine) / 2, for rewards of both signs; `centered`, the cosine of what is left of the
 *   rows without the average row of R⁰, for rewards so alike that all cosines are near 1
 * @param width d_p, at most; no more directions than R⁰ has are kept
 */
export function createPreferences(
  estimates: RewardEstimates,
  { similarity, width, rng }: { readonly similarity: SimilarityName; readonly width: number; readonly rng: Rng },
): Preferences {
  const { users, items, current } = estimates
  const mean = averageRow(estimates)
  const center = similarity === 'centered' ? mean : new Float32Array(items)
  const directions = Math.min(width, users, items)
  const basis = principalDirections(estimates, mean, directions, rng) // [d_p, items]
  const projected: Tensor<Float32Array> = {
    shape: [users, directions],
    data: new Float32Array(users * directions),
  }
  const lengths = new Float64Array(users)
  const pair = new Float64Array(2 * items)
  const products = new Float64Array(2 * directions)
  const row = (u: number) => current.subarray(u * items, (u + 1) * items)
  return {
    width: items,
    projected,
    refresh() {
      const changed = estimates.changedRows()
      for (let from = 0; from < changed.length; from += 2) {
        const rows = changed.subarray(from, from + 2)
        for (const [k, u] of rows.entries()) centerRow(row(u), mean, pair.subarray(k * items, (k + 1) * items))
        rowProducts(pair, basis, items, products)
        for (const [k, u] of rows.entries()) {
          projected.data.set(products.subarray(k * directions, (k + 1) * directions), u * directions)
          lengths[u] = Math.sqrt(squaredDistance(row(u), center))
        }
      }
    },
    direction(u, target) {
      const p = row(u)
      const scale = lengths[u] > 1e-9 ? 1 / lengths[u] : 0
      for (let i = 0; i < items; i++) target[i] = (p[i] - center[i]) * scale
    },
    similarityOf: similarity === 'unit' ? (cosine) => (1 + cosine) / 2 : (cosine) => cosine,
  }
}

function averageRow({ users, items, initial }: RewardEstimates): Float32Array {
  const sums = new Float64Array(items)
  for (let at = 0; at < initial.length; at += items) for (let i = 0; i < items; i++) sums[i] += initial[at + i]
  return Float32Array.from(sums, (sum) => sum / users)
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2
  return sum
}

function centerRow(p: Float32Array, mean: Float32Array, target: Float64Array): void {
  for (let i = 0; i < p.length; i++) target[i] = p[i] - mean[i]
}

/** target += weightsᵀ · rows, [rows, directions]ᵀ · [rows, items]; a sum takes its rows in order, four at a time. */
function addWeighted(weights: Float64Array, rows: Float64Array, items: number, target: Float64Array): void {
  const [n, count] = [rows.length / items, target.length / items]
  const whole = n - (n % 4)
  for (let r = 0; r < n; r += r < whole ? 4 : 1) {
    const [p, q, s, t] = [0, 1, 2, 3].map((k) => rows.subarray((r + k) * items, (r + k + 1) * items)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ]
    for (let d = 0; d < count; d++) {
      const own = target.subarray(d * items, (d + 1) * items)
      const a = weights[r * count + d]
      if (r >= whole) {
        for (let i = 0; i < items; i++) own[i] += a * p[i]
        continue
      }
      const b = weights[(r + 1) * count + d]
      const c = weights[(r + 2) * count + d]
      const e = weights[(r + 3) * count + d]
      for (let i = 0; i < items; i++) own[i] = own[i] + a * p[i] + b * q[i] + c * s[i] + e * t[i]
    }
  }
}

/**
 * The directions in which users of R⁰ differ most, by subspace iteration with Gram–Schmidt, one a row, scaled so that projections have unit variance
 * on average: what the selector reads is then of one size whatever a reward is. A fixed random projection would mostly see what all users
 * have in common.
 */
function principalDirections(
  { users, items, initial }: RewardEstimates,
  mean: Float32Array,
  count: number,
  rng: Rng,
): Float64Array {
  const sample = Math.min(users, MOST_ROWS, Math.max(LEAST_ROWS, Math.floor(MOST_CELLS / items)))
  const rows = new Float64Array(sample * items)
  for (let k = 0; k < sample; k++) {
    const at = Math.floor((k * users) / sample) * items
    centerRow(initial.subarray(at, at + items), mean, rows.subarray(k * items, (k + 1) * items))
  }
  const products = new Float64Array(sample * count)
  let basis = Float64Array.from({ length: count * items }, () => rng.normal())
  orthonormalize(basis, items)
  const next = new Float64Array(basis.length)
  for (let round = 0; round < ROUNDS; round++) {
    next.fill(0)
    rowProducts(rows, basis, items, products)
    addWeighted(products, rows, items, next)
    basis = next.slice()
    orthonormalize(basis, items)
  }
  rowProducts(rows, basis, items, products)
  const squares = products.reduce((sum, product) => sum + product * product, 0)
  const scale = squares > 0 ? Math.sqrt((sample * count) / squares) : 0
  return basis.map((x) => x * scale)
}

/** Gram–Schmidt on rows of length `width`, in place. A row that the ones before it make up becomes zero. */
function orthonormalize(rows: Float64Array, width: number): void {
  for (let a = 0; a < rows.length; a += width) {
    const row = rows.subarray(a, a + width)
    const before = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0))
    for (let b = 0; b < a; b += width) {
      let product = 0
      for (let i = 0; i < width; i++) product += row[i] * rows[b + i]
      for (let i = 0; i < width; i++) row[i] -= product * rows[b + i]
    }
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0))
    const inverse = length > 1e-9 * before && length > 0 ? 1 / length : 0
    for (let i = 0; i < width; i++) row[i] *= inverse
  }
}
