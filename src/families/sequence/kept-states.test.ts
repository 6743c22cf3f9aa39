import { expect, test } from 'vitest'
import { buildDataset, splitDataset } from '../../data/index.ts'
import { findModel } from '../../registry.ts'
import { KeptStates } from './kept-states.ts'

test('keeps the states that were asked for last, as many as there is room for', () => {
  const kept = new KeptStates(2, 16)
  const state = (value: number) => Float32Array.of(value, value)
  kept.put('a', state(1))
  kept.put('b', state(2))
  expect(kept.get('a')).toEqual(state(1))
  kept.put('c', state(3))
  expect(kept.get('b')).toBeUndefined()
  expect(kept.get('a')).toEqual(state(1))
  expect(kept.get('c')).toEqual(state(3))
})

test('tells histories apart, and domains', () => {
  const keys = [
    KeptStates.key(Int32Array.of(1, 2), 0),
    KeptStates.key(Int32Array.of(2, 1), 0),
    KeptStates.key(Int32Array.of(1), 0),
    KeptStates.key(Int32Array.of(258, 2), 0),
    KeptStates.key(Int32Array.of(1, 2), 1),
    KeptStates.key(Int32Array.of(9, 1, 2).subarray(1), 10),
  ]
  expect(new Set(keys).size).toBe(keys.length)
  expect(KeptStates.key(Int32Array.of(9, 1, 2).subarray(1), 0)).toBe(keys[0])
})

test('a served model answers with the bits of any other, whatever was asked before and beside', async () => {
  const users = ['ann', 'ann', 'ann', 'bob', 'bob', 'bob', 'cy', 'cy', 'cy']
  const items = ['a', 'b', 'c', 'b', 'd', 'e', 'c', 'a', 'e']
  const domain = items.map((item) => (item < 'd' ? 'x' : 'y'))
  const dataset = buildDataset('small', { user: users, item: items, domain })
  const split = splitDataset(dataset, 'leave-two-out')
  const { config, create } = findModel('sasrec')
  const options = config.parse({ width: 8, maxLength: 4 })
  const plain = create(options, dataset, split, { seed: 1, threads: 1 })
  const served = create(options, dataset, split, { seed: 1, threads: 1, serving: true })
  const ask = (...histories: number[][]) => histories.map((one) => ({ history: Int32Array.from(one), domain: 0 }))
  // The second has a history that grew, one that is kept, one that came twice, and one of which the oldest does not count.
  for (const queries of [ask([1, 2], [3]), ask([1, 2, 3], [3], [4], [4], [], [5, 1, 2, 3, 4]), ask([4, 1, 2, 3, 4])]) {
    const range = { start: 1, end: dataset.items.size }
    expect(await served.score(queries, range)).toEqual(await plain.score(queries, range))
  }
  await Promise.all([plain.dispose(), served.dispose()])
})
