import { describe, expect, it } from 'vitest'
import { type Model, parseConfig, type Scorer } from '../../core/index.ts'
import { buildDataset, splitDataset } from '../../data/index.ts'
import { itemKnn, sasrec } from '../../models/index.ts'
import { chooseMemory, type Remembering, remembering } from './memory.ts'

const rows = [
  ['u', 'a1', 'A'],
  ['u', 'a2', 'A'],
  ['u', 'b1', 'B'],
  ['v', 'a1', 'A'],
  ['v', 'a2', 'A'],
  ['w', 'a1', 'A'],
  ['w', 'b1', 'B'],
  ['w', 'b2', 'B'],
]
const column = (c: number) => rows.map((row) => row[c])
const dataset = buildDataset('two', {
  user: column(0),
  item: column(1),
  domain: column(2),
  part: rows.map(() => 'train' as const),
})
const split = splitDataset(dataset, 'column')
const [a1, a2, b1, b2] = ['a1', 'a2', 'b1', 'b2'].map((name) => dataset.items.id(name)!)
const [A, B] = [0, 1]
const all = { start: 1, end: 5 }
/** Scores every item by its number. */
const network: Model = {
  weights: () => new Map(),
  load() {},
  score: async (queries, { start, end }) =>
    Float32Array.from(queries.flatMap(() => Array.from({ length: end - start }, (_, i) => start + i))),
  async dispose() {},
}
const remember = (weight: readonly number[], recall: readonly number[]) => {
  const model = remembering(network, dataset, split)
  model.weight.data.set(weight)
  model.recall.data.set(recall)
  return model
}
const scoresOf = async (model: Scorer, domain: number, ...history: number[]) => [
  ...(await model.score([{ history: Int32Array.from(history), domain }], all)),
]
const cosine = (both: number, one: number, other: number) => both / Math.sqrt(one * other)

describe('the memory of a model', () => {
  it('adds by hand: the mean similarity to the history, where its domain weighs it', async () => {
    // a1 has three users, a2 two of them, b1 two of them.
    const similar = new Map([
      [a2, cosine(2, 3, 2)],
      [b1, cosine(2, 3, 2)],
      [b2, cosine(1, 3, 1)],
    ])
    const plain = await scoresOf(network, A, a1)
    expect(await scoresOf(remember([0, 8], [1, 0, 0]), A, a1)).toEqual(plain)
    const ofA = await scoresOf(remember([8, 0], [1, 0, 0]), A, a1)
    const ofB = await scoresOf(remember([0, 8], [1, 0, 0]), B, a1)
    for (const item of [a1, a2, b1, b2]) {
      const added = 8 * (similar.get(item) ?? 0)
      expect(ofA[item - 1] - plain[item - 1]).toBeCloseTo(item === a2 ? added : 0, 5)
      expect(ofB[item - 1] - plain[item - 1]).toBeCloseTo(item === b1 || item === b2 ? added : 0, 5)
    }
    // Half as much a step back: (a2's share of b1) of weights ½ and 1.
    const older = await scoresOf(remember([8, 0], [0.5, 0, 0]), A, a1, b1)
    expect(older[a2 - 1] - plain[a2 - 1]).toBeCloseTo((8 * (0.5 * cosine(2, 3, 2) + cosine(1, 2, 2))) / 1.5, 5)
    // The events of the domain alone, of which the item itself is one.
    const own = await scoresOf(remember([8, 0], [0.5, 1, 1]), A, a1, b1)
    expect(own[a1 - 1] - plain[a1 - 1]).toBeCloseTo(8, 5)
    expect(own[a2 - 1] - plain[a2 - 1]).toBeCloseTo(8 * cosine(2, 3, 2), 5)
    expect(await scoresOf(remember([8, 8], [1, 0, 0]), B)).toEqual(plain)
  })

  it('does not depend on the range that is asked for', async () => {
    const model = remember([8, 8], [0.5, 1, 0])
    const whole = await scoresOf(model, A, b1, a1)
    const parts = await Promise.all(
      [1, 2, 3, 4].map((item) =>
        model.score([{ history: Int32Array.of(b1, a1), domain: A }], { start: item, end: item + 1 }),
      ),
    )
    expect(parts.flatMap((part) => [...part])).toEqual(whole)
  })

  it('recollects in the order of item-knn', async () => {
    const { config } = parseConfig(itemKnn, { recency: 0.5, repeats: true })
    const knn = itemKnn.create(config, dataset, split, { seed: 1, threads: 1 })
    const context = { dataset, split, seed: 1, threads: 1, validate: async () => ({}), openRun: () => Promise.reject() }
    for await (const _ of itemKnn.train(knn, config, context));
    const history = Int32Array.of(b1, a1)
    const expected = await knn.score([{ history, domain: A }], all)
    const found = await remember([0, 0], [0.5, 1, 0]).recollect([{ history, domain: A }], all)
    for (const [i, score] of found.entries()) expect(score).toBeCloseTo(expected[i] / 1.5, 6)
  })

  it('is weighed by each domain on its validation, and read as serves it best alone', async () => {
    const { config } = parseConfig(sasrec, { width: 4, heads: 1, inner: 4, memory: 'neighbors', epochs: 1 })
    const model = sasrec.create(config, dataset, split, { seed: 1, threads: 1 }) as unknown as Remembering
    const validate = async (scorer: Scorer, domain?: number) => {
      const [recency, repeats, own] = model.recall.data
      if (scorer !== model) return { 'ndcg@10': -Math.abs(recency - 0.5) + repeats - own }
      return { 'ndcg@10': domain === A ? -Math.abs(model.weight.data[A] - 16) : 0.5 }
    }
    await chooseMemory(model, dataset, 'ndcg@10', { validate })
    expect([...model.recall.data]).toEqual([0.5, 1, 0])
    // What gains nothing by a memory has none.
    expect([...model.weight.data]).toEqual([16, 0])
    await model.dispose()
  })
})
