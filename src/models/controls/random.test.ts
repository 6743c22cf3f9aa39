import { expect, it } from 'vitest'
import type { Query } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { random } from './random.ts'

const items = 1000
const dataset = buildDataset('many', {
  user: Array.from({ length: items }, (_, i) => `u${i}`),
  item: Array.from({ length: items }, (_, i) => `i${i}`),
  domain: Array.from({ length: items }, () => 'shop'),
})
const split = { name: 'train', part: new Uint8Array(items) }

async function scoresOf(queries: readonly Query[], seed = 1): Promise<Float32Array> {
  const model = random.create({}, dataset, split, { seed, threads: 1 })
  return model.score(queries, { start: 1, end: items + 1 })
}

const stranger = (...history: number[]): Query => ({ history: Int32Array.from(history), domain: 0 })

it('is uniform over [0, 1): every tenth holds its share', async () => {
  const queries = Array.from({ length: 100 }, (_, user) => ({ ...stranger(), user }))
  const scores = await scoresOf(queries)
  const counts = new Array<number>(10).fill(0)
  for (const score of scores) {
    const tenth = Math.floor(score * 10)
    counts[tenth] = counts[tenth] + 1
  }
  // 10,000 expected in each, standard deviation 95.
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(4 * 95)
})

it('correlates neither between users nor between seeds', async () => {
  const [a, b] = [await scoresOf([{ ...stranger(), user: 1 }]), await scoresOf([{ ...stranger(), user: 2 }])]
  const other = await scoresOf([{ ...stranger(), user: 1 }], 2)
  // Standard deviation of the correlation of 1,000 independent pairs: .032.
  expect(Math.abs(correlation(a, b))).toBeLessThan(4 * 0.032)
  expect(Math.abs(correlation(a, other))).toBeLessThan(4 * 0.032)
})

it('knows users by their id and strangers by their history', async () => {
  const known = await scoresOf([{ ...stranger(1, 2), user: 5 }])
  expect(await scoresOf([{ ...stranger(3), user: 5 }])).toEqual(known)
  const unknown = await scoresOf([stranger(1, 2)])
  expect(await scoresOf([stranger(1, 2)])).toEqual(unknown)
  expect(unknown).not.toEqual(known)
  expect(await scoresOf([stranger(2, 1)])).not.toEqual(unknown)
})

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (x: Float32Array) => x.reduce((sum, value) => sum + value, 0) / x.length
  const [meanA, meanB] = [mean(a), mean(b)]
  let [covariance, varianceA, varianceB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    covariance += (a[i] - meanA) * (b[i] - meanB)
    varianceA += (a[i] - meanA) ** 2
    varianceB += (b[i] - meanB) ** 2
  }
  return covariance / Math.sqrt(varianceA * varianceB)
}
