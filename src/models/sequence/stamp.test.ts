import { expect, it } from 'vitest'
import { dot, plainWeights, plus, sigmoid, through, times } from '../../../test/checks/plain-algebra.ts'
import { cycleWorld } from '../../contract/worlds.ts'
import { createRng } from '../../math/index.ts'
import { stamp } from './stamp.ts'

it('scores as the equations say, computed item by item', async () => {
  const { dataset, split } = cycleWorld()
  const config = stamp.config.parse({ width: 4, maxLength: 6 })
  const model = stamp.create(config, dataset, split, { seed: 1, threads: 1 })
  // Biases start at zero, where they would prove nothing.
  const rng = createRng(5)
  for (const { shape, data } of model.weights().values())
    for (let i = shape.length === 2 ? shape[1] : 0; i < data.length; i++) data[i] = 0.7 * rng.normal()
  const { vector, matrix } = plainWeights(model.weights())

  const items = matrix('items')
  const stateOf = (history: readonly number[]) => {
    const inputs = history.map((item) => items[item])
    const last = inputs.at(-1)!
    const mean = times(1 / inputs.length, plus(...inputs))
    let attended = mean
    for (const x of inputs) {
      const energy = plus(
        through(x, matrix('attention/item')),
        through(last, matrix('attention/last')),
        through(mean, matrix('attention/mean')),
        vector('attention/bias'),
      ).map(sigmoid)
      attended = plus(attended, times(dot(energy, vector('attention/vector')), x))
    }
    const perceptron = (name: string, x: readonly number[]) =>
      plus(through(x, matrix(`${name}/weight`)), vector(`${name}/bias`)).map(Math.tanh)
    const [general, current] = [perceptron('general', attended), perceptron('current', last)]
    return general.map((h, i) => h * current[i])
  }

  // Shorter than what it is padded to, as long, and longer than what is looked at.
  const histories = [[7], [3, 9, 3], [1, 2, 3, 4], [16, 2, 14, 4, 12, 6], [5, 5, 1, 2, 3, 4, 15, 6]]
  const range = { start: 1, end: dataset.items.size }
  const queries = histories.map((history) => ({ history: Int32Array.from(history), domain: 0 }))
  const scores = await model.score(queries, range)
  const expected = histories.flatMap((history) => {
    const state = stateOf(history.slice(-6))
    return items.slice(1).map((item) => dot(state, item))
  })
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.5)
  expect(Math.max(...expected.map((x, i) => Math.abs(x - scores[i])))).toBeLessThan(1e-5)
  await model.dispose()
})
