import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecommendedLists } from '../core/index.ts'
import { coverage, diversity, findMetric, gini, LIST_METRICS, metricsNamed, novelty } from './index.ts'

/** Items 1 to 4, of which 1 and 2 are of one category. Three of seven users met item 1, nobody item 4. */
const lists = (...items: (readonly number[])[]): RecommendedLists => {
  const k = Math.max(...items.map(({ length }) => length))
  return {
    k,
    items: Int32Array.from(items.flatMap((list) => Array.from({ length: k }, (_, i) => list[i] ?? 0))),
    start: new Int32Array(items.length).fill(1),
    end: new Int32Array(items.length).fill(5),
    met: { users: 7, each: Int32Array.of(0, 3, 1, 7, 0) },
    category: Int32Array.of(0, 1, 1, 2, 3),
  }
}
const all = (of: RecommendedLists) => [...of.start.keys()]
const values = (statistic: unknown) => [...(statistic as Float64Array)]

describe('metrics of lists, by hand', () => {
  const two = lists([1, 2, 3], [1, 3])

  it('coverage: items 1 and 2 of four, then 1, 2 and 3', () => {
    expect(coverage(1).statistic(two, [0, 1])).toBe(1 / 4)
    expect(coverage(3).statistic(two, [0, 1])).toBe(3 / 4)
    expect(coverage(3).statistic(two, [1])).toBe(2 / 4)
  })

  it('gini: exposures 0, 1, 2, 2 of four items', () => {
    // (−3 · 0 − 1 · 1 + 1 · 2 + 3 · 2) / (4 · 5)
    expect(gini(3).statistic(two, [0, 1])).toBeCloseTo(7 / 20, 12)
    expect(gini(1).statistic(two, [0, 1])).toBeCloseTo(3 / 4, 12)
    expect(gini(2).statistic(lists([1, 2], [3, 4]), [0, 1])).toBeCloseTo(0, 12)
  })

  it('novelty: shares of users are 4/8, 2/8, 8/8 and 1/8 with one who met all', () => {
    expect(values(novelty(1).statistic(two, [0, 1]))).toEqual([1, 1])
    expect(values(novelty(3).statistic(two, [0, 1]))).toEqual([1, 0.5])
    expect(values(novelty(1).statistic(lists([4]), [0]))).toEqual([3])
  })

  it('diversity: two of three pairs, one of one, none of a list of one', () => {
    const [first, second] = values(diversity(3).statistic(two, [0, 1]))
    expect(first).toBeCloseTo(2 / 3, 12)
    expect(second).toBe(1)
    expect(values(diversity(2).statistic(two, [0]))).toEqual([0])
    expect(values(diversity(1).statistic(two, [0]))).toEqual([0])
  })

  it('say what they lack', () => {
    const { met: _, category: __, ...bare } = two
    expect(() => novelty(5).statistic(bare, [0])).toThrow('novelty@5 needs the split')
    expect(() => diversity(5).statistic(bare, [0])).toThrow('diversity@5 needs categories')
  })
})

it('shares lie in [0, 1], whatever the lists', () => {
  const list = fc.shuffledSubarray([1, 2, 3, 4], { minLength: 1 })
  fc.assert(
    fc.property(fc.array(list, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 5 }), (given, k) => {
      const made = lists(...given)
      for (const metric of [coverage(k), gini(k), diversity(k)]) {
        const found = metric.statistic(made, all(made))
        for (const value of typeof found === 'number' ? [found] : values(found)) {
          expect(value).toBeGreaterThanOrEqual(-1e-12)
          expect(value).toBeLessThanOrEqual(1)
        }
      }
    }),
  )
})

describe('names', () => {
  it('have any cut-off where they have one', () => {
    expect(findMetric('hr@20')).toMatchObject({ name: 'hr@20', of: 'rank' })
    expect(findMetric('gini@50')).toMatchObject({ name: 'gini@50', of: 'lists', k: 50, higherIsBetter: false })
    expect(findMetric('mrr')).toMatchObject({ name: 'mrr' })
    for (const bad of ['hr', 'hr@0', 'hr@x', 'auc@5', 'constructor@5', 'hr@-1', 'hr@1.5'])
      expect(findMetric(bad)).toBeUndefined()
    expect(LIST_METRICS.map(({ name }) => name)).toEqual(['coverage@10', 'gini@10', 'novelty@10', 'diversity@10'])
  })

  it('are refused where they measure something else', () => {
    expect(metricsNamed(['ndcg@50'], 'rank', 'lists')[0].name).toBe('ndcg@50')
    expect(() => metricsNamed(['auc'], 'rank', 'lists')).toThrow("unknown metric 'auc'")
    expect(() => metricsNamed(['ndgc@10'], 'rank')).toThrow("did you mean 'ndcg@10'?")
  })
})
