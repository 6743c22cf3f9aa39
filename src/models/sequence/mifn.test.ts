import { expect, it } from 'vitest'
import { dot, plus, sigmoid, through, times, type Vector } from '../../../test/checks/plain-algebra.ts'
import { twoDomainCopyWorld } from '../../contract/index.ts'
import type { SparseMatrix } from '../../core/index.ts'
import { domainOfItem } from '../../core/index.ts'
import { successionGraph } from '../../families/sequence/index.ts'
import { createRng } from '../../math/index.ts'
import { mifn } from './mifn.ts'

const { dataset, split } = twoDomainCopyWorld({ users: 60 })
const d = 3

it('scores as the equations say, computed event by event', async () => {
  const config = mifn.config.parse({ width: d, maxLength: 8 })
  const model = mifn.create(config, dataset, split, { seed: 1, threads: 1 })
  const rng = createRng(5)
  const weights = model.weights()
  for (const [name, { data }] of weights)
    for (let i = name === 'items' ? d : 0; i < data.length; i++) data[i] = 0.6 * rng.normal()
  /** Rows of a weight, or of the part of it that is one domain's. */
  const rows = (name: string, domain = 0): number[][] => {
    const { shape, data } = weights.get(name)!
    const width = shape.at(-1)!
    const count = shape.length === 1 ? 1 : shape.at(-2)!
    const from = domain * count * width
    return Array.from({ length: count }, (_, r) => [...data.slice(from + r * width, from + (r + 1) * width)])
  }
  const linear = (name: string, x: Vector, domain = 0): number[] =>
    plus(through(x, rows(`${name}/weight`, domain)), rows(`${name}/bias`, domain)[0])
  const zero = (): number[] => new Array<number>(d).fill(0)
  const gru = (name: string, domain: number, x: Vector, state: Vector) => {
    const [read, held] = [linear(`${name}/input`, x, domain), linear(`${name}/state`, state, domain)]
    return state.map((s, i) => {
      const update = sigmoid(read[d + i] + held[d + i])
      const fresh = Math.tanh(read[2 * d + i] + sigmoid(read[i] + held[i]) * held[2 * d + i])
      return (1 - update) * fresh + update * s
    })
  }
  const items = rows('items')
  const heard = ({ offsets, columns, values }: SparseMatrix, asked: number) => {
    const neighbors = Array.from(columns.subarray(offsets[asked], offsets[asked + 1]))
    return plus(zero(), ...neighbors.map((item, e) => times(values[offsets[asked] + e], items[item])))
  }
  const graphs = { own: successionGraph(dataset, split, 'own'), across: successionGraph(dataset, split, 'across') }
  const known = (item: number) =>
    plus(
      items[item],
      plus(
        linear('knowledge/own', heard(graphs.own, item)),
        through(heard(graphs.across, item), rows('knowledge/across/weight')),
      ).map((x) => Math.max(x, 0)),
    )
  const found = (query: Vector, events: readonly number[]) => {
    if (events.length === 0) return zero()
    const exps = events.map((item) => Math.exp(dot(query, known(item)) / Math.sqrt(d)))
    const total = exps.reduce((a, b) => a + b)
    return plus(...events.map((item, i) => times(exps[i] / total, known(item))))
  }

  const [a, b] = [0, 1].map((domain) => dataset.domainStart[domain])
  for (const history of [[a + 1, b + 2, b + 3, a + 4, b], [b + 1], [a, a + 3]]) {
    const flows = [0, 1].map(() => ({ own: zero(), filtered: zero(), transferred: zero() }))
    for (const item of history) {
      const domain = domainOfItem(dataset, item)
      const here = flows[domain]
      here.own = gru('encoder', domain, items[item], here.own)
      const there = flows[1 - domain]
      const held = through(there.filtered, rows('filter/state', 1 - domain))
      const read = plus(linear('filter/source', here.own, 1 - domain), held)
      const f = plus(read.slice(0, d), through(there.own, rows('filter/target/weight', 1 - domain))).map(sigmoid)
      there.filtered = there.filtered.map((m, i) => f[i] * Math.tanh(read[d + i]) + (1 - f[i]) * m)
      there.transferred = gru('transfer', 1 - domain, there.filtered, there.transferred)
    }
    const range = { start: 1, end: dataset.items.size }
    const scores = await model.score([{ history: Int32Array.from(history), domain: 0 }], range)
    for (let item = 1; item < dataset.items.size; item++) {
      const domain = domainOfItem(dataset, item)
      const { own, transferred } = flows[domain]
      const isOwn = (event: number) => domainOfItem(dataset, event) === domain
      const inside = found(linear('read/own', own, domain), history.filter(isOwn))
      const elsewhere = history.filter((event) => !isOwn(event))
      const across = found(linear('read/across', transferred, domain), elsewhere)
      const gate = linear('gate', [...own, ...transferred], domain).map(sigmoid)
      const flow = gate.map((g, i) => g * inside[i] + (1 - g) * across[i])
      const share = sigmoid(linear('switch', [...own, ...transferred, ...flow], domain)[0])
      const state = plus(
        times(1 - share, linear('sequence', [...transferred, ...own], domain)),
        times(share, linear('graph', [...own, ...flow], domain)),
      )
      expect(scores[item - 1], `item ${item} after ${history}`).toBeCloseTo(dot(state, items[item]), 4)
    }
  }
  await model.dispose()
})
