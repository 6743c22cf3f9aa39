import { describe, expect, it } from 'vitest'
import { buildDataset, domainView, splitDataset } from '../../data/index.ts'
import { itemAttributes } from './attributes.ts'

const items = ['a', 'b', 'c', 'x', 'y']
const columns = {
  user: items.map(() => 'u'),
  item: items,
  domain: ['one', 'one', 'one', 'two', 'two'],
}
const price = new Map(items.slice(0, 4).map((item, i) => [item, [3, 1, 3, 20][i]]))
const tags = new Map([
  ['a', ['new', 'old']],
  ['x', ['old']],
])
const described = buildDataset(
  'described',
  { ...columns, category: ['k', '', 'l', 'k', 'k'] },
  {
    itemFeatures: [
      { name: 'tag', kind: 'labels', of: tags },
      { name: 'price', kind: 'number', of: price },
    ],
  },
)
const labelsOf = (dataset: typeof described, field: number, name: string) => {
  const { most, ids, shares } = itemAttributes(dataset)[field]
  const id = dataset.items.id(name)!
  const own = [...ids.subarray(id * most, (id + 1) * most)]
  return own.map((label, i) => [label, shares[id * most + i]] as const).filter(([label]) => label !== 0)
}

describe('what is known of items', () => {
  it('is the domain where the log says nothing', () => {
    const [category, ...others] = itemAttributes(buildDataset('bare', columns))
    expect(others).toEqual([])
    expect(category.labels).toBe(3)
    expect([...category.ids]).toEqual([0, 1, 1, 1, 2, 2])
    expect([...category.shares]).toEqual([0, 1, 1, 1, 1, 1])
  })

  it('is the category, which no two domains share, and one for the others', () => {
    const named = (name: string) => labelsOf(described, 0, name)[0][0]
    expect(new Set(items.map(named)).size).toBe(4)
    expect(named('x')).toBe(named('y'))
    expect(named('a')).not.toBe(named('x'))
  })

  it('is every label in equal shares', () => {
    expect(labelsOf(described, 1, 'a')).toEqual([
      [1, 0.5],
      [2, 0.5],
    ])
    expect(labelsOf(described, 1, 'x')).toEqual([[2, 1]])
    expect(labelsOf(described, 1, 'b')).toEqual([])
  })

  it('is the tenth of the known numbers that one lies in, the same for equal ones', () => {
    const tenth = (name: string) => labelsOf(described, 2, name)[0]?.[0]
    expect(items.map(tenth)).toEqual([3, 1, 3, 8, undefined])
  })

  it('is the same of an item in a view of its domain alone', () => {
    const { dataset } = domainView(described, splitDataset(described, 'leave-two-out'), 1)
    expect(labelsOf(dataset, 1, 'x')).toEqual(labelsOf(described, 1, 'x'))
    expect(labelsOf(dataset, 0, 'x')).toEqual(labelsOf(dataset, 0, 'y'))
  })
})
