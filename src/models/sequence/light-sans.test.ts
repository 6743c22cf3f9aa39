import { expect, it } from 'vitest'
import { dot, plainWeights, plus, through, times, type Vector } from '../../../test/checks/plain-algebra.ts'
import { cycleWorld } from '../../contract/worlds.ts'
import { createRng } from '../../math/index.ts'
import { erf } from '../../tensor/executors/reference/elementwise.ts'
import { lightSans } from './light-sans.ts'

const softmax = (logits: Vector): number[] => {
  const exps = logits.map(Math.exp)
  const total = exps.reduce((sum, e) => sum + e, 0)
  return exps.map((e) => e / total)
}
/** Σ_i weights[i] rows[i]. */
const weighted = (weights: Vector, rows: readonly Vector[]) => plus(...rows.map((row, i) => times(weights[i], row)))
const normalized = (x: Vector) => {
  const mean = x.reduce((a, b) => a + b, 0) / x.length
  const variance = x.reduce((sum, xi) => sum + (xi - mean) ** 2, 0) / x.length
  return x.map((xi) => (xi - mean) / Math.sqrt(variance + 1e-5))
}
const gelu = (x: number) => (x * (1 + erf(x / Math.SQRT2))) / 2

it('scores as the equations say, computed head by head and position by position', async () => {
  const { dataset, split } = cycleWorld()
  const [width, heads, interests, layers, maxLength] = [4, 2, 3, 2, 6]
  const config = lightSans.config.parse({ width, heads, interests, layers, inner: 5, maxLength })
  const model = lightSans.create(config, dataset, split, { seed: 1, threads: 1 })
  // Biases start at zero, where they would prove nothing.
  const rng = createRng(5)
  for (const { shape, data } of model.weights().values())
    for (let i = shape.length === 2 ? shape[1] : 0; i < data.length; i++) data[i] = 0.7 * rng.normal()
  const { vector, matrix } = plainWeights(model.weights())

  const norm = (name: string, x: Vector) =>
    plus(
      normalized(x).map((n, i) => n * vector(`${name}/gain`)[i]),
      vector(`${name}/bias`),
    )
  const linear = (name: string, x: Vector) => plus(through(x, matrix(`${name}/weight`)), vector(`${name}/bias`))
  const items = matrix('items')
  const stateOf = (history: readonly number[]) => {
    const places = matrix('positions')
      .slice(maxLength - history.length)
      .map(normalized)
    let x = history.map((item) => norm('norm', items[item]))
    for (let block = 0; block < layers; block++) {
      const name = `block${block}`
      const queries = x.map((row) => linear(`${name}/query`, row))
      const keys = x.map((row) => through(row, matrix(`${name}/key/weight`)))
      const values = x.map((row) => linear(`${name}/value`, row))
      const placeQueries = places.map((row) => linear(`${name}/position/query`, row))
      const placeKeys = places.map((row) => through(row, matrix(`${name}/position/key/weight`)))
      const gathered = (part: string, rows: readonly Vector[]) =>
        Array.from({ length: interests }, (_, k) => {
          const theta = matrix(`${name}/${part}/interests`).map((row) => row[k])
          return weighted(softmax(rows.map((row) => dot(row, theta))), rows)
        })
      const [interestKeys, interestValues] = [gathered('key', keys), gathered('value', values)]
      x = x.map((row, t) => {
        const mixed = Array.from({ length: heads }, (_, head) => {
          const of = (v: Vector) => v.slice((head * width) / heads, ((head + 1) * width) / heads)
          const attention = (query: Vector, among: readonly Vector[], read: readonly Vector[]) => {
            const logits = among.map((key) => dot(of(query), of(key)) / Math.sqrt(width / heads))
            return weighted(softmax(logits), read.map(of))
          }
          return plus(
            attention(queries[t], interestKeys, interestValues),
            attention(placeQueries[t], placeKeys, values),
          )
        })
        const h = norm(`${name}/norm1`, plus(row, linear(`${name}/output`, mixed.flat())))
        const fed = linear(`${name}/outer`, linear(`${name}/inner`, h).map(gelu))
        return norm(`${name}/norm2`, plus(h, fed))
      })
    }
    return x.at(-1)!
  }

  // Shorter than what it is padded to, as long, and longer than what is looked at.
  const histories = [[7], [3, 9, 3], [1, 2, 3, 4], [16, 2, 14, 4, 12, 6], [5, 5, 1, 2, 3, 4, 15, 6]]
  const range = { start: 1, end: dataset.items.size }
  const queries = histories.map((history) => ({ history: Int32Array.from(history), domain: 0 }))
  const scores = await model.score(queries, range)
  await model.dispose()
  const expected = histories.flatMap((history) => {
    const state = stateOf(history.slice(-maxLength))
    return items.slice(1).map((item) => dot(state, item))
  })
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1)
  expect(Math.max(...expected.map((x, i) => Math.abs(x - scores[i])))).toBeLessThan(1e-5)
})
