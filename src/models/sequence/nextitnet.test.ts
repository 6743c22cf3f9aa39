import { expect, it } from 'vitest'
import { dot, plainWeights, plus, times } from '../../../test/checks/plain-algebra.ts'
import { cycleWorld } from '../../contract/worlds.ts'
import { createRng } from '../../math/index.ts'
import { nextitnet } from './nextitnet.ts'

// That no state sees later items is the contract's (test/contract/prefixes.test.ts).
it.each([
  [3, [1, 4]],
  [2, [3, 1, 2]],
])('scores as the equations say, computed position by position: kernel %i, dilations %j', async (kernel, dilations) => {
  const { dataset, split } = cycleWorld()
  const width = 4
  const config = nextitnet.config.parse({ width, kernel, dilations, maxLength: 12 })
  const model = nextitnet.create(config, dataset, split, { seed: 1, threads: 1 })
  // Biases start at zero, where they would prove nothing; above all not that padding stays out.
  const rng = createRng(5)
  for (const { shape, data } of model.weights().values())
    for (let i = shape.length === 2 ? shape[1] : 0; i < data.length; i++) data[i] = 0.7 * rng.normal()
  const { vector, matrix } = plainWeights(model.weights())

  const items = matrix('items')
  const zero = times(0, items[0])
  const normalized = (x: readonly number[]) => {
    const mean = x.reduce((a, b) => a + b, 0) / width
    const variance = x.reduce((sum, xi) => sum + (xi - mean) ** 2, 0) / width
    return x.map((xi) => (xi - mean) / Math.sqrt(variance + 1e-5))
  }
  const stateOf = (history: readonly number[]) => {
    let x: readonly (readonly number[])[] = history.map((item) => items[item])
    for (const [i, dilation] of dilations.entries()) {
      let h = x
      for (const layer of [1, 2]) {
        const weight = matrix(`block${i}/convolution${layer}/weight`)
        const [gain, bias] = ['gain', 'bias'].map((part) => vector(`block${i}/norm${layer}/${part}`)) as [
          number[],
          number[],
        ]
        h = h.map((_, t) => {
          let sum = vector(`block${i}/convolution${layer}/bias`)
          for (let tap = 0; tap < kernel; tap++) {
            const seen = h[t - (kernel - 1 - tap) * layer * dilation] ?? zero
            for (const [k, xk] of seen.entries()) sum = plus(sum, times(xk, weight[tap * width + k]))
          }
          return normalized(sum).map((n, k) => Math.max(0, n * gain[k] + bias[k]))
        })
      }
      x = x.map((xt, t) => plus(xt, h[t]))
    }
    return x.at(-1)!
  }

  // Shorter than what it is padded to, as long, and longer than what is looked at.
  const histories = [
    [7],
    [3, 9, 3],
    [1, 2, 3, 4],
    [5, 5, 1, 2, 3, 4, 15, 6, 11, 10],
    [...Array(15).keys()].map((i) => i + 1),
  ]
  const range = { start: 1, end: dataset.items.size }
  const queries = histories.map((history) => ({ history: Int32Array.from(history), domain: 0 }))
  const scores = await model.score(queries, range)
  await model.dispose()
  const expected = histories.flatMap((history) => {
    const state = stateOf(history.slice(-12))
    return items.slice(1).map((item) => dot(state, item))
  })
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1)
  expect(Math.max(...expected.map((x, i) => Math.abs(x - scores[i])))).toBeLessThan(1e-4)
})
