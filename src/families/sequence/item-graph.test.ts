import { describe, expect, it } from 'vitest'
import { buildDataset, splitDataset } from '../../data/index.ts'
import { compile, input, sparseProduct } from '../../tensor/index.ts'
import { successionGraph } from './item-graph.ts'

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
  const { shape, offsets, columns, values } = successionGraph(dataset, split, scope)
  expect(shape).toEqual([dataset.items.size, dataset.items.size])
  return Object.fromEntries(
    Array.from(columns, (next, e) => {
      const item = offsets.findIndex((end) => end > e) - 1
      return [`${dataset.items.name(item)} ${dataset.items.name(next)}`, values[e]]
    }),
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
    const vectors = input('vectors', [V, 1])
    const [mixed, own] = (['mixed', 'own'] as const).map((scope) =>
      sparseProduct(successionGraph(dataset, split, scope), vectors),
    )
    const program = await compile({ mixed, own }, { executor: 'reference' })
    const data = Float32Array.from({ length: V }, (_, item) => 10 * item)
    const means = await program.run({ vectors: { shape: [V, 1], data } })
    expect(means.mixed.data[0]).toBe(0)
    expect(means.mixed.data[id('a1')]).toBe((10 * id('b1') + 10 * id('a2')) / 2)
    expect(means.mixed.data[id('b1')]).toBeCloseTo((20 * id('a2') + 10 * id('a1')) / 3, 4)
    expect(means.own.data[id('a2')]).toBe(0)
  })
})
