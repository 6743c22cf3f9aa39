import { describe, expect, it } from 'vitest'
import { domainItems, type Query, type Scorer, UNLEARNED_SCORE } from '../core/index.ts'
import { buildDataset, splitDataset } from '../data/index.ts'
import { listScorer } from './list-scorer.ts'
import { rankAnswers, recommend } from './recommend.ts'

// Nobody's training rows hold `films-new`, and none are dan's.
const dataset = buildDataset('rated', {
  user: ['ann', 'ann', 'bob', 'bob', 'cat', 'cat', 'dan'],
  item: ['films-a', 'books-a', 'films-b', 'books-b', 'films-c', 'films-new', 'films-a'],
  domain: ['films', 'books', 'films', 'books', 'films', 'films', 'films'],
  value: [5, 4, 3, 2, 4, 5, 1],
  part: ['train', 'train', 'train', 'train', 'train', 'test', 'test'],
})
const split = splitDataset(dataset, 'column')
const films = dataset.domains.indexOf('films')
const id = (name: string) => dataset.items.id(name)!
const user = (name: string) => dataset.users.id(name)!

/** Ratings as a vector drawn at random gives them: the highest to the item that nobody rated, and to dan something of his own. */
const predicted: Scorer = {
  async score(queries, { start, end }) {
    const ratings = new Map([
      ['films-a', 4.5],
      ['films-b', 4.5],
      ['films-c', 2],
      ['films-new', 9],
    ])
    return Float32Array.from(
      queries.flatMap(({ user: asked, history }) =>
        Array.from({ length: end - start }, (_, i) => {
          const name = dataset.items.name(start + i)
          const own = asked === user('dan') && name === 'films-c' ? 5 : 0
          return (ratings.get(name) ?? 0) + own + Number(history.includes(id('films-new')))
        }),
      ),
    )
  },
}
const held = listScorer({ spec: { task: 'rating' }, model: predicted, dataset, split })
const query = (more: Partial<Query> = {}): Query => ({ history: new Int32Array(0), domain: films, ...more })
const list = async (scorer: Scorer, asked: Query, k = 100, maskSeen = true) => {
  const [found] = await recommend(scorer, dataset, [asked], { k, maskSeen })
  return found.map(({ item, score }) => [dataset.items.name(item), score])
}

describe('the lists of a model that predicts ratings', () => {
  it('go by prediction, ties by id, and end with what nobody rated', async () => {
    expect(await list(held, query())).toEqual([
      ['films-a', 4.5],
      ['films-b', 4.5],
      ['films-c', 2],
      ['films-new', UNLEARNED_SCORE],
    ])
    expect((await list(predicted, query()))[0]).toEqual(['films-new', 9])
  })

  it('leave out what is excluded, seen or of another domain', async () => {
    const asked = query({ history: Int32Array.of(id('films-a'), id('books-a')), exclude: Int32Array.of(id('films-c')) })
    expect((await list(held, asked)).map(([item]) => item)).toEqual(['films-b', 'films-new'])
    expect((await list(held, asked, 1, false)).map(([item]) => item)).toEqual(['films-a'])
  })

  it('take a user without training rows for a stranger, and read no item that never learned in a history', async () => {
    const stranger = await list(held, query())
    expect(await list(held, query({ user: user('dan') }))).toEqual(stranger)
    expect(await list(held, query({ history: Int32Array.of(id('films-new')) }), 100, false)).toEqual(stranger)
  })

  it('are what ranks are counted in', async () => {
    const asked = [query(), query()]
    const answers = Int32Array.of(id('films-new'), id('films-c'))
    expect([...(await rankAnswers(held, dataset, asked, answers, { maskSeen: false })).ranks]).toEqual([3, 2])
  })

  it('leave predictions as they are', async () => {
    const scores = await predicted.score([query()], domainItems(dataset, films))
    expect(Math.max(...scores)).toBe(9)
  })
})

it('a model that ranks, or says why it knows what never learned, is taken as it is', () => {
  const kept = (task: 'ranking' | 'rating', unlearned?: string) =>
    listScorer({ spec: { task, ...(unlearned && { unlearned }) }, model: predicted, dataset, split })
  expect(kept('ranking')).toBe(predicted)
  expect(kept('rating', 'it counts')).toBe(predicted)
  expect(kept('rating')).not.toBe(predicted)
  const all = splitDataset(dataset, 'column')
  const trained = { ...all, part: new Uint8Array(all.part.length) }
  expect(listScorer({ spec: { task: 'rating' }, model: predicted, dataset, split: trained })).toBe(predicted)
})
