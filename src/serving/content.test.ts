import { describe, expect, it } from 'vitest'
import { buildDataset } from '../data/index.ts'
import { Assortment } from './assortment.ts'
import { ContentLikeness } from './content.ts'
import type { StoredItem } from './store/store.ts'

const books = ['crime1', 'crime2', 'fantasy1', 'fantasy2', 'fantasy3', 'plain']
const dataset = buildDataset(
  'shop',
  { user: [...books, 'u'], item: [...books, 'crimeGame'], domain: [...books.map(() => 'books'), 'games'] },
  {
    itemFeatures: [
      {
        name: 'genre',
        kind: 'labels',
        of: new Map([
          ...books.slice(0, 5).map((name): [string, string[]] => [name, [name.slice(0, -1), 'paper']]),
          ['crimeGame', ['crime']],
        ]),
      },
      { name: 'price', kind: 'number', of: new Map([['fantasy2', 100]]) },
    ],
  },
)

function stored(item: string, given: Partial<StoredItem> = {}): StoredItem {
  return { item, domain: 'books', hidden: false, categories: [], properties: {}, ...given }
}

function likeness(...items: readonly StoredItem[]) {
  const assortment = new Assortment(dataset)
  const content = new ContentLikeness(assortment)
  let revision = 0
  const put = (item: StoredItem) => assortment.apply({ revision: ++revision, removed: false, item })
  items.forEach(put)
  const of = (name: string) => {
    const found = content.of(assortment.id(name)!)
    return [...found.items].map((id, at) => [assortment.name(id), Number(found.weights[at].toFixed(3))])
  }
  return { of, put }
}

describe('likeness by content', () => {
  it('finds the items of the same domain that share what is rare, by how much of them it is', () => {
    const { of } = likeness(
      stored('new', { categories: ['crime', 'paper'] }),
      stored('dear', { categories: ['fantasy'], properties: { price: 104 } }),
    )
    expect(of('new')).toEqual([
      ['crime1', 0.5],
      ['crime2', 0.5],
    ])
    expect(of('dear').map(([name]) => name)).toEqual(['fantasy2', 'fantasy1', 'fantasy3'])
  })

  it('says nothing of what shares nothing', () => {
    const { of } = likeness(stored('new', { categories: ['western'], title: 'A crime' }), stored('bare'))
    expect(of('new')).toEqual([])
    expect(of('bare')).toEqual([])
  })

  it('reads titles by their words, and follows what changes', () => {
    const { of, put } = likeness(
      stored('plain', { title: 'The Dragon, Vol. 2' }),
      stored('new', { title: 'dragon tales' }),
    )
    expect(of('new')).toEqual([['plain', 1]])
    put(stored('new', { categories: ['crime'] }))
    expect(of('new').map(([name]) => name)).toEqual(['crime1', 'crime2'])
  })
})
