import { describe, expect, it } from 'vitest'
import {
  dataset,
  drawnModel,
  EDGES,
  itemId,
  scoresByName,
  split,
  USERS,
  userId,
} from '../../../test/checks/small-graph.ts'
import { lightgcn } from '../../models/graphs/lightgcn.ts'
import { levelAdjacencies, nodeOf, userItemGraph } from './index.ts'

type Matrix = ReturnType<typeof levelAdjacencies>[number]
const entries = ({ offsets, columns, values }: Matrix, row: number) =>
  Array.from(columns.subarray(offsets[row], offsets[row + 1]), (column, e) => [column, values[offsets[row] + e]])
const degreeOf = (name: string) => EDGES.filter(([user, item]) => user === name || item === name).length

describe('the graph', () => {
  it('has an edge for each training row, once, and none for others', () => {
    const { adjacency, degree, nodes } = userItemGraph(dataset, split, 'user')
    expect(nodes).toBe(5)
    expect(adjacency.shape).toEqual([5, dataset.items.size])
    expect([...degree]).toEqual([0, 3, 3, 2, 0])
    for (const user of USERS) {
      const expected = EDGES.filter(([name]) => name === user).map(([, item]) => [
        itemId(item),
        Math.fround(1 / Math.sqrt(degreeOf(user) * degreeOf(item))),
      ])
      expect(entries(adjacency, userId(user) + 1)).toEqual(expected.sort(([a], [b]) => a - b))
    }
  })

  it('has a node for each user in each domain that the user trains in', () => {
    const graph = userItemGraph(dataset, split, 'user in a domain')
    expect(graph.nodes).toBe(6)
    const [books, films] = ['books', 'films'].map((name) => dataset.domains.indexOf(name))
    const nodes = ['ann', 'bob', 'cid', 'dora'].map((user) =>
      [books, films].map((domain) => nodeOf(graph, userId(user), domain)),
    )
    expect(nodes).toEqual([
      [1, 2],
      [3, 4],
      [5, 0],
      [0, 0],
    ])
    const ofAnn = entries(graph.adjacency, 1).map(([item]) => item)
    expect(ofAnn).toEqual([itemId('b1'), itemId('b2')].sort((a, b) => a - b))
    expect(entries(graph.adjacency, 4).map(([item]) => item)).toEqual(
      [itemId('f1'), itemId('f2')].sort((a, b) => a - b),
    )
  })

  it('falls into a part for each value, which keep the norms of the whole', () => {
    const [ones, twos] = levelAdjacencies(dataset, split)
    const all = userItemGraph(dataset, split, 'user').adjacency
    for (let node = 0; node < 5; node++) {
      const together = [...entries(ones, node), ...entries(twos, node)].sort(([a], [b]) => a - b)
      expect(together).toEqual(entries(all, node))
    }
    expect(entries(twos, userId('cid') + 1).map(([item]) => item)).toEqual([itemId('b1')])
  })
})

it('answers from the weights there are, also when they were others at the last question', async () => {
  const model = drawnModel(lightgcn, { width: 3, layers: 1 })
  const before = (await scoresByName(model, ['ann']))('ann', 'f2')
  const weights = new Map(
    [...model.weights()].map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => 2 * x) }]),
  )
  model.load(weights)
  expect((await scoresByName(model, ['ann']))('ann', 'f2')).toBeCloseTo(4 * before, 4)
  await model.dispose()
})

it('scores of trained weights are those of a model that they are loaded into', async () => {
  const config = lightgcn.config.parse({ width: 4, layers: 2, epochs: 4, patience: 0, batchSize: 2 })
  const model = lightgcn.create(config, dataset, split, { seed: 1, threads: 1 })
  const context = { dataset, split, seed: 1, threads: 1, checkpointSeconds: 100 }
  let epoch = 0
  for await (const event of lightgcn.train(model, config, {
    ...context,
    // The second epoch counts as the best, so that its weights are put back at the end.
    validate: async (asked) => {
      await asked.score([{ history: new Int32Array(0), domain: 0, user: 0 }], { start: 1, end: 3 })
      epoch += 1
      return { 'ndcg@10': -Math.abs(epoch - 2) }
    },
  }))
    if (event.type === 'done') {
      const fresh = lightgcn.create(config, dataset, split, { seed: 2, threads: 1 })
      fresh.load(model.weights())
      const [trained, loaded] = await Promise.all([model, fresh].map((one) => scoresByName(one, ['ann'])))
      expect(trained('ann', 'f2')).toBe(loaded('ann', 'f2'))
      expect(event.bestEpoch).toBe(2)
      await fresh.dispose()
    }
  expect(epoch).toBe(4)
  await model.dispose()
})
