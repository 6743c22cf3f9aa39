import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Query, type Scorer, scoringPairs, TributaryError } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { decide } from '../evaluation/decide.ts'
import { Assortment } from './assortment.ts'
import { compose, type Ingredients, type Plan } from './compose.ts'
import { ContentLikeness } from './content.ts'
import type { StoredItem } from './store/store.ts'

const books = Array.from({ length: 12 }, (_, i) => `book${i}`)
const dataset = buildDataset(
  'shop',
  // The first has the most rows, and so on.
  {
    user: books.flatMap((name, i) => Array.from({ length: 12 - i }, () => name)),
    item: books.flatMap((name, i) => Array.from({ length: 12 - i }, () => name)),
    domain: books.flatMap((_, i) => Array.from({ length: 12 - i }, () => 'books')),
  },
  {
    itemFeatures: [
      {
        name: 'genre',
        kind: 'labels',
        of: new Map(books.map((name, i) => [name, [['crime', 'fantasy', 'home'][i % 3]]])),
      },
    ],
  },
)
const id = (name: string) => dataset.items.id(name)!
/** book11 is best. */
const byNumber = scoringPairs((_, item) => item)

function stored(item: string, given: Partial<StoredItem> = {}): StoredItem {
  return { item, domain: 'books', hidden: false, categories: [], properties: {}, ...given }
}

function ingredients(items: readonly StoredItem[] = [], scorer: Scorer = byNumber): Ingredients {
  const assortment = new Assortment(dataset)
  for (const [revision, item] of items.entries()) assortment.apply({ revision, removed: false, item })
  return {
    assortment,
    content: new ContentLikeness(assortment),
    source: 'model',
    async ask(query, draw, maskSeen) {
      const [list] = await decide(scorer, dataset, [query], [draw], { maskSeen })
      return list
    },
  }
}

const PLAN: Plan = {
  domain: 'books',
  k: 4,
  maskSeen: true,
  policy: { kind: 'greedy' },
  fresh: true,
  fill: [],
  filters: [],
  pin: [],
  exclude: [],
}
const nobody: Query = { history: new Int32Array(), domain: 0 }
const at = { seed: 'r_1', now: 0 }

async function list(from: Ingredients, plan: Partial<Plan> = {}, query: Partial<Query> = {}, above: string[] = []) {
  const made = await compose(from, { ...nobody, ...query }, { ...PLAN, ...plan }, { ...at, above })
  return made.items.map(({ item, source }) => `${item} ${source}`)
}

describe('a composed list', () => {
  it('is the model’s where nothing else is said', async () => {
    expect(await list(ingredients())).toEqual(['book11 model', 'book10 model', 'book9 model', 'book8 model'])
    const made = await compose(ingredients(), nobody, PLAN, at)
    expect(made.restricted).toBe(false)
  })

  it('pins what is there, first and once', async () => {
    const from = ingredients([stored('new'), stored('gone', { hidden: true }), stored('game', { domain: 'games' })])
    const pin = ['gone', 'book9', 'game', 'nobody', 'new']
    expect(await list(from, { pin })).toEqual(['book9 pinned', 'new pinned', 'book11 model', 'book10 model'])
  })

  it('lists new items by what they are like', async () => {
    const from = ingredients([stored('new', { categories: ['fantasy'] }), stored('bare')])
    // Fantasy are book1, 4, 7 and 10, so the new one stands in their middle.
    const names = await list(from, { k: 20 })
    expect(names.indexOf('new fresh')).toBe(names.indexOf('book5 model') - 1)
    expect(names.at(-1)).toBe('bare fresh')
    expect(await list(from, { k: 20, fresh: false })).toHaveLength(12)
  })

  it('draws new items with their probability, and keeps what they are like for the record', async () => {
    const from = ingredients([stored('new', { categories: ['fantasy'] })])
    const policy = { kind: 'plackett-luce', temperature: 2, candidates: 8 } as const
    const made = await compose(from, nobody, { ...PLAN, k: 8, policy }, at)
    const total = made.pool.reduce((sum, { score }) => sum + Math.exp(score / 2), 0)
    const [first] = made.items
    expect(first.propensity).toBeCloseTo(Math.exp(first.score / 2) / total)
    expect(made.pool).toHaveLength(8)
    expect(made.news.map(({ name, items }) => [name, [...items]])).toEqual([
      ['new', ['book1', 'book4', 'book7', 'book10'].map(id).sort((a, b) => a - b)],
    ])
    expect(made.restricted).toBe(true)
  })

  it('fills up with what another model and then what is popular offer', async () => {
    const filters = [{ field: 'categories', has: 'home' }]
    const failing = {
      ...ingredients([stored('new', { categories: ['home'] })]),
      ask: async () => Promise.reject(new Error('broken')),
    }
    const fill = ['fallback', 'popular'] as const
    const fallback = async () => ['book1', 'book8', 'nowhere'].map((item) => ({ item, score: 1 }))
    expect(await list({ ...failing, fallback }, { k: 9, filters, fill })).toEqual([
      'book8 fallback',
      'book2 popular',
      'book5 popular',
      'book11 popular',
      'new popular',
    ])
    expect(await list(failing, { k: 2, fill: ['popular'] }, { history: Int32Array.of(id('book0')) })).toEqual([
      'book1 popular',
      'book2 popular',
    ])
    const made = await compose(failing, nobody, { ...PLAN, fill }, at)
    expect(String(made.failure)).toContain('broken')
    await expect(list(failing)).rejects.toThrow('broken')
    const overloaded = { ...failing, ask: async () => Promise.reject(new TributaryError('overloaded', 'later')) }
    await expect(list(overloaded, { fill })).rejects.toThrow('later')
  })

  it('answers for a domain that the model does not know', async () => {
    const from = ingredients([stored('game1', { domain: 'games' }), stored('game2', { domain: 'games' })])
    expect(await list(from, { domain: 'games', fill: ['popular'] }, { domain: -1 })).toEqual([
      'game2 popular',
      'game1 popular',
    ])
  })

  it('goes on with a next page, whatever it is made of', async () => {
    const policy = fc.constantFrom<Plan['policy']>(
      { kind: 'greedy' },
      { kind: 'plackett-luce', temperature: 3, candidates: 14 },
      { kind: 'epsilon', share: 0.5, candidates: 14, slots: [2, 5] },
    )
    const from = ingredients([
      stored('new', { categories: ['fantasy'] }),
      stored('bare'),
      stored('book9', { hidden: true }),
    ])
    await fc.assert(
      fc.asyncProperty(policy, fc.integer({ min: 1, max: 14 }), fc.string(), async (policy, k, seed) => {
        const plan: Plan = { ...PLAN, policy, fill: ['popular'], pin: ['book3'], exclude: ['book4'] }
        const whole = await compose(from, nobody, { ...plan, k: 14 }, { seed, now: 0 })
        const first = await compose(from, nobody, { ...plan, k }, { seed, now: 0 })
        const above = first.items.map(({ item }) => item)
        const second = await compose(from, nobody, { ...plan, k: 14 - k }, { seed, now: 0, above })
        expect(whole.items.map(({ item }) => item).sort()).toEqual(
          [...books, 'new', 'bare'].filter((item) => item !== 'book9' && item !== 'book4').sort(),
        )
        const seen = ({ item, rank, source }: (typeof whole.items)[0]) => [item, rank, source]
        expect([...first.items, ...second.items].map(seen)).toEqual(whole.items.map(seen))
      }),
      { numRuns: 60 },
    )
  })
})
