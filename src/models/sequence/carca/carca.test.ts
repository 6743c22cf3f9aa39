import { afterAll, describe, expect, it } from 'vitest'
import { plainWeights, plus, through, times, type Vector } from '../../../../test/checks/plain-algebra.ts'
import { plainAttention, plainLinear, plainNorm } from '../../../../test/checks/plain-transformer.ts'
import type { Model } from '../../../core/index.ts'
import { buildDataset } from '../../../data/index.ts'
import { createRng } from '../../../math/index.ts'
import { carca } from './index.ts'
import type { Carca } from './network.ts'
import { createStep } from './train.ts'

const names = Array.from({ length: 12 }, (_, i) => `i${i}`)
const dataset = buildDataset(
  'described',
  {
    user: names.map(() => 'u'),
    item: names,
    domain: names.map((_, i) => (i < 5 ? 'books' : 'films')),
    category: names.map((_, i) => `c${i % 3}`),
  },
  { itemFeatures: [{ name: 'weight', kind: 'number', of: new Map(names.map((name, i) => [name, i % 4])) }] },
)
const split = { name: 'none', part: new Uint8Array(names.length) }
const [width, heads, layers, maxLength] = [4, 2, 2, 5]

const made: Model[] = []
afterAll(() => Promise.all(made.map((model) => model.dispose())))

/** A model whose weights are large enough that each of them shows. */
function modelOf(set: Record<string, unknown> = {}) {
  const config = carca.config.parse({ width, heads, layers, maxLength, dropout: 0, learningRate: 1e-9, ...set })
  const model = carca.create(config, dataset, split, { seed: 1, threads: 1 }) as Carca
  made.push(model)
  const rng = createRng(5)
  for (const [name, { data }] of model.weights())
    for (let i = name === 'items' ? width : 0; i < data.length; i++) data[i] = 0.6 * rng.normal()
  return { model, config }
}

const scoresOf = async (model: Model, histories: readonly (readonly number[])[]) => {
  const queries = histories.map((history) => ({ history: Int32Array.from(history), domain: 0 }))
  const scores = await model.score(queries, { start: 1, end: dataset.items.size })
  const items = dataset.items.size - 1
  return histories.map((_, q) => [...scores.subarray(q * items, (q + 1) * items)])
}

it('scores as the equations say, computed candidate by candidate', async () => {
  const { model } = modelOf()
  const weights = plainWeights(model.weights())
  const { matrix } = weights
  const leaky = (name: string, x: Vector) => plainLinear(weights, name, x).map((y) => Math.max(y, 0.2 * y))
  const items = matrix('items')
  const joint = (item: number) => {
    const known = model.fields.map(({ name, ids }) => matrix(`attributes/${name}`)[ids[item]])
    return plainLinear(weights, 'joint', [...times(Math.sqrt(width), items[item]), ...plus(...known)])
  }
  const causal = (query: number, key: number) => key <= query
  const attended = (name: string, queries: Vector[], profile: Vector[], sees: (q: number, k: number) => boolean) =>
    plainAttention(
      [
        queries.map((x) => leaky(`${name}/query`, x)),
        profile.map((x) => leaky(`${name}/key`, x)),
        profile.map((x) => leaky(`${name}/value`, x)),
      ],
      heads,
      sees,
      (head, query, key) => matrix(`${name}/recency`)[name === 'cross' ? profile.length - 1 - key : query - key][head],
    )
  const product = (x: Vector, y: Vector) => x.map((value, i) => value * y[i])
  const expected = (history: readonly number[]) => {
    let x: Vector[] = history.map(joint)
    for (let i = 0; i < layers; i++) {
      const query = x.map((row) => plainNorm(weights, `block${i}/norm1`, row))
      const gated = attended(`block${i}`, query, x, causal).map((row, t) => product(row, query[t]))
      x = gated
        .map((row) => plainNorm(weights, `block${i}/norm2`, row))
        .map((row) => plus(row, plainLinear(weights, `block${i}/outer`, leaky(`block${i}/inner`, row))))
    }
    const profile = x.map((row) => plainNorm(weights, 'norm', row))
    const candidates = names.map((_, i) => joint(i + 1))
    const told = attended('cross', candidates, profile, () => true)
    return candidates.map((candidate, i) => through(product(told[i], candidate), matrix('score'))[0])
  }

  const histories = [[7], [3, 9, 3], [1, 2, 3, 4], [5, 5, 1, 2, 3, 4, 10, 6]]
  const scores = await scoresOf(model, histories)
  const wanted = histories.map((history) => expected(history.slice(-maxLength)))
  expect(Math.max(...wanted.flat().map(Math.abs))).toBeGreaterThan(0.5)
  expect(Math.max(...wanted.flatMap((row, q) => row.map((x, i) => Math.abs(x - scores[q][i]))))).toBeLessThan(1e-4)
})

describe('a step lowers', () => {
  const items = Int32Array.of(0, 3, 8, 3, 6, 2, 11, 4, 9, 1)
  const targets = Int32Array.of(0, 8, 3, 6, 12, 11, 4, 9, 1, 7)
  const negatives = Int32Array.of(0, 7, 2, 9, 6, 8, 1, 12, 5, 10)
  const batch = { size: 2, length: 5, user: new Int32Array(2), items, targets }
  /** The history up to each target. */
  const asked = [...targets.keys()]
    .filter((at) => targets[at] !== 0)
    .map((at) => ({ at, history: [...items.subarray(at < 5 ? 1 : 5, at + 1)] }))
  const domainOf = (item: number) => (item < dataset.domainStart[1] ? 0 : 1)
  const softplus = (x: number) => Math.log(1 + Math.exp(x))
  const logSumExp = (xs: readonly number[]) => Math.log(xs.reduce((sum, x) => sum + Math.exp(x), 0))

  it.each([
    [
      'softmax',
      (scores: number[], target: number) =>
        logSumExp(scores.filter((_, i) => domainOf(i + 1) === domainOf(target))) - scores[target - 1],
    ],
    [
      'bpr',
      (scores: number[], target: number, negative: number) => softplus(scores[negative - 1] - scores[target - 1]),
    ],
    [
      'bce',
      (scores: number[], target: number, negative: number) =>
        softplus(-scores[target - 1]) + softplus(scores[negative - 1]),
    ],
  ])('%s of the scores that a history up to there has', async (loss, lossOf) => {
    const { model, config } = modelOf({ loss })
    const scores = await scoresOf(
      model,
      asked.map(({ history }) => history),
    )
    const expected = asked.map(({ at }, i) => lossOf(scores[i], targets[at], negatives[at]))
    const step = createStep(model, config, { dataset, split })
    const { loss: found } = await step.run(batch, negatives, createRng(1), 1)
    expect(found).toBeCloseTo(expected.reduce((a, b) => a + b, 0) / expected.length, 4)
  })

  it('the same among drawn items of the domain, each counted by how rarely it is drawn', async () => {
    const samples = 4000
    const { model, config } = modelOf({ loss: 'sampled-softmax', samples })
    const scores = await scoresOf(
      model,
      asked.map(({ history }) => history),
    )
    // All items are drawn alike, a domain's n each with probability 1 / n, and the target among them does not count twice.
    const expected = asked.map(({ at }, i) => {
      const target = targets[at]
      const own = scores[i].map(Math.exp).filter((_, item) => domainOf(item + 1) === domainOf(target))
      const n = own.length
      const others = own.reduce((a, b) => a + b, 0) - Math.exp(scores[i][target - 1])
      return Math.log(samples * others + n * Math.exp(scores[i][target - 1])) - scores[i][target - 1] - Math.log(n)
    })
    const { loss } = await createStep(model, config, { dataset, split }).run(batch, undefined, createRng(1), 1)
    expect(Math.abs(loss - expected.reduce((a, b) => a + b, 0) / expected.length)).toBeLessThan(0.1)
  })
})
