import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { domainItems, type Query, type Scorer, scoringPairs } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { createRng } from '../math/index.ts'
import { type Explained, reasonsFor } from './reasons.ts'

const domain = [...Array<string>(5).fill('films'), ...Array<string>(9).fill('books')]
const dataset = buildDataset('shop', {
  user: domain.map(() => 'u'),
  item: domain.map((name, i) => `${name}${i}`),
  domain,
})
const books = dataset.domains.indexOf('books')
const range = domainItems(dataset, books)

function only(item: number): Explained {
  return { items: Int32Array.of(item), weights: Float32Array.of(1) }
}

/** What an item of a history adds to the score of an item; of most pairs nothing, so that the median is 0. */
function pull(from: number, to: number): number {
  const rng = createRng(3).split(from, to)
  return rng.float() < 0.3 ? Math.fround(rng.float() - 0.2) : 0
}

function additive(offset: (query: Query) => number = () => 0): Scorer {
  return scoringPairs((query, item) => {
    const sum = [...new Set(query.history)].reduce((sum, from) => sum + pull(from, item), 0)
    return sum + offset(query)
  })
}

const history = fc.array(fc.integer({ min: 1, max: 14 }), { maxLength: 8 }).map((items) => Int32Array.from(items))

describe('reasons', () => {
  it('of a sum are its parts', async () => {
    const scorer = scoringPairs(({ history }, item) =>
      item === range.start ? history.reduce((sum, from) => sum + from, 0) : 0,
    )
    const query = { history: Int32Array.of(1, range.start + 1, 1, 3), domain: books }
    const [first, second] = await reasonsFor(scorer, dataset, query, [only(range.start), only(range.start + 2)])
    // Item 1 stands there twice, and counts twice.
    const total = 1 + (range.start + 1) + 1 + 3
    const expected = [
      { item: range.start + 1, share: (range.start + 1) / total },
      { item: 3, share: 3 / total },
      { item: 1, share: 2 / total },
    ].sort((a, b) => b.share - a.share || a.item - b.item)
    expect(first.because.map(({ item }) => item)).toEqual(expected.map(({ item }) => item))
    for (const [i, { share }] of first.because.entries()) expect(share).toBeCloseTo(expected[i].share, 5)
    expect(second).toEqual({ because: [], domains: new Float32Array(2) })
  })

  it('add up to one, for items and for domains, or there are none', () =>
    fc.assert(
      fc.asyncProperty(history, fc.integer({ min: range.start, max: range.end - 1 }), async (history, item) => {
        const [{ because, domains }] = await reasonsFor(additive(), dataset, { history, domain: books }, [only(item)])
        const total = because.reduce((sum, { share }) => sum + share, 0)
        if (because.length === 0) expect(Math.max(...domains)).toBe(0)
        else {
          expect(total).toBeCloseTo(1)
          expect(domains[0] + domains[1]).toBeCloseTo(1)
        }
        for (const { item, share } of because) {
          expect(share).toBeGreaterThan(0)
          expect(history).toContain(item)
        }
      }),
    ))

  it('are the same where scores of another history stand at another height', () =>
    fc.assert(
      fc.asyncProperty(history, async (history) => {
        const query = { history, domain: books }
        const plain = await reasonsFor(additive(), dataset, query, [only(range.start)])
        const raised = additive(({ history }) => 4 * history.length)
        const [{ because }] = await reasonsFor(raised, dataset, query, [only(range.start)])
        expect(because.map(({ item }) => item).sort()).toEqual(plain[0].because.map(({ item }) => item).sort())
      }),
    ))

  it('of several items are those of their weighted mean', async () => {
    const scorer = scoringPairs(({ history }, item) => Number(history.includes(item - range.start + 1)))
    const query = { history: Int32Array.of(1, 2, 3), domain: books }
    const mixed = { items: Int32Array.of(range.start, range.start + 1), weights: Float32Array.of(3, 1) }
    const [{ because }] = await reasonsFor(scorer, dataset, query, [mixed])
    expect(because).toEqual([
      { item: 1, share: 0.75 },
      { item: 2, share: 0.25 },
    ])
  })

  it('keep values beside the items they belong to', async () => {
    const scorer = scoringPairs(({ history, values }, item) =>
      item === range.start ? history.reduce((sum, from, t) => sum + from * values![t], 0) : 0,
    )
    const query = { history: Int32Array.of(1, 2), values: Float32Array.of(4, 3), domain: books }
    const [{ because }] = await reasonsFor(scorer, dataset, query, [only(range.start)])
    expect(because).toEqual([
      { item: 2, share: 0.6 },
      { item: 1, share: 0.4 },
    ])
  })
})
