import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hr, mrr, ndcg, RANK_METRICS } from './index.ts'

describe('rank metrics, by hand', () => {
  it.each([
    [hr(5), 0, 1],
    [hr(5), 4, 1],
    [hr(5), 5, 0],
    [ndcg(10), 0, 1],
    [ndcg(10), 1, 0.6309297535714575], // 1 / log2 3
    [ndcg(10), 2, 0.5],
    [ndcg(10), 6, 1 / 3],
    [ndcg(5), 5, 0],
    [mrr(10), 3, 0.25],
    [mrr(10), 9, 0.1],
    [mrr(10), 10, 0],
    [mrr(), 10, 1 / 11],
    [mrr(), 99, 0.01],
  ])('%o at rank %i is %d', (metric, rank, expected) => {
    expect(metric.value(rank)).toBeCloseTo(expected, 12)
  })

  it('gives random scores on 1 + 100 candidates the known means', () => {
    const mean = (value: (rank: number) => number) =>
      Array.from({ length: 101 }, (_, rank) => value(rank)).reduce((a, b) => a + b) / 101
    expect(mean(hr(5).value)).toBeCloseTo(0.0495, 4)
    expect(mean(hr(10).value)).toBeCloseTo(0.099, 3)
    expect(mean(ndcg(10).value)).toBeCloseTo(0.045, 3)
    expect(mean(mrr().value)).toBeCloseTo(0.051, 3)
  })

  it('stand in the order of tables', () => {
    const names = RANK_METRICS.map((metric) => metric.name)
    expect(names).toEqual(['hr@5', 'hr@10', 'ndcg@5', 'ndcg@10', 'mrr@10', 'mrr'])
  })
})

describe.each(RANK_METRICS.map((metric) => [metric.name, metric] as const))('%s', (_, metric) => {
  const rank = fc.nat(1_000_000)

  it('lies in [0, 1], is 1 for the first place and never grows with the rank', () => {
    expect(metric.value(0)).toBe(1)
    fc.assert(
      fc.property(rank, rank, (a, b) => {
        const [better, worse] = [metric.value(Math.min(a, b)), metric.value(Math.max(a, b))]
        return better <= 1 && worse >= 0 && better >= worse
      }),
    )
  })
})

it('a cut metric equals the uncut one up to the cut', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.nat(100),
      (k, rank) => mrr(k).value(rank) === (rank < k ? mrr().value(rank) : 0),
    ),
  )
})
