import { type RewardFactors, type RewardMatrix, TributaryError } from '../core/index.ts'
import { rowProducts } from './row-products.ts'

/** For each row of a matrix the rows that are most like it. */
export interface NearestRows {
  /** Neighbors of a row. */
  readonly count: number
  /** Those of row r are rows[r · count …], itself first, then by falling similarity, the smaller row first among equals. */
  readonly rows: Int32Array
  /** Cosines, 1 for itself. [users × count] */
  readonly similarities: Float32Array
}

/** Rows of one block stay in the cache while those of another pass by. */
const BLOCK = 32

/**
 * The rows with the greatest cosine to each row, itself included and counted. Needs memory for the answer alone, not for a matrix of all
 * pairs; where the rewards are factors of width f, a pair takes f products instead of one an item.
 * @throws TributaryError `bad-argument` for a count below 1 or above the number of rows
 */
export function nearestRows(rewards: RewardMatrix, count: number): NearestRows {
  const size = rewards.users.length
  refuseCount(count, size)
  const vectors = rewards.factors
    ? directions(rewards.factors, size)
    : Array.from({ length: size }, (_, row) => rewards.row(row))
  const width = vectors[0].length
  const scales = Float64Array.from(vectors, (vector) => 1 / (length(vector) || 1))
  const fill = (block: Float64Array, first: number) => {
    block.fill(0)
    for (let row = first; row < Math.min(first + BLOCK, size); row++) block.set(vectors[row], (row - first) * width)
  }
  const blockA = new Float64Array(BLOCK * width)
  const blockB = new Float64Array(BLOCK * width)
  const cosines = new Float64Array(BLOCK * BLOCK)
  const nearest = createNearest(size, count)
  for (let row = 0; row < size; row++) nearest.offer(row, row, Number.POSITIVE_INFINITY)
  for (let firstA = 0; firstA < size; firstA += BLOCK) {
    fill(blockA, firstA)
    for (let firstB = firstA; firstB < size; firstB += BLOCK) {
      fill(blockB, firstB)
      rowProducts(blockA, blockB, width, cosines)
      for (let a = firstA; a < Math.min(firstA + BLOCK, size); a++)
        for (let b = Math.max(a + 1, firstB); b < Math.min(firstB + BLOCK, size); b++) {
          const cosine = cosines[(a - firstA) * BLOCK + b - firstB] * scales[a] * scales[b]
          nearest.offer(a, b, cosine)
          nearest.offer(b, a, cosine)
        }
    }
  }
  for (let row = 0; row < size; row++) nearest.similarities[row * count] = 1
  return nearest
}

export function refuseCount(count: number, size: number): void {
  if (!Number.isInteger(count) || count < 1 || count > size)
    throw new TributaryError(
      'bad-argument',
      `${count} neighbors were asked for among ${size} users; give a whole number from 1 to ${size}`,
    )
}

/** The best so far of each row, in an order in which no two candidates are equal, so that it does not matter when they come. */
export function createNearest(size: number, count: number) {
  const rows = new Int32Array(size * count).fill(-1)
  const similarities = new Float32Array(size * count).fill(Number.NEGATIVE_INFINITY)
  return {
    count,
    rows,
    similarities,
    offer(row: number, other: number, given: number) {
      const similarity = Math.fround(given)
      const from = row * count
      const better = (i: number) =>
        similarity > similarities[i] || (similarity === similarities[i] && (other < rows[i] || rows[i] === -1))
      let place = from + count - 1
      if (!better(place)) return
      for (; place > from && better(place - 1); place--) {
        rows[place] = rows[place - 1]
        similarities[place] = similarities[place - 1]
      }
      rows[place] = other
      similarities[place] = similarity
    },
  }
}

/**
 * Vectors whose products are those of whole rows of rewards: (u Iᵀ)(v Iᵀ)ᵀ = u (IᵀI) vᵀ, so those of u L, where IᵀI = L Lᵀ (Cholesky; a
 * direction that the items do not have is left out).
 */
function directions({ width, users, items }: RewardFactors, size: number): Float32Array[] {
  const gram = new Float64Array(width * width)
  for (let i = 0; i < items.length; i += width)
    for (let a = 0; a < width; a++) for (let b = 0; b <= a; b++) gram[a * width + b] += items[i + a] * items[i + b]
  const lower = new Float64Array(width * width)
  for (let a = 0; a < width; a++)
    for (let b = 0; b <= a; b++) {
      let rest = gram[a * width + b]
      for (let c = 0; c < b; c++) rest -= lower[a * width + c] * lower[b * width + c]
      if (a === b) lower[a * width + a] = rest > 1e-10 * gram[a * width + a] ? Math.sqrt(rest) : 0
      else lower[a * width + b] = lower[b * width + b] === 0 ? 0 : rest / lower[b * width + b]
    }
  const scale = length(lower)
  return Array.from({ length: size }, (_, row) => {
    const factors = users.subarray(row * width, (row + 1) * width)
    const vector = new Float64Array(width)
    for (let column = 0; column < width; column++)
      for (let f = column; f < width; f++) vector[column] += factors[f] * lower[f * width + column]
    // What no item pays for leaves a vector of rounding errors, which has no direction.
    return Float32Array.from(length(vector) > 1e-6 * length(factors) * scale ? vector : new Float64Array(width))
  })
}

function length(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i]
  return Math.sqrt(sum)
}
