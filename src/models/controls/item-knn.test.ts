import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createModel, reloaded, sampleQueries, trainInMemory } from '../../contract/train-in-memory.ts'
import { allItems, type Dataset, type Model, Part, parseConfig, type Split, type TrainEvent } from '../../core/index.ts'
import { buildDataset, splitDataset } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { itemKnn } from './item-knn.ts'

interface Options {
  readonly neighbors?: number
  readonly shrinkage?: number
  readonly recency?: number
  readonly repeats?: boolean
}

async function train(dataset: Dataset, split: Split, options: Options = {}): Promise<Model> {
  const { config } = parseConfig(itemKnn, { ...options })
  const context = { seed: 1, threads: 1 }
  const model = itemKnn.create(config, dataset, split, context)
  const events = itemKnn.train(model, config, { ...context, dataset, split, validate: async () => ({}) })
  for await (const _ of events);
  return model
}

/** A log from baskets: items 0 … n − 1 by user; every tenth row is not for training. */
function shop(baskets: readonly (readonly number[])[]): { dataset: Dataset; split: Split } {
  const rows = baskets.flatMap((basket, user) => basket.map((item) => ({ user: `u${user}`, item })))
  const dataset = buildDataset('shop', {
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => `i${item}`),
    domain: rows.map(({ item }) => (item % 2 === 0 ? 'even' : 'odd')),
  })
  const part = Uint8Array.from({ length: dataset.log.length }, (_, row) => (row % 10 === 9 ? Part.test : Part.train))
  return { dataset, split: { name: 'every tenth', part } }
}

/** The definition, item by item: cosine of the columns of the binary user–item matrix, each item's k nearest. */
function scoresByDefinition(dataset: Dataset, split: Split, history: readonly number[], options: Required<Options>) {
  const V = dataset.items.size
  const audience: Set<number>[] = Array.from({ length: V }, () => new Set())
  for (let row = 0; row < dataset.log.length; row++)
    if (split.part[row] === Part.train) audience[dataset.log.item[row]].add(dataset.log.user[row])
  const similarity = (a: number, b: number) => {
    const both = [...audience[a]].filter((user) => audience[b].has(user)).length
    return both === 0 ? 0 : both / (Math.sqrt(audience[a].size * audience[b].size) + options.shrinkage)
  }
  return Array.from({ length: V - 1 }, (_, i) => {
    const candidate = i + 1
    const others = Array.from({ length: V - 1 }, (_, j) => j + 1).filter((other) => other !== candidate)
    const cut = others.map((other) => similarity(candidate, other)).sort((a, b) => b - a)[options.neighbors - 1] ?? 0
    const kept = new Set(others.filter((other) => similarity(candidate, other) >= cut))
    const terms = history.map((item, t) => {
      const weight = options.recency ** (history.length - 1 - t)
      if (item === candidate) return options.repeats ? weight : 0
      return kept.has(item) ? weight * similarity(candidate, item) : 0
    })
    return terms.reduce((sum, term) => sum + term, 0)
  })
}

const baskets = fc.array(fc.array(fc.nat(11), { minLength: 1, maxLength: 12 }), { minLength: 2, maxLength: 12 })

describe('item-knn', () => {
  it('is the definition, over any log, with all neighbors kept', async () => {
    const options = fc.record({
      shrinkage: fc.constantFrom(0, 1, 7.5),
      recency: fc.constantFrom(1, 0.8, 0.5),
      repeats: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(baskets, options, fc.array(fc.nat(1000), { maxLength: 6 }), async (log, chosen, picks) => {
        const { dataset, split } = shop(log)
        const history = picks.map((pick) => 1 + (pick % (dataset.items.size - 1)))
        const model = await train(dataset, split, { ...chosen, neighbors: 1000 })
        const scores = await model.score([{ history: Int32Array.from(history), domain: 0 }], allItems(dataset))
        const expected = scoresByDefinition(dataset, split, history, { ...chosen, neighbors: 1000 })
        for (const [i, score] of scores.entries()) expect(score).toBeCloseTo(expected[i], 5)
      }),
    )
  })

  it('keeps the k most similar items of each item, exactly k where there are so many', async () => {
    await fc.assert(
      fc.asyncProperty(baskets, fc.integer({ min: 1, max: 5 }), async (log, neighbors) => {
        const { dataset, split } = shop(log)
        const whole = await similarities(await train(dataset, split, { neighbors: 1000 }), dataset)
        const cut = await similarities(await train(dataset, split, { neighbors }), dataset)
        for (let candidate = 0; candidate < whole.length; candidate++) {
          const column = (rows: number[][]) => rows.map((row) => row[candidate]).filter((value) => value > 0)
          const descending = (values: number[]) => values.sort((a, b) => b - a)
          expect(descending(column(cut))).toEqual(descending(column(whole)).slice(0, neighbors))
        }
      }),
    )
  })

  it('prefers no domain among equally similar neighbors', async () => {
    // One user has everything, so all similarities are 1 and the cut to 20 of 99 is decided by the hash alone.
    const { dataset } = shop([Array.from({ length: 100 }, (_, i) => i)])
    const split = { name: 'train', part: new Uint8Array(dataset.log.length) }
    const model = await train(dataset, split, { neighbors: 20 })
    const rows = await similarities(model, dataset)
    const even = rows
      .slice(0, 50)
      .flat()
      .filter((value) => value > 0).length
    const odd = rows
      .slice(50)
      .flat()
      .filter((value) => value > 0).length
    expect(even + odd).toBe(2000)
    expect(Math.abs(even - odd)).toBeLessThan(4 * Math.sqrt(2000)) // four standard deviations of a fair coin
  })

  it('scores nothing for an empty history or an item without training rows', async () => {
    const { dataset, split } = shop([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]]) // the tenth row, item 9, is for testing
    const model = await train(dataset, split)
    const unseen = dataset.items.id('i9')!
    const queries = [[], [unseen]].map((history) => ({ history: Int32Array.from(history), domain: 0 }))
    const scores = await model.score(queries, allItems(dataset))
    expect(scores.every((score) => score === 0)).toBe(true)
  })

  describe('what validation chooses', () => {
    /** Users who stay in one of two kinds of items, and users who changed from one to the other before the last two rows. */
    const changing = () => {
      const rng = createRng(1)
      const kind = (letter: string, count: number) =>
        [...rng.shuffle(Int32Array.from({ length: 8 }, (_, i) => i)).subarray(0, count)].map((i) => letter + i)
      return logOf([
        ...Array.from({ length: 40 }, (_, user) => kind(user % 2 ? 'a' : 'b', 8)),
        ...Array.from({ length: 40 }, (_, user) =>
          user % 2 ? [...kind('a', 3), ...kind('b', 4)] : [...kind('b', 3), ...kind('a', 4)],
        ),
      ])
    }
    /** Users who buy one thing again and again, after another. */
    const repeating = () =>
      logOf(Array.from({ length: 40 }, (_, user) => [`i${(user + 1) % 10}`, ...Array(5).fill(`i${user % 10}`)]))

    it('is a recency below 1 where the last items count most, told with all that was tried', async () => {
      const world = changing()
      const { model, events } = await trainInMemory(itemKnn, {}, world)
      const [recency, self] = model.weights().get('chosen')!.data
      expect(recency).toBeLessThan(1)
      expect(self).toBe(0)
      const epoch = events.find((event) => event.type === 'epoch')!
      expect(epoch.tried?.map(({ options }) => options)).toEqual([
        ...[1, 0.875, 0.75, 0.625, 0.5, 0.25].map((recency) => ({ recency, repeats: false })),
        { recency, repeats: true },
      ])
      const figures = epoch.tried!.map(({ validation }) => validation['ndcg@10'])
      expect(epoch.validation!['ndcg@10']).toBe(Math.max(...figures))
      expect(figures[0]).toBeLessThan(Math.max(...figures))
      expect(events.at(-1)).toMatchObject({
        type: 'done',
        reason: expect.stringMatching(/^validation chose recency=0\.\d+ repeats=false, by ndcg@10 /),
      })
    })

    it('is the option of that value, to the bit, after a file too', async () => {
      const world = changing()
      const { model } = await trainInMemory(itemKnn, {}, world)
      const { model: same } = await trainInMemory(
        itemKnn,
        { recency: model.weights().get('chosen')!.data[0], repeats: false },
        world,
      )
      const opened = createModel(itemKnn, {}, world)
      opened.load(reloaded(model.weights()))
      const queries = sampleQueries(world, 20)
      const scores = await model.score(queries, allItems(world.dataset))
      expect(await same.score(queries, allItems(world.dataset))).toEqual(scores)
      expect(await opened.score(queries, allItems(world.dataset))).toEqual(scores)
      expect([...same.weights().keys()]).toEqual(['offsets', 'columns', 'values'])
    })

    it('is that items return where they do', async () => {
      const { model } = await trainInMemory(itemKnn, {}, repeating())
      expect(model.weights().get('chosen')!.data[1]).toBe(1)
    })

    it('does not hang on the test rows', async () => {
      const { dataset, split } = changing()
      const part = split.part.map((part) => (part === Part.test ? Part.unused : part))
      const [withTest, without] = [
        await trainInMemory(itemKnn, {}, { dataset, split }),
        await trainInMemory(itemKnn, {}, { dataset, split: { ...split, part } }),
      ]
      expect(without.events.map(timeless)).toEqual(withTest.events.map(timeless))
      expect(without.model.weights()).toEqual(withTest.model.weights())
    })

    it('is the plain cosine without validation cases, and says so', async () => {
      const { dataset, split } = changing()
      const part = split.part.map((part) => (part === Part.valid ? Part.unused : part))
      const { model, events } = await trainInMemory(itemKnn, {}, { dataset, split: { ...split, part } })
      expect([...model.weights().get('chosen')!.data]).toEqual([1, 0])
      expect(events.at(-1)).toMatchObject({
        reason: 'there are no validation cases to choose by, so recency=1 repeats=false',
      })
    })

    it('is refused when a file lacks it, or holds it where nothing was to be chosen', async () => {
      const world = changing()
      const { model: fixed } = await trainInMemory(itemKnn, { recency: 1, repeats: false }, world)
      const { model: chosen } = await trainInMemory(itemKnn, {}, world)
      expect(() => createModel(itemKnn, {}, world).load(fixed.weights())).toThrow(/lack the two numbers 'chosen'/)
      expect(() => fixed.load(chosen.weights())).toThrow(/they hold 'chosen'/)
    })
  })

  describe('load', () => {
    const { dataset, split } = shop(
      Array.from({ length: 8 }, (_, user) => {
        const rng = createRng(1).split(user)
        return Array.from({ length: 6 }, () => rng.below(10))
      }),
    )
    it.each([
      ['decreasing offsets', 'offsets', 3, 10_000],
      ['an item beyond the catalogue', 'columns', 0, 10_000],
      ['padding for an item', 'columns', 0, 0],
      ['a negative item', 'columns', 0, -1],
      ['a similarity that is no number', 'values', 0, Number.NaN],
    ] as const)('refuses %s', async (_, name, at, value) => {
      const model = await train(dataset, split)
      const weights = new Map(
        [...model.weights()].map(([key, tensor]) => [key, { ...tensor, data: tensor.data.slice() }]),
      )
      weights.get(name)!.data[at] = value
      expect(() => model.load(weights)).toThrow(expect.objectContaining({ code: 'file-damaged' }))
    })
  })
})

/** One domain; of each user the last row is for testing and the one before for validation. */
function logOf(users: readonly (readonly string[])[]): { dataset: Dataset; split: Split } {
  const rows = users.flatMap((items, user) =>
    items.map((item, place) => ({ user: `u${user}`, item, left: items.length - 1 - place })),
  )
  const dataset = buildDataset('log', {
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => item),
    domain: rows.map(() => 'shop'),
  })
  return { dataset, split: splitDataset(dataset, 'leave-two-out') }
}

function timeless(event: TrainEvent) {
  return event.type === 'epoch' ? { ...event, seconds: 0 } : event
}

/** Row i: what history item i adds to each candidate. */
async function similarities(model: Model, dataset: Dataset): Promise<number[][]> {
  const rows: number[][] = []
  for (let item = 1; item < dataset.items.size; item++)
    rows.push([...(await model.score([{ history: Int32Array.of(item), domain: 0 }], allItems(dataset)))])
  return rows
}
