import type { Tensor } from '../../core/index.ts'
import { leadingDirections, type Rng, rowProducts } from '../../math/index.ts'
import type { RewardEstimates } from './estimates.ts'
import type { DarlrConfig } from './options.ts'

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

/**
 * @param config `similarity`: `cosine` of Eq. 10; `unit`, (1 + cosine) / 2, for rewards of both signs; `centered`, the cosine of what is left of the
 *   rows without the average row of R⁰, for rewards so alike that all cosines are near 1
 *   `projection`: d_p, at most; no more directions than R⁰ has are kept
 */
export async function createPreferences(
  estimates: RewardEstimates,
  { similarity, projection }: Pick<DarlrConfig, 'similarity' | 'projection'>,
  rng: Rng,
): Promise<Preferences> {
  const { users, items, current } = estimates
  const mean = averageRow(estimates)
  const center = similarity === 'centered' ? mean : new Float32Array(items)
  const directions = Math.min(projection, users, items)
  const basis = await principalDirections(estimates, mean, directions, rng) // [d_p, items]
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

/** Rowsᵀ · rows · basis of a dense matrix [n, items], a row at a time. [items, width] */
function timesGram(rows: Float64Array, items: number, basis: Float64Array, width: number): Float64Array {
  const product = new Float64Array(basis.length)
  const along = new Float64Array(width)
  for (let at = 0; at < rows.length; at += items) {
    along.fill(0)
    for (let i = 0; i < items; i++) for (let d = 0; d < width; d++) along[d] += rows[at + i] * basis[i * width + d]
    for (let i = 0; i < items; i++) for (let d = 0; d < width; d++) product[i * width + d] += rows[at + i] * along[d]
  }
  return product
}

/**
 * The directions in which users of R⁰ differ most, one a row, scaled so that projections have unit variance
 * on average: what the selector reads is then of one size whatever a reward is. A fixed random projection would mostly see what all users
 * have in common.
 */
async function principalDirections(
  { users, items, initial }: RewardEstimates,
  mean: Float32Array,
  count: number,
  rng: Rng,
): Promise<Float64Array> {
  const sample = Math.min(users, MOST_ROWS, Math.max(LEAST_ROWS, Math.floor(MOST_CELLS / items)))
  const rows = new Float64Array(sample * items)
  for (let k = 0; k < sample; k++) {
    const at = Math.floor((k * users) / sample) * items
    centerRow(initial.subarray(at, at + items), mean, rows.subarray(k * items, (k + 1) * items))
  }
  const start = transposed(
    Float64Array.from({ length: count * items }, () => rng.normal()),
    items,
  )
  const found = await leadingDirections(start, count, async (basis) => timesGram(rows, items, basis, count))
  const basis = transposed(found.basis, count)
  const products = new Float64Array(sample * count)
  rowProducts(rows, basis, items, products)
  const squares = products.reduce((sum, product) => sum + product * product, 0)
  const scale = squares > 0 ? Math.sqrt((sample * count) / squares) : 0
  return basis.map((x) => x * scale)
}

/** [a, width] → [width, a] */
function transposed(matrix: Float64Array, width: number): Float64Array {
  const rows = matrix.length / width
  return Float64Array.from(matrix, (_, i) => matrix[(i % rows) * width + Math.floor(i / rows)])
}
