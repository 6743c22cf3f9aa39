import { describe, expect, it } from 'vitest'
import { tasteWorld } from '../../contract/taste-world.ts'
import { createRng } from '../../math/index.ts'
import { createFittedRewards, fitRatings, foldsOf, leftOut, ratingsOf } from './fitted.ts'
import { fitLeastSquares, type LeastSquares, type Properties, posteriorVariance } from './least-squares.ts'

const nothing = (entities: number): Properties => ({
  count: 0,
  start: new Int32Array(entities + 1),
  ids: new Int32Array(0),
  values: new Float64Array(0),
})
const rng = () => createRng(1).split('test')

describe('biases', () => {
  // Factors so heavy that none is left: y = b + c.
  const options = { factors: 1, sweeps: 1, ridges: { users: 2, items: 1, factors: 1e12, properties: 1 } }

  it('go as far from 0 as rows and ridge say', () => {
    const pairs = { users: Int32Array.of(0, 0), items: Int32Array.of(0, 1), values: Float64Array.of(2, 1) }
    const { users, items, noise } = fitLeastSquares(pairs, { users: nothing(2), items: nothing(2) }, options, rng())
    expect(users.vectors[0]).toBeCloseTo(3 / 4, 9) // (2 + 1) / (2 rows + 2)
    expect(items.vectors[0]).toBeCloseTo((2 - 3 / 4) / 2, 9)
    expect(items.vectors[2]).toBeCloseTo((1 - 3 / 4) / 2, 9)
    expect(users.vectors[2]).toBe(0)
    expect(noise).toBeCloseTo(((5 / 8) ** 2 + (1 / 8) ** 2) / 2, 9)
    // Of who has no rows the ridge alone; the covariance of a bias is 1 / (rows + ridge).
    expect(users.covariances[0]).toBeCloseTo(1 / 4, 9)
    expect(users.covariances[4]).toBeCloseTo(1 / 2, 9)
  })

  it('begin where features lead to expect', () => {
    // Users 0, 1 and 2 have the property; 2 has no rows.
    const has = { count: 1, start: Int32Array.of(0, 1, 2, 3), ids: new Int32Array(3), values: Float64Array.of(1, 1, 1) }
    const pairs = { users: Int32Array.of(0, 1), items: Int32Array.of(0, 0), values: Float64Array.of(1, 1) }
    const ridges = { ...options.ridges, items: 1e12 }
    const long = fitLeastSquares(pairs, { users: has, items: nothing(1) }, { ...options, ridges, sweeps: 200 }, rng())
    // b = (1 + 2 m) / 3 of both, and m = 2 b / (2 + 1) of the two with rows: b = 3 / 5, m = 2 / 5.
    expect(long.users.vectors[0]).toBeCloseTo(3 / 5, 6)
    expect(long.users.properties[0]).toBeCloseTo(2 / 5, 6)
    expect(long.users.vectors[4]).toBeCloseTo(2 / 5, 6)
  })
})

describe('factors', () => {
  const { dataset } = tasteWorld()
  const rows = Int32Array.from(dataset.log.item.keys())
  const ratings = ratingsOf(dataset, rows)
  const sides = { users: nothing(dataset.users.size + 1), items: nothing(dataset.items.size) }
  const ridges = { users: 2, items: 2, factors: 2, properties: 1 }
  const options = { factors: 2, sweeps: 200, ridges }

  it('end where no number alone makes the penalized error less', () => {
    const fitted = fitRatings(ratings, rows, sides, options, 1)
    const { mean, deviation } = fitted
    const objective = ({ users, items }: Pick<LeastSquares, 'users' | 'items'>) => {
      let sum = 0
      for (const [i, user] of ratings.users.entries()) {
        const [u, v] = [user * 3, ratings.items[i] * 3]
        let told = users.vectors[u] + items.vectors[v]
        for (let f = 1; f < 3; f++) told += users.vectors[u + f] * items.vectors[v + f]
        sum += ((ratings.values[i] - mean) / deviation - told) ** 2
      }
      for (const { vectors } of [users, items]) for (const number of vectors) sum += 2 * number * number
      return sum
    }
    const least = objective(fitted)
    for (const side of ['users', 'items'] as const)
      for (const at of [3, 4, 5, 36, 37, 38])
        for (const step of [1e-3, -1e-3]) {
          const vectors = fitted[side].vectors.slice()
          vectors[at] = vectors[at] + step
          const moved = { ...fitted, [side]: { ...fitted[side], vectors } }
          expect(objective(moved), `${side} ${at}`).toBeGreaterThan(least)
        }
  })

  it('tell rows that they were not fitted to, better than biases', () => {
    const folds = foldsOf(rows.length, 4, rng())
    expect(folds.flatMap((fold) => [...fold]).sort((a, b) => a - b)).toEqual([...rows])
    const error = (factors: number) => {
      const told = leftOut(ratings, folds, sides, { ...options, sweeps: 15, ridges: { ...ridges, factors } }, 1)
      return told.reduce((sum, value, i) => sum + (value - ratings.values[i]) ** 2, 0) / rows.length
    }
    expect(error(2)).toBeLessThan(0.6 * error(1e6))
  })

  it('give vectors whose product is what is predicted beyond the mean, and a variance that rows lessen', async () => {
    const rewards = createFittedRewards(dataset, 2)
    rewards.set(fitRatings(ratings, rows, sides, options, 1))
    const [users, items] = [Int32Array.of(-1, 0, 7), Int32Array.of(1, 5, 9)]
    const { mean, variance } = await rewards.predict(users, items)
    const [ofUsers, ofItems] = [rewards.userVectors(users), rewards.itemVectors(items)]
    const product = (i: number) => {
      let sum = rewards.weights.get('scale')!.data[0]
      for (let f = 0; f < ofUsers.width; f++)
        sum += ofUsers.data[i * ofUsers.width + f] * ofItems.data[i * ofItems.width + f]
      return sum
    }
    for (const i of [0, 1, 2]) expect(mean[i]).toBeCloseTo(product(i), 4)
    // Nobody knows the stranger.
    expect(variance[0]).toBeGreaterThan(2 * variance[1])
  })
})

it('the variance of a product counts both sides and what they share', () => {
  const side = (bias: number, factor: number, of: number[]) => ({
    n: 2,
    vectors: Float64Array.of(bias, factor),
    covariances: Float64Array.from(of),
  })
  const fitted = { users: side(9, 2, [1, 0.5, 0.5, 2]), items: side(9, 3, [4, 0, 0, 1]), noise: 0.5 }
  // [1, 3] C_u [1, 3]ᵀ = 1 + 3 + 18, [1, 2] C_i [1, 2]ᵀ = 4 + 4, tr = 2
  expect(posteriorVariance(fitted, 0, 0)).toBeCloseTo(0.5 * (22 + 8) + 0.25 * 2, 12)
})
