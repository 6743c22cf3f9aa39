import type { Dataset, LearnedIds, NamedTensors, Vectors } from '../../core/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import type { RewardPredictor } from './believed.ts'
import { itemFields, userFields } from './fields.ts'
import {
  expectedValue,
  fitLeastSquares,
  type LeastSquares,
  type LeastSquaresOptions,
  type Properties,
  posteriorVariance,
  type RatedPairs,
} from './least-squares.ts'
import { propertiesOf } from './properties.ts'

/** Rewards by least squares over the users and items of a dataset. */
export interface FittedRewards extends RewardPredictor {
  /** `scale` [3], the mean and deviation of values and σ²; `users` and `items` [·, n], biases and factors; `spread/…` [·, n, n]. */
  readonly weights: NamedTensors
  readonly properties: Sides
  /** Takes the place of what was fitted before. */
  set(fitted: StandardFit): void
}

export interface Sides {
  readonly users: Properties
  readonly items: Properties
}

/** A fit to values brought to mean 0 and variance 1. */
export interface StandardFit extends LeastSquares {
  readonly mean: number
  readonly deviation: number
}

/** Users stand one place behind their id: 0 is a stranger, of whom nothing is known. */
const place = (user: number) => user + 1

/** @param k factors of each user and item */
export function createFittedRewards(dataset: Dataset, k: number, learned?: LearnedIds): FittedRewards {
  const n = k + 1
  const properties = {
    users: propertiesOf(userFields(dataset, { learned: learned?.users })),
    items: propertiesOf(itemFields(dataset, { learned: learned?.items })),
  }
  const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) })
  const [users, items] = [dataset.users.size + 1, dataset.items.size]
  const weights = {
    scale: tensor(3),
    users: tensor(users, n),
    items: tensor(items, n),
    'spread/users': tensor(users, n, n),
    'spread/items': tensor(items, n, n),
  }
  const vectorsOf = (side: 'users' | 'items', ids: Int32Array): Vectors => {
    // [b, 1, p] and [1, c, q]: their product is what is expected beyond the mean.
    const width = n + 1
    const data = new Float32Array(ids.length * width).fill(1)
    const { data: own } = weights[side]
    for (const [i, id] of ids.entries()) {
      data[i * width + (side === 'users' ? 0 : 1)] = own[id * n]
      data.set(own.subarray(id * n + 1, (id + 1) * n), i * width + 2)
    }
    return { width, data }
  }
  return {
    weights: new Map(Object.entries(weights)),
    properties,
    set(fitted) {
      // Back in units of the values: biases by their deviation, of a product each side takes its root.
      const { mean, deviation, noise } = fitted
      weights.scale.data.set([mean, deviation, noise])
      const unit = (f: number) => (f === 0 ? deviation : Math.sqrt(deviation))
      for (const side of ['users', 'items'] as const) {
        const { vectors, covariances } = fitted[side]
        for (let i = 0; i < vectors.length; i++) weights[side].data[i] = unit(i % n) * vectors[i]
        const spread = weights[`spread/${side}`].data
        for (let i = 0; i < spread.length; i++) spread[i] = unit(i % n) * unit(Math.floor(i / n) % n) * covariances[i]
      }
    },
    async predict(asked, of) {
      const [mean, , noise] = weights.scale.data
      const fitted = {
        users: { n, vectors: weights.users.data, covariances: weights['spread/users'].data },
        items: { n, vectors: weights.items.data, covariances: weights['spread/items'].data },
        noise,
      }
      return {
        mean: Float32Array.from(asked, (user, i) => mean + expectedValue(fitted, place(user), of[i])),
        variance: Float32Array.from(asked, (user, i) => posteriorVariance(fitted, place(user), of[i])),
      }
    },
    userVectors: (ids) => vectorsOf('users', ids.map(place)),
    itemVectors: (ids) => vectorsOf('items', ids),
  }
}

/** Rows of a log as pairs, and their values. */
export function ratingsOf({ log }: Dataset, rows: Int32Array): RatedPairs {
  return {
    users: Int32Array.from(rows, (row) => place(log.user[row])),
    items: Int32Array.from(rows, (row) => log.item[row]),
    values: Float64Array.from(rows, (row) => log.value![row]),
  }
}

/** Fits the rows at `places`. */
export function fitRatings(
  ratings: RatedPairs,
  places: Int32Array,
  sides: Sides,
  options: LeastSquaresOptions,
  seed: number,
): StandardFit {
  const values = Float64Array.from(places, (i) => ratings.values[i])
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1
  const pairs = {
    users: Int32Array.from(places, (i) => ratings.users[i]),
    items: Int32Array.from(places, (i) => ratings.items[i]),
    values: values.map((value) => (value - mean) / deviation),
  }
  return { ...fitLeastSquares(pairs, sides, options, createRng(seed).split('least squares')), mean, deviation }
}

/** What rows that were left out of a fit are expected to be worth: of each row, by the fit that did not see it. */
export function leftOut(
  ratings: RatedPairs,
  folds: readonly Int32Array[],
  sides: Sides,
  options: LeastSquaresOptions,
  seed: number,
): Float64Array {
  const expected = new Float64Array(ratings.values.length)
  for (const fold of folds) {
    const apart = new Uint8Array(ratings.values.length)
    for (const i of fold) apart[i] = 1
    const rest = Int32Array.from(apart.keys()).filter((i) => apart[i] === 0)
    const fitted = fitRatings(ratings, rest, sides, options, seed)
    for (const i of fold)
      expected[i] = fitted.mean + fitted.deviation * expectedValue(fitted, ratings.users[i], ratings.items[i])
  }
  return expected
}

/** Rows in as many parts of about the same size, drawn. */
export function foldsOf(rows: number, count: number, rng: Rng): Int32Array[] {
  const order = rng.shuffle(Int32Array.from({ length: rows }, (_, i) => i))
  return Array.from({ length: count }, (_, f) => order.filter((_, i) => i % count === f))
}

export function meanSquaredError(values: Float64Array, expected: Float64Array): number {
  return values.reduce((sum, value, i) => sum + (value - expected[i]) ** 2, 0) / values.length
}
