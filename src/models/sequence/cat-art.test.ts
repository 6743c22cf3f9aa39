import { expect, it } from 'vitest'
import { dot, plus, through, times, type Vector } from '../../../test/checks/plain-algebra.ts'
import { unrelatedDomainWorld } from '../../contract/index.ts'
import { domainOfItem } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { compile, input, runWith } from '../../tensor/index.ts'
import { catArt, contrastOf } from './cat-art.ts'

it('the contrast is the cross-entropy of each user’s own code among all, by cosine', async () => {
  const program = await compile(
    { loss: contrastOf(input('a', ['B', 2]), input('b', ['B', 2]), 0.5) },
    { executor: 'reference' },
  )
  const a = [
    [1, 0],
    [3, 4],
    [-2, 2],
  ]
  const b = [
    [2, 1],
    [0, 5],
    [1, -1],
  ]
  const feed = (rows: number[][]) => ({ shape: [3, 2], data: Float32Array.from(rows.flat()) })
  const cosine = (x: Vector, y: Vector) => dot(x, y) / Math.hypot(...x) / Math.hypot(...y)
  const expected = a.map((x, i) => {
    const logits = b.map((y) => cosine(x, y) / 0.5)
    return Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[i]
  })
  const { loss } = await runWith(program, { a: feed(a), b: feed(b) })
  expect(loss.data[0]).toBeCloseTo(expected.reduce((x, y) => x + y) / 3, 5)
})

it('scores as the equations say, computed domain by domain', async () => {
  const { dataset, split } = unrelatedDomainWorld()
  const D = dataset.domains.length
  const width = 3
  const config = catArt.config.parse({ width, hidden: 5, maxLength: 8 })
  const model = catArt.create(config, dataset, split, { seed: 1, threads: 1 })
  const rng = createRng(5)
  const weights = model.weights()
  for (const [name, { data }] of weights)
    for (let i = name === 'items' ? width : 0; i < data.length; i++) data[i] = 0.7 * rng.normal()
  /** Rows of a weight, or of the part of it that is domain d's. */
  const rows = (name: string, d = 0): number[][] => {
    const { shape, data } = weights.get(name)!
    const columns = shape.at(-1)!
    const count = shape.length === 1 ? 1 : shape.at(-2)!
    const from = d * count * columns
    return Array.from({ length: count }, (_, r) => [...data.slice(from + r * columns, from + (r + 1) * columns)])
  }
  const linear = (name: string, x: Vector, d = 0) =>
    plus(through(x, rows(`${name}/weight`, d)), rows(`${name}/bias`, d)[0])
  const items = rows('items')
  const item = (d: number, i: number) => dataset.domainStart[d] + i

  const history = [item(0, 1), item(2, 3), item(0, 4), item(2, 5), item(0, 2)]
  const visited = [0, 2]
  const users = Array.from({ length: D }, (_, d) => {
    const own = history.filter((i) => domainOfItem(dataset, i) === d)
    const mean = own.length === 0 ? [0, 0, 0] : times(1 / own.length, plus(...own.map((i) => items[i])))
    return linear('user', mean, d)
  })
  const code = linear(
    'code/outer',
    linear('code/inner', users.flat()).map((x) => Math.max(x, 0)),
  )
  const states = users.map((user, d) => {
    const others = visited.filter((p) => p !== d).map((p) => linear('adapt', users[p], p))
    others.push(linear('code/adapt', code))
    const query = linear('transfer/query', user)
    const weightsOf = others.map((other) => Math.exp(dot(query, linear('transfer/key', other)) / Math.sqrt(width)))
    const total = weightsOf.reduce((a, b) => a + b)
    const taken = plus(...others.map((other, i) => times(weightsOf[i] / total, linear('transfer/value', other))))
    return plus(user, linear('transfer/output', taken))
  })
  const range = { start: 1, end: dataset.items.size }
  const scores = await model.score([{ history: Int32Array.from(history), domain: 0 }], range)
  let compared = 0
  for (let i = 1; i < dataset.items.size; i++) {
    if (scores[i - 1] < -1e7) continue // never trained on
    compared++
    expect(scores[i - 1], `item ${i}`).toBeCloseTo(dot(states[domainOfItem(dataset, i)], items[i]), 3)
  }
  expect(compared).toBeGreaterThan(50)
  await model.dispose()
})
