import { type Policy, TributaryError } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'

/** Scores of the columns of one query: those of column c stand at `offset + positions[c]`. */
export interface ColumnScores {
  readonly scores: Float32Array
  readonly offset: number
  readonly positions: Int32Array
}

/**
 * The unmarked column with the highest score, among equal ones any with the same probability; −1 where all are marked.
 * @throws TributaryError `not-finite` for NaN
 */
export function best({ scores, offset, positions }: ColumnScores, marks: Uint8Array, rng: Rng): number {
  let found = -1
  let highest = Number.NEGATIVE_INFINITY
  let ties = 0
  for (let column = 0; column < positions.length; column++) {
    const score = scores[offset + positions[column]]
    if (score < highest || marks[column] === 1) continue
    if (Number.isNaN(score)) throw noScore(column, score)
    if (score > highest || found === -1) {
      found = column
      highest = score
      ties = 1
    } else ties++
  }
  if (ties < 2) return found
  let left = rng.below(ties)
  for (let column = found; ; column++)
    if (marks[column] === 0 && scores[offset + positions[column]] === highest && left-- === 0) return column
}

/**
 * An unmarked column with probability softmax(scores) over the unmarked ones; −1 where all are marked. Scores of −∞ are never
 * drawn unless all are. `scratch` has room for a number a column.
 * @throws TributaryError `not-finite` for NaN and +∞
 */
export function draw(
  { scores, offset, positions }: ColumnScores,
  marks: Uint8Array,
  rng: Rng,
  scratch: Float64Array,
): number {
  let highest = Number.NEGATIVE_INFINITY
  let open = 0
  for (let column = 0; column < positions.length; column++) {
    if (marks[column] === 1) continue
    const score = scores[offset + positions[column]]
    if (Number.isNaN(score) || score === Number.POSITIVE_INFINITY) throw noScore(column, score)
    if (score > highest) highest = score
    open++
  }
  if (open === 0) return -1
  const impossible = highest === Number.NEGATIVE_INFINITY
  let sum = 0
  for (let column = 0; column < positions.length; column++) {
    if (marks[column] === 0) sum += impossible ? 1 : Math.exp(scores[offset + positions[column]] - highest)
    scratch[column] = sum
  }
  const point = rng.float() * sum
  // The first column whose cumulative weight is above the point: one of weight zero adds nothing and is never the first.
  let low = 0
  let high = positions.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (scratch[middle] > point) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * How probable each column is: softmax(scores) over the unmarked ones where a policy draws, else the best ones alike. Into
 * `probabilities`, one a column; all 0 where all are marked.
 * @throws TributaryError `not-finite` for NaN and +∞
 */
export function probabilitiesOf(
  { scores, offset, positions }: ColumnScores,
  marks: Uint8Array,
  acting: Policy['acting'],
  probabilities: Float64Array,
): void {
  let highest = Number.NEGATIVE_INFINITY
  for (let column = 0; column < positions.length; column++) {
    if (marks[column] === 1) continue
    const score = scores[offset + positions[column]]
    if (Number.isNaN(score) || score === Number.POSITIVE_INFINITY) throw noScore(column, score)
    if (score > highest) highest = score
  }
  let sum = 0
  for (let column = 0; column < positions.length; column++) {
    const score = scores[offset + positions[column]]
    // Where the highest is −∞ all are, and any of them is as good.
    const weight = score === highest ? 1 : acting === 'greedy' ? 0 : Math.exp(score - highest)
    probabilities[column] = marks[column] === 1 ? 0 : weight
    sum += probabilities[column]
  }
  if (sum > 0) for (let column = 0; column < positions.length; column++) probabilities[column] /= sum
}

function noScore(column: number, score: number): TributaryError {
  const message = `the policy gave column ${column} of the truth the score ${score}; every score must be a number below infinity`
  return new TributaryError('not-finite', message)
}
