import { describe, expect, it } from 'vitest'
import { buildDataset, splitDataset } from '../../data/index.ts'
import { compile, input, runWith } from '../../tensor/index.ts'
import { graphFeeds, neighborMeans, successionGraph } from './item-graph.ts'

const events = [
  ['u', 'a1', 'train'],
  ['u', 'b1', 'train'],
  ['u', 'a2', 'train'],
  ['u', 'b1', 'train'],
  ['v', 'b1', 'train'],
  ['v', 'a2', 'train'],
  ['v', 'a1', 'valid'],
  ['w', 'b1', 'train'],
  ['w', 'a1', 'train'],
  ['x', 'a1', 'train'],
  ['x', 'a2', 'train'],
  ['x', 'b1', 'train'],
] as const
const dataset = buildDataset('few', {
  user: events.map(([user]) => user),
  item: events.map(([, item]) => item),
  domain: events.map(([, item]) => item[0]),
  part: events.map(([, , part]) => part),
})
const split = splitDataset(dataset, 'column')
const id = (name: string) => dataset.items.id(name)!
const edges = (scope: Parameters<typeof successionGraph>[2]) => {
  const { item, neighbor, weight } = successionGraph(dataset, split, scope)
  return Object.fromEntries(
    [...item.keys()].map((e) => [`${dataset.items.name(item[e])} ${dataset.items.name(neighbor[e])}`, weight[e]]),
  )
}

describe('the graph of successions', () => {
  it('has the shares of what follows at once, in training rows alone', () => {
    const third = Math.fround(1 / 3)
    expect(edges('mixed')).toEqual({
      'a1 b1': 0.5,
      'a1 a2': 0.5,
      'b1 a2': Math.fround(2 / 3),
      'a2 b1': 1,
      'b1 a1': third,
    })
  })

  it('or of what follows at once in another domain alone', () => {
    const third = Math.fround(1 / 3)
    expect(edges('across')).toEqual({ 'a1 b1': 1, 'b1 a2': Math.fround(2 / 3), 'a2 b1': 1, 'b1 a1': third })
  })

  it('or of what follows in the own domain, past the others', () => {
    expect(edges('own')).toEqual({ 'a1 a2': 1, 'b1 b1': 1 })
  })

  it('gives each item the mean of its neighbors, and zero without any', async () => {
    const V = dataset.items.size
    const program = await compile({ means: neighborMeans(input('vectors', [V, 1]), 'g') }, { executor: 'reference' })
    const vectors = Float32Array.from({ length: V }, (_, item) => 10 * item)
    const { means } = await runWith(program, {
      ...graphFeeds(successionGraph(dataset, split, 'mixed'), 'g'),
      vectors: { shape: [V, 1], data: vectors },
    })
    expect(means.data[0]).toBe(0)
    expect(means.data[id('a1')]).toBe((10 * id('b1') + 10 * id('a2')) / 2)
    expect(means.data[id('b1')]).toBeCloseTo((20 * id('a2') + 10 * id('a1')) / 3, 4)
    const own = await runWith(program, {
      ...graphFeeds(successionGraph(dataset, split, 'own'), 'g'),
      vectors: { shape: [V, 1], data: vectors },
    })
    expect(own.means.data[id('a2')]).toBe(0)
  })
})
