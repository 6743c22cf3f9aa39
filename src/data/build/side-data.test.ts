import { expect, test } from 'vitest'
import type { Dataset, Feature } from '../../core/dataset.ts'
import { domainView } from '../split/domain-view.ts'
import { buildDataset } from './build.ts'
import { filterDataset } from './filter.ts'

const log = {
  user: ['ann', 'ann', 'bob', 'cy'],
  item: ['b', 'a', 'b', 'c'],
  domain: ['shop', 'shop', 'shop', 'shop'],
}

test('a truth stands in the order of ids, whatever the order of names it is given in', () => {
  const truth = { users: ['cy', 'ann'], items: ['a', 'c', 'b'], values: [1, 2, 3, 4, 5, 6] }
  const dataset = buildDataset('shop', log, { truth })
  const turned = { users: ['ann', 'cy'], items: ['b', 'a', 'c'], values: [6, 4, 5, 3, 1, 2] }
  // Item b has two rows and so the first id.
  expect([...dataset.truth!.users].map(dataset.users.name, dataset.users)).toEqual(['ann', 'cy'])
  expect([...dataset.truth!.items].map(dataset.items.name, dataset.items)).toEqual(['b', 'a', 'c'])
  expect([...dataset.truth!.row(0), ...dataset.truth!.row(1)]).toEqual([6, 4, 5, 3, 1, 2])
  expect(buildDataset('shop', log, { truth: turned }).hash).toBe(dataset.hash)
})

test('factors are put in the order of ids, too', () => {
  const given = {
    users: ['cy', 'ann'],
    items: ['c', 'b'],
    width: 2,
    userFactors: [1, 2, 3, 4],
    itemFactors: [1, 0, 0, 10],
  }
  const { truth } = buildDataset('shop', log, { truth: given })
  expect([...truth!.row(0), ...truth!.row(1)]).toEqual([40, 3, 20, 1])
})

test('the hash changes with truth and features, and stays as it was without', () => {
  const hashes = [
    {},
    { truth: { users: ['ann'], items: ['a'], values: [1] } },
    { truth: { users: ['ann'], items: ['a'], values: [2] } },
    { truth: { users: ['ann'], items: ['b'], values: [1] } },
    { itemFeatures: [{ name: 'kind', kind: 'labels', of: new Map([['a', ['x']]]) }] },
    { itemFeatures: [{ name: 'kind', kind: 'labels', of: new Map([['b', ['x']]]) }] },
    { itemFeatures: [{ name: 'price', kind: 'number', of: new Map([['a', 3]]) }] },
    { userFeatures: [{ name: 'kind', kind: 'labels', of: new Map([['ann', ['x']]]) }] },
  ].map((side) => buildDataset('shop', log, side as Parameters<typeof buildDataset>[2]).hash)
  expect(new Set(hashes).size).toBe(hashes.length)
  expect(hashes[0]).toBe(buildDataset('shop', log).hash)
})

test('labels are sorted, once each; who has none has an empty range; unknown numbers are NaN', () => {
  const { itemFeatures } = buildDataset('shop', log, {
    itemFeatures: [
      {
        name: 'category',
        kind: 'labels',
        of: new Map([
          ['a', ['z', 'x', 'z']],
          ['c', ['y']],
        ]),
      },
      { name: 'duration', kind: 'number', of: new Map([['c', 12.5]]) },
    ],
  })
  // Ids: PAD, b, a, c.
  expect(itemFeatures).toEqual([
    {
      name: 'category',
      kind: 'labels',
      labels: ['x', 'y', 'z'],
      start: Int32Array.of(0, 0, 0, 2, 3),
      ids: Int32Array.of(0, 2, 1),
    },
    { name: 'duration', kind: 'number', values: Float32Array.of(Number.NaN, Number.NaN, Number.NaN, 12.5) },
  ])
})

test('a truth or a feature that names what the log lacks, or holds NaN, is refused in one sentence', () => {
  const truth =
    (users: string[], items: string[], value = 1) =>
    () =>
      buildDataset('shop', log, { truth: { users, items, values: [value] } })
  expect(truth(['dan'], ['a'])).toThrow("the truth of 'shop' names the user 'dan', which no interaction of its log has")
  expect(truth(['ann'], ['q'])).toThrow("the truth of 'shop' names the item 'q', which no interaction of its log has")
  expect(truth(['ann'], ['a'], Number.NaN)).toThrow("the truth of 'shop': the reward of user 'ann' and item 'a' is NaN")
  expect(() => buildDataset('shop', log, { truth: { users: ['ann'], items: ['a'], values: [1, 2] } })).toThrow(
    'it needs 1',
  )
  const userFeatures = [{ name: 'age', kind: 'number', of: new Map([['dan', 3]]) }] as const
  expect(() => buildDataset('shop', log, { userFeatures })).toThrow("no user of 'shop' has the feature 'age'")
})

test('a catalogue may describe more items than are logged', () => {
  const of = new Map([
    ['a', ['x']],
    ['unseen', ['y']],
  ])
  const { itemFeatures } = buildDataset('shop', log, { itemFeatures: [{ name: 'category', kind: 'labels', of }] })
  expect(itemFeatures).toMatchObject([{ labels: ['x'], ids: Int32Array.of(0) }])
})

test('a feature needs a name that is not the column of its entity', () => {
  const named = (name: string) => () =>
    buildDataset('shop', log, { itemFeatures: [{ name, kind: 'number', of: new Map([['a', 1]]) }] })
  expect(named('item')).toThrow("a feature is called 'item'")
  expect(named('')).toThrow("a feature is called ''")
})

const wide = buildDataset(
  'mall',
  {
    user: ['ann', 'ann', 'ann', 'bob', 'bob', 'cy'],
    item: ['a', 'b', 'x', 'a', 'b', 'y'],
    domain: ['one', 'one', 'two', 'one', 'one', 'two'],
  },
  {
    userFeatures: [
      {
        name: 'city',
        kind: 'labels',
        of: new Map([
          ['ann', ['Rome']],
          ['cy', ['Oslo']],
        ]),
      },
    ],
    itemFeatures: [
      {
        name: 'category',
        kind: 'labels',
        of: new Map([
          ['a', ['k', 'l']],
          ['x', ['m']],
          ['y', ['l', 'm']],
        ]),
      },
      { name: 'price', kind: 'number', of: new Map([['y', 4]]) },
    ],
  },
)

/** Labels or value of an item by name. */
function said({ items, itemFeatures }: Dataset, item: string) {
  const id = items.id(item)!
  const words = (feature: Feature) =>
    feature.kind === 'number'
      ? feature.values[id]
      : [...feature.ids.subarray(feature.start[id], feature.start[id + 1])].map((label) => feature.labels[label])
  return Object.fromEntries(itemFeatures!.map((feature) => [feature.name, words(feature)]))
}

test('a domain view keeps the features of its items', () => {
  const all = { name: 'all', part: new Uint8Array(wide.log.length) }
  const { dataset } = domainView(wide, all, 1)
  for (const item of ['x', 'y']) expect(said(dataset, item)).toEqual(said(wide, item))
  expect(said(wide, 'y')).toEqual({ category: ['l', 'm'], price: 4 })
  expect(dataset.userFeatures).toBe(wide.userFeatures)
})

test('a filter keeps the features of what is left, and labels that somebody still has', () => {
  const { dataset } = filterDataset(wide, { minItem: 2 })
  expect(said(dataset, 'a')).toEqual({ category: ['k', 'l'] })
  expect(said(dataset, 'b')).toEqual({ category: [] })
  expect(dataset.itemFeatures![0]).toMatchObject({ labels: ['k', 'l'] })
  expect(dataset.userFeatures![0]).toMatchObject({ labels: ['Rome'], start: Int32Array.of(0, 1, 1) })
})

test('a filter that would take rows from a dataset with a truth is refused', () => {
  const dataset = buildDataset('shop', log, { truth: { users: ['ann'], items: ['a'], values: [1] } })
  expect(() => filterDataset(dataset, { minItem: 2 })).toThrow("would take 2 interactions from 'shop'")
  expect(filterDataset(dataset, { minItem: 1 }).dataset).toBe(dataset)
})
