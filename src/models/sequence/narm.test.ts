import { expect, it } from 'vitest'
import { dot, plainWeights, plus, sigmoid, through, times } from '../../../test/checks/plain-algebra.ts'
import { cycleWorld } from '../../contract/worlds.ts'
import { createRng } from '../../math/index.ts'
import { narm } from './narm.ts'

it('scores as the equations say, computed item by item', async () => {
  const { dataset, split } = cycleWorld()
  const config = narm.config.parse({ width: 3, hidden: 4, layers: 2, maxLength: 6 })
  const model = narm.create(config, dataset, split, { seed: 1, threads: 1 })
  // Biases start at zero, where they would prove nothing.
  const rng = createRng(5)
  for (const { shape, data } of model.weights().values())
    for (let i = shape.length === 2 ? shape[1] : 0; i < data.length; i++) data[i] = 0.7 * rng.normal()
  const { vector, matrix } = plainWeights(model.weights())

  const layer = (name: string, inputs: readonly number[][]) => {
    let state = [0, 0, 0, 0]
    return inputs.map((x) => {
      const fromInput = plus(through(x, matrix(`${name}/input/weight`)), vector(`${name}/input/bias`))
      const fromState = plus(through(state, matrix(`${name}/state/weight`)), vector(`${name}/state/bias`))
      const old = state
      state = old.map((h, i) => {
        const reset = sigmoid(fromInput[i] + fromState[i])
        const update = sigmoid(fromInput[4 + i] + fromState[4 + i])
        return (1 - update) * Math.tanh(fromInput[8 + i] + reset * fromState[8 + i]) + update * h
      })
      return state
    })
  }
  const items = matrix('items')
  const stateOf = (history: readonly number[]) => {
    const inputs = history.map((item) => items[item])
    const states = layer('gru1', layer('gru0', inputs))
    const last = states.at(-1)!
    const query = through(last, matrix('attention/query'))
    let local = [0, 0, 0, 0]
    for (const h of states) {
      const energy = plus(query, through(h, matrix('attention/key'))).map(sigmoid)
      local = plus(local, times(dot(energy, vector('attention/vector')), h))
    }
    return through([...last, ...local], matrix('decoder'))
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
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(1)
  expect(Math.max(...expected.map((x, i) => Math.abs(x - scores[i])))).toBeLessThan(1e-5)
  await model.dispose()
})
