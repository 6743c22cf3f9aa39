import { expect, it } from 'vitest'
import { dot, plainWeights, plus, sigmoid, through, times, type Vector } from '../../../test/checks/plain-algebra.ts'
import { normalized, plainAttention, plainLinear, plainNorm } from '../../../test/checks/plain-transformer.ts'
import { domainOfItem } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { abxi } from './abxi.ts'

const names = Array.from({ length: 12 }, (_, i) => `i${i}`)
const domains = names.map((_, i) => ['books', 'films', 'games'][i % 3])
const dataset = buildDataset('three', { user: names.map(() => 'u'), item: names, domain: domains })
const split = { name: 'none', part: new Uint8Array(names.length) }

it('scores each domain as the equations say, computed for one domain after the other', async () => {
  const [width, heads, inner, domainRank, invariantRank, maxLength] = [4, 2, 5, 2, 3, 6]
  const config = abxi.config.parse({ width, heads, inner, domainRank, invariantRank, maxLength })
  const model = abxi.create(config, dataset, split, { seed: 1, threads: 1 })
  const rng = createRng(5)
  for (const [name, { data }] of model.weights())
    for (let i = name === 'items' ? width : 0; i < data.length; i++) data[i] = 0.6 * rng.normal()
  const weights = plainWeights(model.weights())
  const { matrix } = weights

  const product = (x: Vector, y: Vector) => x.map((value, i) => value * y[i])
  /** Of weights side by side the columns of one domain; all without one. */
  const columns = (name: string, n: number, d?: number) =>
    matrix(name).map((row) => (d === undefined ? row : row.slice(d * n, (d + 1) * n)))
  const rows = (name: string, n: number, d?: number) =>
    d === undefined ? matrix(name) : matrix(name).slice(d * n, (d + 1) * n)
  const adapter = (name: string, x: Vector, rank: number, d?: number) =>
    through(through(x, columns(`${name}/down`, rank, d)), rows(`${name}/up`, rank, d))
  const gated = (name: string, x: Vector, d?: number) => {
    const gate = through(x, columns(`${name}/gate`, inner, d)).map((y) => y * sigmoid(y))
    return through(product(gate, through(x, columns(`${name}/in`, inner, d))), rows(`${name}/out`, inner, d))
  }
  const norm = (name: string, x: Vector, d: number) =>
    plus(product(normalized(x), matrix(`${name}/gain`)[d]), matrix(`${name}/bias`)[d])

  const encoded = (history: readonly number[]) => {
    const places = matrix('positions').slice(maxLength - history.length)
    const x = history.map((item, t) => plus(times(Math.sqrt(width), matrix('items')[item]), places[t]))
    const parts = ['query', 'key', 'value'].map((part) =>
      x.map((row) => plainLinear(weights, `attention/${part}`, row)),
    )
    const found = plainAttention(parts, heads, (query, key) => key <= query).at(-1)!
    return plainNorm(weights, 'attention/norm', plus(x.at(-1)!, plainLinear(weights, 'attention/output', found)))
  }
  const stateOf = (history: readonly number[], d: number) => {
    const mixed = encoded(history)
    const grown = plus(mixed, gated('shared', mixed), adapter('mixed', mixed, domainRank))
    const ofMixed = plainNorm(weights, 'mixed/norm', grown)
    const visits = history.filter((item) => domainOfItem(dataset, item) === d)
    let ofOwn = times(0, mixed)
    if (visits.length > 0) {
      const own = encoded(visits)
      ofOwn = norm('own/norm', plus(own, gated('shared', own), adapter('own', own, domainRank, d)), d)
    }
    const brought = adapter('brought', ofMixed, invariantRank, d)
    const fromMixed = norm('fromMixed', plus(ofMixed, gated('invariant', ofMixed), brought), d)
    const fromOwn = normalized(plus(ofOwn, gated('projected', ofOwn, d)))
    return plus(fromMixed, product(fromOwn, matrix('fromOwn/gain')[d]))
  }

  // All domains visited, one of them never, and a history longer than what is looked at.
  const histories = [[7], [3, 9, 3], [1, 5, 9, 2], [5, 5, 1, 2, 3, 4, 10, 12]]
  const queries = histories.map((history) => ({ history: Int32Array.from(history), domain: 0 }))
  const scores = await model.score(queries, { start: 1, end: dataset.items.size })
  await model.dispose()
  const expected = histories.flatMap((history) =>
    matrix('items').flatMap((item, id) =>
      id === 0 ? [] : [dot(stateOf(history.slice(-maxLength), domainOfItem(dataset, id)), item)],
    ),
  )
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1)
  expect(Math.max(...expected.map((x, i) => Math.abs(x - scores[i])))).toBeLessThan(1e-4)
})
