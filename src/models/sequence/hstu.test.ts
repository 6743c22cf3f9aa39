import { expect, it } from 'vitest'
import { dot, plainWeights, plus, sigmoid, through, times, type Vector } from '../../../test/checks/plain-algebra.ts'
import { cycleWorld } from '../../contract/worlds.ts'
import { createRng } from '../../math/index.ts'
import { hstu } from './hstu.ts'

const normalized = (x: Vector, epsilon: number) => {
  const mean = x.reduce((a, b) => a + b, 0) / x.length
  const variance = x.reduce((sum, xi) => sum + (xi - mean) ** 2, 0) / x.length
  return x.map((xi) => (xi - mean) / Math.sqrt(variance + epsilon))
}
const silu = (x: number) => x * sigmoid(x)

it('scores as the equations say, computed head by head and position by position', async () => {
  const { dataset, split } = cycleWorld()
  const [width, heads, layers, maxLength] = [4, 2, 2, 6]
  const config = hstu.config.parse({ width, heads, layers, maxLength })
  const model = hstu.create(config, dataset, split, { seed: 1, threads: 1 })
  const rng = createRng(5)
  for (const { shape, data } of model.weights().values())
    for (let i = shape.length === 2 && shape[0] === dataset.items.size ? width : 0; i < data.length; i++)
      data[i] = 0.7 * rng.normal()
  const { vector, matrix } = plainWeights(model.weights())

  const items = matrix('items')
  const stateOf = (history: readonly number[]) => {
    let x = history.map((item) => times(Math.sqrt(width), items[item]))
    for (let layer = 0; layer < layers; layer++) {
      const part = (name: string, row: Vector) =>
        through(normalized(row, 1e-6), matrix(`layer${layer}/${name}`)).map(silu)
      const [gates, values, queries, keys] = ['gate', 'value', 'query', 'key'].map((name) =>
        x.map((row) => part(name, row)),
      )
      const bias = matrix(`layer${layer}/bias`)
      x = x.map((row, t) => {
        const mixed = Array.from({ length: heads }, (_, head) => {
          const of = (v: Vector) => v.slice((head * width) / heads, ((head + 1) * width) / heads)
          const terms = history.slice(0, t + 1).map((_, s) => {
            const weight = silu(dot(of(queries[t]), of(keys[s])) + bias[t - s][head])
            return times(weight / maxLength, of(values[s]))
          })
          return plus(...terms)
        })
        const gated = normalized(mixed.flat(), 1e-6).map((value, i) => value * gates[t][i])
        return plus(row, through(gated, matrix(`layer${layer}/output`)))
      })
    }
    const last = normalized(x.at(-1)!, 1e-5)
    return plus(
      last.map((value, i) => value * vector('norm/gain')[i]),
      vector('norm/bias'),
    )
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
