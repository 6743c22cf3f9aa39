import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defineModel, Part, type Query, type Scorer } from '../../core/index.ts'
import { buildDataset, evaluationCases, splitDataset } from '../../data/index.ts'
import { startTraining } from '../../runs/in-memory.ts'
import { scoreAnswers } from '../recommend.ts'
import { labels as labelMeasure, ratings } from './index.ts'

function fromFunction(score: (query: Query, item: number) => number): Scorer {
  return {
    async score(queries, { start, end }) {
      return Float32Array.from(
        queries.flatMap((query) => Array.from({ length: end - start }, (_, i) => score(query, start + i))),
      )
    },
  }
}

/** Items x1 = 1, x2 = 2, x3 = 3 in domain x, y1 = 4, y2 = 5 in domain y. */
const dataset = buildDataset('shop', {
  user: ['ann', 'ann', 'ann', 'bob', 'bob', 'bob', 'cat', 'cat', 'cat', 'dan', 'dan'],
  item: ['x1', 'x2', 'x2', 'x1', 'x1', 'x3', 'y1', 'y2', 'y1', 'x1', 'y2'],
  domain: ['x', 'x', 'x', 'x', 'x', 'x', 'y', 'y', 'y', 'x', 'y'],
  value: [5, 4, 3, 1, 2, 5, 4, 4, 1, 2, 3],
  part: ['train', 'train', 'test', 'train', 'train', 'test', 'train', 'train', 'test', 'train', 'test'],
})
const split = splitDataset(dataset, 'column')
const cases = evaluationCases(dataset, split, Part.test)
const rising = fromFunction((_, item) => item / 10)

describe('predictions of rows', () => {
  it('holds scores against values', async () => {
    // Predictions 2, 3 in x against 3, 5; 4, 5 in y against 1, 3.
    const { domains, overall, macro, protocol } = await ratings.evaluate(
      fromFunction((_, item) => item),
      dataset,
      cases,
      { positiveAbove: 3 },
    )
    expect(domains.toJSON()).toMatchObject({ x: { cases: 2, mae: 1.5 }, y: { cases: 2, mae: 2.5 } })
    expect(overall.mae).toBe(2)
    expect(overall.rmse).toBeCloseTo(Math.sqrt((1 + 4 + 9 + 4) / 4), 6)
    expect(macro.mae).toBe(2)
    expect(protocol).toEqual({ split: 'test' })
    expect(ratings.describe(protocol)).toBe('Each test row is predicted and held against its value.')
  })

  it('clips predictions to the training values of their domain where the split is known', async () => {
    // x trains on 1 … 5, y on 4 alone. Predictions 8, 12 in x and 16, 20 in y against 3, 5; 1, 3.
    const wild = fromFunction((_, item) => item * 4)
    const { domains, overall } = await ratings.evaluate(wild, dataset, cases, { split })
    expect(domains.get('x')).toMatchObject({ mae: 6, 'mae-clipped': 1 })
    expect(domains.get('y')).toMatchObject({ mae: 16, 'mae-clipped': 2 })
    expect(overall['rmse-clipped']).toBeCloseTo(Math.sqrt((4 + 0 + 9 + 1) / 4), 6)
    const without = await ratings.evaluate(wild, dataset, cases)
    expect(without.metrics).toEqual(['mae', 'rmse'])
    await expect(ratings.evaluate(wild, dataset, cases, { metrics: ['rmse-clipped'] })).rejects.toThrow(
      'rmse-clipped clips predictions to the training values, but no split was given',
    )
  })

  it('makes labels of values above a bound', async () => {
    const above = async (positiveAbove: number) =>
      labelMeasure.evaluate(rising, dataset, cases, { positiveAbove, part: 'valid' })
    const { labels, domains, overall, users, caseDomains, rows, protocol } = await above(3)
    // Predictions .2, .3, .4, .5 of values 3, 5, 1, 3.
    expect([...labels]).toEqual([0, 1, 0, 0])
    expect(overall.auc).toBeCloseTo(1 / 3, 12)
    expect(overall.logloss).toBeCloseTo(-(Math.log(0.8) + Math.log(0.3) + Math.log(0.6) + Math.log(0.5)) / 4, 6)
    expect(domains.get('x')!.auc).toBe(1)
    expect(domains.get('y')!.auc).toBeNaN()
    expect([...users].map((user) => dataset.users.name(user))).toEqual(['ann', 'bob', 'cat', 'dan'])
    expect([...caseDomains]).toEqual([0, 0, 1, 1])
    expect(rows).toBe(cases.rows)
    expect(labelMeasure.describe(protocol)).toBe(
      'Each validation row is predicted and held against its label, which is positive where the value is above 3.',
    )
    expect([...(await above(2.5)).labels]).toEqual([1, 1, 0, 1])
  })

  it('leaves a domain of one class or without cases out of the mean over domains', async () => {
    const clicks = buildDataset('clicks', {
      user: ['a', 'b', 'c', 'd'],
      item: ['x1', 'x2', 'y1', 'z1'],
      domain: ['x', 'x', 'y', 'z'],
      value: [0, 1, 1, 1],
      part: ['test', 'test', 'test', 'train'],
    })
    const clickCases = evaluationCases(clicks, splitDataset(clicks, 'column'), Part.test)
    const { domains, macro } = await labelMeasure.evaluate(rising, clicks, clickCases)
    expect(domains.get('x')!.auc).toBe(1)
    expect(domains.get('y')!.auc).toBeNaN()
    expect(macro.auc).toBe(1)
    expect(domains.get('z')!).toEqual({ cases: 0, auc: Number.NaN, logloss: Number.NaN })
  })

  it('refuses a log without values, and labels other than 0 and 1 where no bound is given', async () => {
    const plain = buildDataset('plain', { user: ['a'], item: ['x'], domain: ['one'], part: ['test'] })
    const plainCases = evaluationCases(plain, splitDataset(plain, 'column'), Part.test)
    await expect(labelMeasure.evaluate(rising, plain, plainCases)).rejects.toMatchObject({
      code: 'bad-dataset',
      message: "'plain' has no values to hold predictions against; import it with --value",
    })
    await expect(labelMeasure.evaluate(rising, dataset, cases)).rejects.toThrow('auc needs labels 0 or 1')
  })
})

describe('scoreAnswers', () => {
  const score = (query: Query, item: number) => item * 100 + query.history.length
  /** Refuses to score more than it is asked for. */
  const pairs: Scorer = {
    score: () => Promise.reject(new Error('the whole domain was asked for')),
    async scorePairs(queries, items) {
      return Float32Array.from(queries, (query, i) => score(query, items[i]))
    },
  }

  it('asks for pairs alone where the scorer can answer them, in calls of bounded size', async () => {
    const many = Array.from({ length: 1300 }, (_, i) => cases.queries[i % 4])
    const answers = Int32Array.from(many, (_, i) => cases.answers[i % 4])
    const sizes: number[] = []
    const counting: Scorer = {
      ...pairs,
      scorePairs(queries, items) {
        sizes.push(queries.length)
        return pairs.scorePairs!(queries, items)
      },
    }
    const found = await scoreAnswers(counting, dataset, many, answers)
    expect(found).toEqual(await scoreAnswers(fromFunction(score), dataset, many, answers))
    expect(sizes).toEqual([512, 512, 276])
  })

  it('refuses what it refuses of scores of whole domains', async () => {
    const refused = (scorer: Scorer, answers = cases.answers, queries: readonly Query[] = cases.queries) =>
      expect(scoreAnswers(scorer, dataset, queries, answers)).rejects
    await refused(pairs, Int32Array.of(4, 3, 4, 5)).toThrow(
      "answer 0 is item 4, outside the ranked items of domain 'x'",
    )
    await refused(pairs, cases.answers, [{ ...cases.queries[0], domain: 9 }]).toThrow('query 0 asks for domain 9')
    await refused({ ...pairs, scorePairs: async () => new Float32Array(1) }).toThrow('1 scores for 4 pairs')
    await refused({ ...pairs, scorePairs: async () => Float32Array.of(1, Number.NaN, 1, 1) }).toThrow(
      'the scorer gave NaN to item 3',
    )
    const signal = AbortSignal.abort()
    await expect(scoreAnswers(pairs, dataset, cases.queries, cases.answers, { signal })).rejects.toMatchObject({
      code: 'interrupted',
    })
  })
})

describe('validation of a model that predicts labels', () => {
  const validated = async (config: Record<string, unknown>, domain?: number) => {
    const spec = defineModel({
      name: 'rising',
      task: 'ctr',
      summary: '',
      config: z.object({ positiveAbove: z.number() }),
      create: () => ({
        ...rising,
        weights: () => new Map(),
        load: () => {},
        dispose: async () => {},
      }),
      async *train(model, _, context) {
        const validation = await context.validate(model, domain)
        yield { type: 'epoch', epoch: 1, epochs: 1, losses: {}, validation, best: true, seconds: 0 }
      },
    })
    const valid = { name: 'swapped', part: split.part.map((part) => (part === Part.test ? Part.valid : part)) }
    const { events } = startTraining({ spec, config, dataset, split: valid, seed: 1, threads: 1 })
    for await (const event of events) if (event.type === 'epoch') return event.validation
    return undefined
  }

  it('gives AUC and log loss of labels above the bound of its options, in one domain on request', async () => {
    expect(await validated({ positiveAbove: 3 })).toMatchObject({
      cases: 4,
      auc: expect.closeTo(1 / 3, 12),
      logloss: expect.any(Number),
    })
    expect(await validated({ positiveAbove: 3 }, 0)).toMatchObject({ cases: 2, auc: 1 })
    expect(await validated({ positiveAbove: 2 })).toMatchObject({ cases: 4, auc: 1 / 3 })
  })
})
