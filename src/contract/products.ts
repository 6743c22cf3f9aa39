import { expect } from 'vitest'
import {
  allItems,
  type Dataset,
  domainItems,
  type Model,
  type Query,
  type ScoringVectors,
  UNLEARNED_SCORE,
} from '../core/index.ts'

/** Whether scores are what the vectors of a model say, of items with training rows. */
export async function expectProducts(model: Model, vectors: ScoringVectors, dataset: Dataset): Promise<void> {
  const { log, domains, users } = dataset
  const queries = [0, 1, users.size - 1].flatMap((user) => {
    const history = log.item.slice(log.userStart[user], log.userStart[user + 1])
    return domains.map((_, domain): Query => ({ user, history, domain }))
  })
  const states = await vectors.of(queries)
  const { width, items, byDomain } = vectors
  expect(states).toHaveLength(queries.length * width)
  for (const [q, query] of queries.entries()) {
    const range = byDomain ? domainItems(dataset, query.domain) : allItems(dataset)
    const scores = await model.score([query], range)
    const products = scores.map((score, i) => {
      if (score <= UNLEARNED_SCORE) return score
      const row = (range.start + i) * width
      return states.subarray(q * width, (q + 1) * width).reduce((sum, x, k) => sum + x * items[row + k], 0)
    })
    const largest = scores.reduce(
      (most, score) => (score > UNLEARNED_SCORE ? Math.max(most, Math.abs(score)) : most),
      0,
    )
    for (const [i, product] of products.entries())
      expect(Math.abs(product - scores[i]), `item ${range.start + i}`).toBeLessThanOrEqual(1e-4 * largest + 1e-6)
  }
}
