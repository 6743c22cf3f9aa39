import { describe, expect, it } from 'vitest'
import { Part, parseConfig, type Scorer } from '../../core/index.ts'
import { buildDataset, evaluationCases, splitDataset } from '../../data/index.ts'
import { sasrec } from '../../models/index.ts'
import { startTraining } from '../../runs/in-memory.ts'
import { summarizeSeeds } from '../compare.ts'
import { evaluate, labels } from './index.ts'

/** Users of four items of one domain; a and b are of one category. */
const users = ['ann', 'bob', 'cat', 'dan']
const dataset = buildDataset('lists', {
  user: users.flatMap((user) => [user, user, user]),
  item: ['a', 'b', 'c', 'a', 'c', 'd', 'a', 'b', 'd', 'b', 'a', 'c'],
  domain: Array.from({ length: 12 }, () => 'one'),
  category: ['x', 'x', 'y', 'x', 'y', 'y', 'x', 'x', 'y', 'x', 'x', 'y'],
  part: users.flatMap(() => ['train', 'train', 'test']),
})
const split = splitDataset(dataset, 'column')
const cases = evaluationCases(dataset, split, Part.test)
const id = (name: string) => dataset.items.id(name)!

/** Likes items in an order of each user. */
const liking = (order: (user: number) => string): Scorer => ({
  async score(queries, { start, end }) {
    return Float32Array.from(
      queries.flatMap(({ user }) =>
        Array.from({ length: end - start }, (_, i) => -order(user!).indexOf(dataset.items.name(start + i))),
      ),
    )
  },
})
const metrics = ['coverage@2', 'gini@1', 'novelty@1', 'diversity@2', 'hr@3', 'ndcg@2']

describe('an evaluation with metrics of lists', () => {
  it('measures what would be recommended, beside ranks with any cut-off', async () => {
    const scorer = liking((user) => (user === 0 ? 'cdab' : 'abcd'))
    const { overall, lists } = await evaluate(scorer, dataset, cases, { metrics, split })
    expect([...lists!.items.subarray(0, 4)]).toEqual([id('c'), id('d'), id('a'), id('b')])
    // Lists cd, ab, ab, ab. Answers c, d, d, c stand at 0, 3, 3, 2.
    expect(overall).toMatchObject({ 'coverage@2': 1, 'diversity@2': 0, 'hr@3': 0.5, 'ndcg@2': 0.25 })
    // First places: a three times, c once, of four items: (1 · 1 + 3 · 3) / (4 · 4).
    expect(overall['gini@1']).toBeCloseTo(10 / 16, 12)
    // All four users met a in training, and bob alone c.
    expect(overall['novelty@1']).toBeCloseTo((-Math.log2(2 / 5) - 3 * Math.log2(5 / 5)) / 4, 12)
  })

  it('is the same in all else as one without them', async () => {
    const scorer = liking(() => 'abcd')
    const [plain, more] = [
      await evaluate(scorer, dataset, cases, { split }),
      await evaluate(scorer, dataset, cases, { metrics, split }),
    ]
    expect(plain.lists).toBeUndefined()
    expect(Object.keys(plain.overall)).toEqual(['cases', 'hr@5', 'hr@10', 'ndcg@5', 'ndcg@10', 'mrr@10', 'mrr'])
    expect(more.overall).toMatchObject(plain.overall)
    expect(more.ranks).toEqual(plain.ranks)
  })

  it('lists what is not masked', async () => {
    const { lists } = await evaluate(
      liking(() => 'abcd'),
      dataset,
      cases,
      { metrics: ['gini@1'], maskSeen: true },
    )
    // Each user's two training items are seen.
    expect([...lists!.items]).toEqual(['c', 'b', 'c', 'c'].map(id))
  })

  it('refuses candidates that nobody is recommended from, and metrics of something else', async () => {
    const asked = (options: Parameters<typeof evaluate>[3]) =>
      expect(
        evaluate(
          liking(() => 'abcd'),
          dataset,
          cases,
          options,
        ),
      ).rejects
    await asked({ metrics, candidates: { kind: 'sampled', n: 1, seed: 0 } }).toThrow(
      'nobody is recommended from sampled:1',
    )
    await asked({ metrics: ['novelty@5'] }).toThrow('novelty@5 needs the split')
    await asked({ metrics: ['rmse'] }).toThrow("unknown metric 'rmse'")
    expect(() => labels.metric('rmse')).toThrow('rmse does not measure what predicts labels; known: auc, logloss')
  })

  it('has no verdict on what is of all lists together', async () => {
    const of = async (name: string, order: (user: number) => string) => ({
      name,
      seeds: [1],
      seconds: 0,
      evaluations: [await evaluate(liking(order), dataset, cases, { metrics, split })],
    })
    const orders = ['abcd', 'dcba', 'badc', 'cdab']
    const compared = summarizeSeeds([await of('same', () => 'abcd'), await of('varied', (user) => orders[user])], {
      seed: 1,
      leastUsers: 2,
    })
    const { 'gini@1': gini, 'diversity@2': diversity } = compared.overallDifferences.get('varied')!
    expect(gini).toMatchObject({ mean: expect.closeTo(-0.75, 12), low: Number.NaN, verdict: 'not judged' })
    expect(diversity).toMatchObject({ mean: 0, low: 0, verdict: 'no difference' })
    expect(compared.lessIsBetter).toEqual(['gini@1'])
  })
})

it('a training keeps the weights of the best epoch by the metric asked for, the smallest where less is better', async () => {
  const asValid = { name: 'swapped', part: split.part.map((part) => (part === Part.test ? Part.valid : part)) }
  for (const metric of ['ndcg@2', 'gini@1']) {
    const { config } = parseConfig(sasrec, { metric, epochs: 4, patience: 0, width: 8, maxLength: 4 })
    const { model, events } = startTraining({ spec: sasrec, config, dataset, split: asValid, seed: 1, threads: 1 })
    const found: number[] = []
    let best = 0
    for await (const event of events) {
      if (event.type === 'epoch') found.push(event.validation![metric])
      if (event.type === 'done') best = event.bestEpoch
    }
    await model.dispose()
    const wanted = metric === 'gini@1' ? Math.min(...found) : Math.max(...found)
    expect(best - 1).toBe(found.indexOf(wanted))
  }
  expect(() => parseConfig(sasrec, { metric: 'auc' })).toThrow("there is no metric 'auc' of rankings")
})
