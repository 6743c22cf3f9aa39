import { describe, expect, it } from 'vitest'
import { domainOfItem, type Scorer, scoringPairs } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { exchange } from './exchange.ts'

/** Thirty users with two films and a book each, and one who knows books alone. */
const rows = [
  ...Array.from({ length: 30 }, (_, u) => [
    [`u${u}`, `film${u % 4}`, 'films'],
    [`u${u}`, `film${4 + (u % 5)}`, 'films'],
    [`u${u}`, `book${u % 7}`, 'books'],
  ]).flat(),
  ...[0, 1, 2].map((b) => ['reader', `book${b}`, 'books']),
]
const dataset = buildDataset('shop', {
  user: rows.map(([user]) => user),
  item: rows.map(([, item]) => item),
  domain: rows.map(([, , domain]) => domain),
})
const [films, books] = ['films', 'books'].map((name) => dataset.domains.indexOf(name))

/** A third of all items is pulled by each event: by so much, as its domain and that of the item say. */
function pulling(weight: (from: number, to: number) => number): Scorer {
  return scoringPairs(({ history }, item) => {
    if (item % 3 !== 1) return 0
    return history.reduce((sum, from) => sum + weight(domainOfItem(dataset, from), domainOfItem(dataset, item)), 0)
  })
}

const owed = (debts: Awaited<ReturnType<typeof exchange>>, to: number, from: number) => {
  const { owed } = debts.domains.find(({ domain }) => domain === dataset.domains[to])!
  return owed.find(({ domain }) => domain === dataset.domains[from])!
}

describe('who gives to whom', () => {
  it('is the share of events where each counts alike, and of no domain where none of its events counts', async () => {
    const alike = await exchange(
      pulling(() => 1),
      dataset,
      { k: 1 },
    )
    expect(alike).toMatchObject({ asked: 30, of: 30, k: 1 })
    expect(owed(alike, books, films).mean).toBeCloseTo(2 / 3, 6)
    expect(owed(alike, books, films).ofEvents).toBeCloseTo(2 / 3, 6)

    const selfish = await exchange(
      pulling((from, to) => (from === to ? 1 : 0)),
      dataset,
      { k: 1 },
    )
    expect(owed(selfish, books, films)).toMatchObject({ mean: 0, low: 0, high: 0 })
    expect(owed(selfish, films, films)).toMatchObject({ mean: 1, low: 1, high: 1 })
  })

  it('tells a domain that gives from one that takes', async () => {
    const given = await exchange(
      pulling((from, to) => (from === films ? 3 : to === films ? 0 : 1)),
      dataset,
      { k: 1 },
    )
    // Two films of 3 beside one book of 1.
    expect(owed(given, books, films).mean).toBeCloseTo(6 / 7, 6)
    expect(owed(given, films, books).mean).toBe(0)
  })

  it('draws the same users each time, and so many', async () => {
    const scorer = pulling((from) => 1 + from)
    const few = await exchange(scorer, dataset, { users: 5, k: 2 })
    expect(few.asked).toBe(5)
    expect(await exchange(scorer, dataset, { users: 5, k: 2 })).toEqual(few)
  })

  it('owes nothing to histories that are not read', async () => {
    const { domains } = await exchange(
      scoringPairs((_, item) => item),
      dataset,
      { users: 4 },
    )
    for (const { users, silent, owed } of domains) {
      expect([users, silent]).toEqual([0, 4])
      expect(owed.map(({ mean }) => mean)).toEqual([Number.NaN, Number.NaN])
    }
  })

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort()
    await expect(
      exchange(
        pulling(() => 1),
        dataset,
        { signal },
      ),
    ).rejects.toMatchObject({ code: 'interrupted' })
  })
})
