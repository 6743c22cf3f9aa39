import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dataset, domainItems, domainOfItem, type ItemRange, type Query, type Scorer } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { createRng } from '../math/index.ts'
import { rankAnswers, recommend, scoreAnswers } from './recommend.ts'

/** Three domains of 5, 9 and 1 items. */
const dataset = shop({ books: 5, games: 9, music: 1 })

function shop(sizes: Record<string, number>): Dataset {
  const domain = Object.entries(sizes).flatMap(([name, size]) => new Array<string>(size).fill(name))
  return buildDataset('shop', {
    user: domain.map((_, i) => `user${i}`),
    item: domain.map((name, i) => `${name}${i}`),
    domain,
  })
}

/** Deterministic scores of few values, so that many tie; they depend on user, history length and item alone. */
function coarseScorer(levels: number): Scorer {
  return fromFunction((query, item) =>
    createRng(7)
      .split(query.user ?? 'stranger', query.history.length, item)
      .below(levels),
  )
}

function fromFunction(score: (query: Query, item: number) => number): Scorer {
  return {
    async score(queries, { start, end }) {
      return Float32Array.from(
        queries.flatMap((query) => Array.from({ length: end - start }, (_, i) => score(query, start + i))),
      )
    },
  }
}

const items = fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 12 }).map((list) => Int32Array.from(list))
const query: fc.Arbitrary<Query> = fc.record(
  { user: fc.nat(14), history: items, domain: fc.nat(2), candidates: items, exclude: items },
  { requiredKeys: ['history', 'domain'] },
)
/** A query and an answer in its domain. */
const question = fc.tuple(query, fc.nat(100)).map(([asked, place]) => {
  const { start, end } = domainItems(dataset, asked.domain)
  return { query: asked, answer: start + (place % (end - start)) }
})
const levels = fc.integer({ min: 1, max: 6 })
/** Bytes: from a few items a block to everything at once. */
const memory = fc.constantFrom(1, 200, 300, 64 * 2 ** 20)
const scope = fc.constantFrom('domain' as const, 'all' as const)

/** Items that may be listed for a query, by the definition. */
function allowed(asked: Query, options: { maskSeen: boolean; scope: 'domain' | 'all' }): number[] {
  const range = options.scope === 'all' ? { start: 1, end: dataset.items.size } : domainItems(dataset, asked.domain)
  return Array.from({ length: range.end - range.start }, (_, i) => range.start + i).filter(
    (item) =>
      (asked.candidates === undefined || asked.candidates.includes(item)) &&
      !asked.exclude?.includes(item) &&
      !(options.maskSeen && asked.history.includes(item)),
  )
}

async function scoresOf(scorer: Scorer, asked: Query): Promise<Float32Array> {
  return scorer.score([asked], { start: 0, end: dataset.items.size })
}

describe('recommend', () => {
  it('lists the best items of the domain, best first, lower id first among equals', async () => {
    const scorer = fromFunction((_, item) => [0, 3, 1, 3, 2, 1][item] ?? 99)
    const [list] = await recommend(scorer, dataset, [{ history: new Int32Array(), domain: 0 }], {
      k: 4,
      maskSeen: false,
    })
    expect(list).toEqual([
      { item: 1, score: 3 },
      { item: 3, score: 3 },
      { item: 4, score: 2 },
      { item: 2, score: 1 },
    ])
  })

  it('equals sorting everything that is allowed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(query, { maxLength: 40 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        scope,
        levels,
        memory,
        async (queries, k, maskSeen, scope, levels, memory) => {
          const scorer = coarseScorer(levels)
          const lists = await recommend(scorer, dataset, queries, { k, maskSeen, scope, memory })
          expect(lists).toHaveLength(queries.length)
          for (const [i, asked] of queries.entries()) {
            const scores = await scoresOf(scorer, asked)
            const expected = allowed(asked, { maskSeen, scope })
              .sort((a, b) => scores[b] - scores[a] || a - b)
              .slice(0, k)
            expect(lists[i].map((entry) => entry.item)).toEqual(expected)
            expect(lists[i].map((entry) => entry.score)).toEqual(expected.map((item) => scores[item]))
          }
        },
      ),
    )
  })

  it('never asks a scorer for more than the domain', async () => {
    const asked: ItemRange[] = []
    const scorer: Scorer = {
      async score(queries, range) {
        asked.push(range)
        expect(queries.every((one) => domainOfItem(dataset, range.start) === one.domain)).toBe(true)
        return new Float32Array(queries.length * (range.end - range.start))
      },
    }
    const queries = [2, 0, 1, 0, 2].map((domain) => ({ history: new Int32Array(), domain }))
    await recommend(scorer, dataset, queries, { k: 3, maskSeen: false })
    expect(asked).toEqual([2, 0, 1].map((domain) => domainItems(dataset, domain)))
  })

  it('lists an item with score −∞ last, and stops at NaN', async () => {
    const options = { k: 9, maskSeen: false }
    const asked: Query = { history: new Int32Array(), domain: 0 }
    const ruledOut = fromFunction((_, item) => (item === 2 ? Number.NEGATIVE_INFINITY : item))
    const [list] = await recommend(ruledOut, dataset, [asked], options)
    expect(list.map((entry) => entry.item)).toEqual([5, 4, 3, 1, 2])
    const broken = fromFunction((_, item) => (item === 2 ? Number.NaN : item))
    await expect(recommend(broken, dataset, [asked], options)).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringContaining('NaN to item 2'),
    })
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses k = %d', async (k) => {
    await expect(recommend(coarseScorer(2), dataset, [], { k, maskSeen: false })).rejects.toMatchObject({
      code: 'bad-argument',
    })
  })

  it('refuses a domain that is not there', async () => {
    const asked = [{ history: new Int32Array(), domain: 3 }]
    await expect(recommend(coarseScorer(2), dataset, asked, { k: 1, maskSeen: false })).rejects.toThrow(
      "query 0 asks for domain 3, but 'shop' has domains 0 to 2",
    )
  })

  it('refuses scores of the wrong size', async () => {
    const scorer: Scorer = { score: async () => new Float32Array(3) }
    const asked = [{ history: new Int32Array(), domain: 0 }]
    await expect(recommend(scorer, dataset, asked, { k: 1, maskSeen: false })).rejects.toThrow(
      'returned 3 scores for 1 queries × 5 items; 5 are right',
    )
  })

  it('stops when asked to, and tells how far it is', async () => {
    const queries = new Array<Query>(1200).fill({ history: new Int32Array(), domain: 1 })
    const controller = new AbortController()
    const seen: number[] = []
    const onProgress = (done: number) => {
      seen.push(done)
      if (done > 600) controller.abort()
    }
    const options = { k: 1, maskSeen: false, onProgress, signal: controller.signal }
    await expect(recommend(coarseScorer(2), dataset, queries, options)).rejects.toMatchObject({ code: 'interrupted' })
    expect(seen).toEqual([512, 1024])
  })
})

describe('rankAnswers', () => {
  it('equals the place found by sorting, the answer behind its ties', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(question, { maxLength: 40 }),
        fc.boolean(),
        scope,
        levels,
        memory,
        async (questions, maskSeen, scope, levels, memory) => {
          const scorer = coarseScorer(levels)
          const answers = Int32Array.from(questions, ({ answer }) => answer)
          const queries = questions.map((one) => one.query)
          const { ranks, ties } = await rankAnswers(scorer, dataset, queries, answers, { maskSeen, scope, memory })
          for (const [i, { query: asked, answer }] of questions.entries()) {
            const scores = await scoresOf(scorer, asked)
            const rivals = allowed(asked, { maskSeen, scope }).filter((item) => item !== answer)
            const sorted = [...rivals, answer].sort((a, b) => scores[b] - scores[a] || (a === answer ? 1 : -1))
            expect(ranks[i]).toBe(sorted.indexOf(answer))
            expect(ties[i]).toBe(rivals.filter((item) => scores[item] === scores[answer]).length)
          }
        },
      ),
    )
  })

  it('does not depend on the order or the company of the queries, random ties included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(question, { minLength: 1, maxLength: 30 }),
        fc.nat(),
        memory,
        async (questions, seed, memory) => {
          const rank = async (list: typeof questions) => {
            const answers = Int32Array.from(list, ({ answer }) => answer)
            const options = { maskSeen: false, ties: 'random' as const, seed, memory }
            return rankAnswers(
              coarseScorer(2),
              dataset,
              list.map((one) => one.query),
              answers,
              options,
            )
          }
          const together = await rank(questions)
          const reversed = await rank([...questions].reverse())
          const alone = await rank([questions[0]])
          expect([...reversed.ranks].reverse()).toEqual([...together.ranks])
          expect([...reversed.ties].reverse()).toEqual([...together.ties])
          expect(alone.ranks[0]).toBe(together.ranks[0])
        },
      ),
    )
  })

  it('gives a constant scorer the last place against ties, and every place equally often at random', async () => {
    const constant = fromFunction(() => 0)
    const queries: Query[] = Array.from({ length: 4500 }, (_, user) => ({ user, history: new Int32Array(), domain: 1 }))
    const answers = new Int32Array(queries.length).fill(domainItems(dataset, 1).start)
    const against = await rankAnswers(constant, dataset, queries, answers, { maskSeen: false })
    expect(new Set(against.ranks)).toEqual(new Set([8]))
    const random = await rankAnswers(constant, dataset, queries, answers, { maskSeen: false, ties: 'random', seed: 3 })
    const counts = new Int32Array(9)
    for (const rank of random.ranks) counts[rank]++
    // 500 expected in each place; 400 and 600 are more than four standard deviations away.
    expect(Math.min(...counts)).toBeGreaterThan(400)
    expect(Math.max(...counts)).toBeLessThan(600)
    expect(random.ties).toEqual(against.ties)
  })

  it('keeps a seen answer as a candidate and masks its seen rivals', async () => {
    const scorer = fromFunction((_, item) => -item)
    const asked: Query = { history: Int32Array.of(1, 2, 4), domain: 0 }
    const rank = async (maskSeen: boolean) =>
      (await rankAnswers(scorer, dataset, [asked], Int32Array.of(4), { maskSeen })).ranks[0]
    expect(await rank(false)).toBe(3)
    expect(await rank(true)).toBe(1)
  })

  it('refuses an answer of another domain, PAD, and NaN scores', async () => {
    const asked: Query[] = [{ history: new Int32Array(), domain: 0 }]
    const rank = (answer: number, scorer = coarseScorer(3)) =>
      rankAnswers(scorer, dataset, asked, Int32Array.of(answer), { maskSeen: false })
    await expect(rank(6)).rejects.toThrow("answer 0 is item 6, outside the ranked items of domain 'books'")
    await expect(rank(0)).rejects.toMatchObject({ code: 'bad-argument' })
    const nanAt = (where: number) => fromFunction((_, item) => (item === where ? Number.NaN : 0))
    await expect(rank(3, nanAt(3))).rejects.toThrow('NaN to item 3')
    await expect(rank(3, nanAt(5))).rejects.toThrow('NaN to item 5')
  })
})

it('scoreAnswers returns the score of each answer, whatever the blocks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(question, { maxLength: 30 }), memory, async (questions, memory) => {
      const scorer = coarseScorer(1000)
      const answers = Int32Array.from(questions, ({ answer }) => answer)
      const predictions = await scoreAnswers(
        scorer,
        dataset,
        questions.map((one) => one.query),
        answers,
        { memory },
      )
      for (const [i, { query: asked, answer }] of questions.entries())
        expect(predictions[i]).toBe((await scoresOf(scorer, asked))[answer])
    }),
  )
})
