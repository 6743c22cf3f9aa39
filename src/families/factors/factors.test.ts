import { expect, it } from 'vitest'
import { buildDataset } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { createFactorModel, pairBatches, trainingInteractions, transitions } from './index.ts'

const dataset = buildDataset('small', {
  user: ['ann', 'ann', 'ann', 'bob', 'bob', 'cid'],
  item: ['a', 'b', 'c', 'b', 'a', 'c'],
  domain: ['all', 'all', 'all', 'all', 'all', 'all'],
})
// Ann's last and Cid's only row are not trained on.
const split = { name: 'by hand', part: Uint8Array.of(0, 0, 1, 0, 0, 1) }

it('trains on the training interactions, each once an epoch, in another order each time', () => {
  const pairs = trainingInteractions({ dataset, split })
  expect([...pairs.user]).toEqual([0, 0, 1, 1])
  expect([...pairs.targets].map((item) => dataset.items.name(item))).toEqual(['a', 'b', 'b', 'a'])
  const epochs = Array.from({ length: 10 }, (_, epoch) => pairBatches(pairs, 3, createRng(1).split(epoch)))
  const orders = epochs.map((batches) => {
    expect(batches.map(({ size }) => size)).toEqual([3, 1])
    return batches.flatMap(({ user, targets }) => [...user].map((u, i) => `${u} ${targets[i]}`)).join()
  })
  expect(new Set(orders.map((order) => order.split(',').sort().join())).size).toBe(1)
  expect(new Set(orders).size).toBeGreaterThan(3)
})

it('takes every neighbor of a sequence for a transition, and none across users', () => {
  const sequences = {
    user: Int32Array.of(4, 7, 9),
    items: Int32Array.of(1, 2, 3, 5, 6, 8),
    offsets: Int32Array.of(0, 3, 5, 6),
  }
  const { user, items, targets } = transitions(sequences)
  expect([...user].map((u, i) => [u, items[i], targets[i]])).toEqual([
    [4, 1, 2],
    [4, 2, 3],
    [7, 5, 6],
  ])
})

it('scores by user · item, and a newcomer by the mean of those who learned', async () => {
  const options = { name: 'factors', width: 3, deviation: 1 }
  const model = createFactorModel(options, { dataset, split }, { seed: 1, threads: 1 })
  const row = (table: 'users' | 'items', i: number) => [...model[table].range(i, i + 1).data]
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0)
  const none = { history: new Int32Array(0), domain: 0 }
  const scores = await model.score([{ ...none, user: 1 }, none], { start: 1, end: 4 })
  const mean = row('users', 1).map((x, i) => (x + row('users', 2)[i]) / 2)
  for (const item of [1, 2, 3]) {
    expect(scores[item - 1]).toBeCloseTo(dot(row('users', 2), row('items', item)), 5)
    expect(scores[3 + item - 1]).toBeCloseTo(dot(mean, row('items', item)), 5)
  }
  await model.dispose()
})
