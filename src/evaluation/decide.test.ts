import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Scorer } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { type Draw, type DrawPolicy, decide, drawList, placeProbabilities } from './decide.ts'
import { type Recommendation, recommend } from './recommend.ts'

const best = (scores: readonly number[]): Recommendation[] =>
  [...scores].sort((a, b) => b - a).map((score, index) => ({ item: index + 1, score }))

const scores = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 12 })
const policy: fc.Arbitrary<DrawPolicy> = fc.oneof(
  fc.constant<DrawPolicy>({ kind: 'greedy' }),
  fc.constant<DrawPolicy>({ kind: 'policy', acting: 'sampled' }),
  fc.record({
    kind: fc.constant('plackett-luce' as const),
    temperature: fc.double({ min: 0.01, max: 100, noNaN: true }),
    candidates: fc.integer({ min: 1, max: 15 }),
  }),
  fc.record({
    kind: fc.constant('epsilon' as const),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    candidates: fc.integer({ min: 1, max: 15 }),
    slots: fc.option(fc.array(fc.integer({ min: 1, max: 12 })), { nil: undefined }),
  }),
)

/** The probability of every item at a rank given those above it, straight from the definition. */
function byDefinition(pool: readonly Recommendation[], above: readonly number[], policy: DrawPolicy) {
  const left = pool.filter(({ item }) => !above.includes(item))
  const one = new Map(left.map(({ item }, index) => [item, index === 0 ? 1 : 0]))
  if (policy.kind === 'greedy') return one
  const candidates = policy.kind === 'policy' ? pool.length : policy.candidates
  const open = pool.slice(0, candidates).filter(({ item }) => !above.includes(item))
  if (open.length === 0) return one
  if (policy.kind === 'epsilon') {
    if (policy.slots !== undefined && !policy.slots.includes(above.length + 1)) return one
    for (const { item } of open)
      one.set(item, policy.share / open.length + (item === left[0].item ? 1 - policy.share : 0))
    return one
  }
  const temperature = policy.kind === 'policy' ? 1 : policy.temperature
  const weights = open.map(({ score }) => Math.exp((score - open[0].score) / temperature))
  const sum = weights.reduce((a, b) => a + b, 0)
  return new Map(open.map(({ item }, index) => [item, weights[index] / sum]))
}

describe('drawList', () => {
  it('tells the probability of each item given those above it, and repeats none', () => {
    fc.assert(
      fc.property(scores, policy, fc.string(), fc.integer({ min: 1, max: 15 }), (given, policy, seed, k) => {
        const pool = best(given)
        const { items } = drawList(pool, { policy, seed, k })
        expect(items).toHaveLength(Math.min(k, pool.length))
        const drawn = items.map(({ item }) => item)
        expect(new Set(drawn).size).toBe(drawn.length)
        for (const [index, { item, score, rank, propensity }] of items.entries()) {
          expect(rank).toBe(index + 1)
          expect(score).toBe(pool[item - 1].score)
          expect(propensity).toBeCloseTo(byDefinition(pool, drawn.slice(0, index), policy).get(item)!, 9)
          expect(propensity).toBeGreaterThan(0)
        }
      }),
    )
  })

  it('is the head of every longer list of the same seed to the bit, and goes on with a next page', () => {
    const many = fc.tuple(fc.nat(12), fc.integer({ min: 1, max: 12 }))
    fc.assert(
      fc.property(scores, policy, fc.string(), many, (given, policy, seed, [before, k]) => {
        const pool = best(given)
        const whole = drawList(pool, { policy, seed, k: 30 }).items
        expect(drawList(pool, { policy, seed, k }).items).toEqual(whole.slice(0, k))
        const above = whole.slice(0, before).map(({ item }) => item)
        expect(drawList(pool, { policy, seed, k, above }).items).toEqual(whole.slice(before, before + k))
      }),
    )
  })

  it('keeps the order of those that are left when an item goes', () => {
    const policy = { kind: 'plackett-luce', temperature: 2, candidates: 12 } as const
    fc.assert(
      fc.property(scores, fc.string(), fc.nat(11), (given, seed, place) => {
        const pool = best(given)
        const gone = pool[place % pool.length].item
        const order = (of: readonly Recommendation[]) =>
          drawList(of, { policy, seed, k: 12 }).items.map(({ item }) => item)
        expect(order(pool.filter(({ item }) => item !== gone))).toEqual(order(pool).filter((item) => item !== gone))
      }),
    )
  })

  it.each<[number, DrawPolicy]>([
    [100_000, { kind: 'plackett-luce', temperature: 0.7, candidates: 5 }],
    [10_000, { kind: 'policy', acting: 'sampled' }],
    [10_000, { kind: 'epsilon', share: 0.4, candidates: 4 }],
    [10_000, { kind: 'epsilon', share: 0.4, candidates: 4, slots: [2] }],
  ])('draws as often as it says: %d lists by %j', (draws, policy) => {
    const pool = best([1.2, 0.9, 0.4, 0.1, -0.3, -1])
    /** How often an item came where it could, and how often it should have: by rank and item. */
    const seen = Array.from(
      { length: 3 },
      () => new Map<number, { observed: number; expected: number; variance: number }>(),
    )
    for (let i = 0; i < draws; i++) {
      const { items } = drawList(pool, { policy, seed: `r_${i}`, k: 3 })
      const drawn = items.map(({ item }) => item)
      for (const [rank, counts] of seen.entries())
        for (const [item, p] of byDefinition(pool, drawn.slice(0, rank), policy)) {
          const count = counts.get(item) ?? { observed: 0, expected: 0, variance: 0 }
          counts.set(item, {
            observed: count.observed + (item === drawn[rank] ? 1 : 0),
            expected: count.expected + p,
            variance: count.variance + p * (1 - p),
          })
        }
    }
    // A sum of independent draws, each with its own probability: z² is chi-squared with one degree for each item at each rank.
    for (const counts of seen)
      for (const { observed, expected, variance } of counts.values())
        if (variance === 0) expect(observed).toBeCloseTo(expected, 6)
        else expect((observed - expected) ** 2 / variance).toBeLessThan(15.1) // p = 0.0001
  })

  it('draws scores of −∞ last, any of them as often, and refuses +∞', () => {
    const pool = [
      { item: 1, score: -1e9 },
      { item: 2, score: Number.NEGATIVE_INFINITY },
      { item: 3, score: Number.NEGATIVE_INFINITY },
    ]
    const policy: DrawPolicy = { kind: 'policy', acting: 'sampled' }
    const seconds = new Set<number>()
    for (let i = 0; i < 40; i++) {
      const { items } = drawList(pool, { policy, seed: `${i}`, k: 3 })
      expect(items.map(({ propensity }) => propensity)).toEqual([1, 0.5, 1])
      expect(items[0].item).toBe(1)
      seconds.add(items[1].item)
    }
    expect(seconds).toEqual(new Set([2, 3]))
    const above = [{ item: 1, score: Number.POSITIVE_INFINITY }]
    expect(() => drawList(above, { policy, seed: '', k: 1 })).toThrow('only finite ones')
  })

  it('refuses what cannot be drawn by', () => {
    const refused: readonly [DrawPolicy, string][] = [
      [{ kind: 'plackett-luce', temperature: 0, candidates: 5 }, 'temperature of 0'],
      [{ kind: 'plackett-luce', temperature: 1, candidates: 0 }, '0 candidates'],
      [{ kind: 'epsilon', share: 1.5, candidates: 5 }, 'share of 1.5'],
    ]
    for (const [policy, message] of refused)
      expect(() => drawList(best([1]), { policy, seed: '', k: 1 })).toThrow(message)
  })
})

describe('placeProbabilities', () => {
  it('tells of every item of the pool what a draw follows, given those above', () => {
    fc.assert(
      fc.property(scores, policy, fc.string(), fc.integer({ min: 1, max: 15 }), (given, policy, seed, k) => {
        const { items, pool } = drawList(best(given), { policy, seed, k })
        const above: number[] = []
        for (const { item, propensity, rank } of items) {
          const placed = new Set(above.flatMap((one) => pool.findIndex((other) => other.item === one)))
          const at = pool.findIndex((other) => other.item === item)
          // Behind all that is drawn of stands what was not drawn.
          if (at === -1) break
          const probabilities = placeProbabilities(pool, policy, rank, placed)
          expect(probabilities[at]).toBeCloseTo(propensity, 12)
          expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
          const defined = byDefinition(pool, above, policy)
          for (const [i, { item }] of pool.entries())
            if (!placed.has(i)) expect(probabilities[i]).toBeCloseTo(defined.get(item) ?? 0, 9)
          above.push(item)
        }
      }),
    )
  })

  it('draws of scores of −∞ evenly where nothing else is left', () => {
    const pool = [1, -Infinity, -Infinity].map((score) => ({ score }))
    const policy = { kind: 'plackett-luce', temperature: 0.5, candidates: 3 } as const
    expect([...placeProbabilities(pool, policy, 1, new Set())]).toEqual([1, 0, 0])
    expect([...placeProbabilities(pool, policy, 2, new Set([0]))]).toEqual([0, 0.5, 0.5])
  })
})

describe('decide', () => {
  const names = Array.from({ length: 40 }, (_, i) => `${i}`)
  const dataset = buildDataset('two', { user: names, item: names, domain: names.map((_, i) => `${i % 2}`) })
  const scorer: Scorer = {
    score: async (queries, { start, end }) =>
      Float32Array.from(
        queries.flatMap(({ history }) =>
          Array.from({ length: end - start }, (_, i) => Math.sin((start + i) * (history.length + 1))),
        ),
      ),
  }

  it('is `recommend` where nothing is drawn, and leaves the order of scores where something is', async () => {
    const queries = [
      { domain: 0, history: Int32Array.of(1, 2) },
      { domain: 1, history: new Int32Array(0), exclude: Int32Array.of(30, 31) },
      { domain: 0, history: new Int32Array(0), candidates: Int32Array.of(3, 5, 7) },
    ]
    const draws: Draw[] = [
      { policy: { kind: 'greedy' }, seed: 'a', k: 4 },
      { policy: { kind: 'plackett-luce', temperature: 0.5, candidates: 10 }, seed: 'b', k: 5 },
      { policy: { kind: 'policy', acting: 'sampled' }, seed: 'c', k: 2 },
    ]
    const lists = await decide(scorer, dataset, queries, draws, { maskSeen: true })
    const [plain, ten, three] = await recommend(scorer, dataset, queries, { k: 10, maskSeen: true })
    expect(lists[0].items.map(({ item, score }) => ({ item, score }))).toEqual(plain.slice(0, 4))
    expect(lists[0].pool).toEqual(plain.slice(0, 4))
    expect(lists[1].pool).toEqual(ten)
    expect(lists[1].items).toHaveLength(5)
    expect(lists[2].pool).toEqual(three)
    expect(three).toHaveLength(3)
    // Queries of one call do not know of each other.
    for (const [index, query] of queries.entries())
      expect(await decide(scorer, dataset, [query], [draws[index]], { maskSeen: true })).toEqual([lists[index]])
  })
})
