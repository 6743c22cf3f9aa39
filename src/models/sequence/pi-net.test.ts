import { expect, it } from 'vitest'
import { dot, plus, sigmoid, through, times, type Vector } from '../../../test/checks/plain-algebra.ts'
import { twoDomainCopyWorld } from '../../contract/index.ts'
import { domainOfItem } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { piNet } from './pi-net.ts'

const { dataset, split } = twoDomainCopyWorld({ users: 60 })
const [h, K] = [3, 2]

it('scores as the equations say, computed event by event', async () => {
  const config = piNet.config.parse({ width: 4, hidden: h, members: K, maxLength: 8 })
  const model = piNet.create(config, dataset, split, { seed: 1, threads: 1 })
  const rng = createRng(5)
  const weights = model.weights()
  for (const [name, { data }] of weights)
    for (let i = name === 'items' ? 4 : 0; i < data.length; i++) data[i] = 0.7 * rng.normal()
  /** Rows of the part of a weight that is domain d's. */
  const rows = (name: string, d?: number): number[][] => {
    const { shape, data } = weights.get(name)!
    const width = shape.at(-1)!
    const count = shape.at(-2)!
    const from = d === undefined ? 0 : d * count * width
    return Array.from({ length: count }, (_, r) => [...data.slice(from + r * width, from + (r + 1) * width)])
  }
  const linear = (name: string, d: number, x: Vector): number[] =>
    plus(through(x, rows(`${name}/weight`, d)), rows(`${name}/bias`, d)[0])
  const gru = (name: string, d: number, x: Vector, state: Vector) => {
    const [read, held] = [linear(`${name}/input`, d, x), linear(`${name}/state`, d, state)]
    return state.map((s, i) => {
      const reset = sigmoid(read[i] + held[i])
      const update = sigmoid(read[h + i] + held[h + i])
      return (1 - update) * Math.tanh(read[2 * h + i] + reset * held[2 * h + i]) + update * s
    })
  }
  const filtered = (d: number, source: Vector, own: Vector, state: Vector) => {
    const held = through(state, rows('filter/state', d))
    const gate = plus(
      linear('filter/gate/source', d, source),
      through(own, rows('filter/gate/target/weight', d)),
      held.slice(0, h),
    )
    const fresh = plus(linear('filter/candidate', d, source), held.slice(h))
    const ofMembers = rows('filter/members', d).map((member) => {
      const f = plus(gate, through(member, rows('filter/gate/members', d))).map(sigmoid)
      const candidate = plus(fresh, through(member, rows('filter/candidate/members', d))).map(Math.tanh)
      return candidate.map((c, i) => f[i] * state[i] + (1 - f[i]) * c)
    })
    return times(1 / K, plus(...ofMembers))
  }
  const items = rows('items')
  const [a, b] = [0, 1].map((d) => dataset.domainStart[d])
  for (const history of [[a + 1, b + 2, b + 3, a + 4, b], [b + 1], [a, a + 3]]) {
    const zero = () => new Array<number>(h).fill(0)
    const domains = [0, 1].map(() => ({ own: zero(), filtered: zero(), transferred: zero() }))
    for (const item of history) {
      const d = domainOfItem(dataset, item)
      domains[d].own = gru('encoder', d, items[item], domains[d].own)
      const other = domains[1 - d]
      other.filtered = filtered(1 - d, domains[d].own, other.own, other.filtered)
      other.transferred = gru('transfer', 1 - d, other.filtered, other.transferred)
    }
    const range = { start: 1, end: dataset.items.size }
    const scores = await model.score([{ history: Int32Array.from(history), domain: 0 }], range)
    for (let item = 1; item < dataset.items.size; item++) {
      const d = domainOfItem(dataset, item)
      const state = linear('output', d, [...domains[d].transferred, ...domains[d].own])
      expect(scores[item - 1], `item ${item} after ${history}`).toBeCloseTo(dot(state, items[item]), 4)
    }
  }
  await model.dispose()
})
