import { describe, expect, it } from 'vitest'
import { createRng } from '../../math/index.ts'
import { createParameters } from '../../nn/index.ts'
import { buildGraph } from '../../tensor/compile.ts'
import { evaluate } from '../../tensor/executors/reference/executor.ts'
import { grad, type Sym } from '../../tensor/index.ts'
import { selectorLoss, selectorNetwork } from './selector.ts'

const [U, B, S, P, W] = [6, 3, 2, 3, 3]
const SIZES = { state: S, preference: P, width: 4, layers: 1, heads: 2, window: W, users: U }

type Values = Readonly<Record<string, readonly number[]>>

function setUp() {
  const parameters = createParameters(createRng(3))
  const network = selectorNetwork(parameters, SIZES)
  const rng = createRng(4)
  const normals = (count: number) => Array.from({ length: count }, () => rng.normal())
  const values: Record<string, readonly number[]> = {
    preferences: normals(U * P),
    states: normals(B * S),
    users: [0, 1, 2],
    // Before the first pick, after one, and after three, when the start is out of the window.
    picked: [0, 0, 0, 0, 0, 5, 3, 4, 5],
    first: [0, 0, 1, 0, 1, 0, 0, 0, 0],
    keep: [0, 0, 1, 0, 1, 1, 1, 1, 1],
    open: [0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0],
    chosen: [2, 3, 0],
    returns: [3, -1, 2],
    left: [1.9, 1, 1],
  }
  // Weights as after some training: at the start the query is so small that slopes drown.
  for (const [name, { data }] of parameters.tensors) {
    const own = rng.split(name)
    values[name] = Array.from(data, (x) => x + 0.3 * own.normal())
  }
  return { parameters, network, values }
}

/** In double precision, by the reference executor. */
function valuesOf(nodes: readonly Sym[], values: Values): number[][] {
  const graph = buildGraph(new Map(nodes.map((node, i) => [`${i}`, node])))
  const sizes: Record<string, number> = { U, B }
  const feeds = new Map(
    [...graph.inputs].map(([name, { shape, dtype }]) => {
      const data = dtype === 'int32' ? Int32Array.from(values[name]) : Float64Array.from(values[name])
      return [name, { shape: shape.map((dim) => (typeof dim === 'number' ? dim : sizes[dim])), data }]
    }),
  )
  const results = evaluate(graph, feeds, new Map(Object.entries(sizes)), 'float64')
  return nodes.map((_, i) => [...results.get(`${i}`)!.data])
}

function expectSlopes(
  loss: Sym,
  parameters: ReturnType<typeof createParameters>,
  names: readonly string[],
  values: Values,
) {
  const gradients = valuesOf(
    grad(
      loss,
      names.map((name) => parameters.symbols.get(name)!),
    ),
    values,
  )
  const step = 1e-5
  for (const [k, name] of names.entries()) {
    const rng = createRng(7).split(name)
    for (let draw = 0; draw < 2; draw++) {
      const direction = values[name].map(() => rng.normal())
      const at = (sign: number) =>
        valuesOf([loss], { ...values, [name]: values[name].map((x, i) => x + sign * step * direction[i]) })[0][0]
      const difference = (at(1) - at(-1)) / (2 * step)
      const slope = gradients[k].reduce((sum, g, i) => sum + g * direction[i], 0)
      expect(Math.abs(slope - difference), `slope of ${name}`).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(difference)))
    }
  }
  return gradients
}

describe('the network of the selector', () => {
  it('gives no chance to who is not open, and shares it among the others by their products with what is sought', () => {
    const { network, values } = setUp()
    const { logChance } = selectorLoss(network, SIZES, 0.5)
    const [sought] = valuesOf([network.sought], values)
    const score = (b: number, row: number) =>
      [0, 1, 2].reduce((sum, d) => sum + sought[b * P + d] * values.preferences[row * P + d], 0)
    const chances = Array.from({ length: U }, (_, row) => {
      const [logs] = valuesOf([logChance], { ...values, chosen: [row, row, row] })
      return logs.map((log) => Math.exp(log))
    })
    for (let b = 0; b < B; b++) {
      const open = [...Array(U).keys()].filter((row) => values.open[b * U + row] === 1)
      const total = open.reduce((sum, row) => sum + Math.exp(score(b, row)), 0)
      for (let row = 0; row < U; row++)
        expect(chances[row][b]).toBeCloseTo(open.includes(row) ? Math.exp(score(b, row)) / total : 0, 9)
    }
  })

  it('reads the state, the own preferences and the users chosen, and nothing where there is no token', () => {
    const { network, values } = setUp()
    const sought = (changed: Record<string, readonly number[]>) =>
      valuesOf([network.sought], { ...values, ...changed })[0]
    const rows = (all: readonly number[]) => Array.from({ length: B }, (_, b) => all.slice(b * P, (b + 1) * P))
    const before = rows(sought({}))
    const padded = rows(sought({ picked: [4, 5, 3, 5, 4, 5, 3, 4, 5] }))
    expect(padded).toEqual(before)
    const state = rows(sought({ states: values.states.map((x) => x + 1) }))
    expect(state.map((row, b) => row.join() !== before[b].join())).toEqual([true, true, false]) // out of the window
    const chosen = rows(sought({ picked: [0, 0, 0, 0, 0, 4, 2, 4, 5] }))
    expect(chosen.map((row, b) => row.join() !== before[b].join())).toEqual([false, true, true])
    const users = rows(sought({ users: [5, 4, 3] }))
    expect(users.map((row, b) => row.join() !== before[b].join())).toEqual([true, true, false])
  })

  it('has the slopes of the critic loss, of every weight', () => {
    const { parameters, network, values } = setUp()
    const { critic } = selectorLoss(network, SIZES, 0.5)
    const names = [...parameters.symbols.keys()].filter((name) => !name.startsWith('actor/'))
    expectSlopes(critic, parameters, names, values)
  })

  it('has the slopes of the actor loss, of every weight', () => {
    const { parameters, network, values } = setUp()
    const { actor, loss } = selectorLoss(network, SIZES, 0)
    // The advantage counts as given. It is where the critic is constant, so that differences say the same.
    const constant = { ...values, 'critic/value/weight': values['critic/value/weight'].map(() => 0) }
    const names = [...parameters.symbols.keys()].filter((name) => !name.startsWith('critic/'))
    const gradients = expectSlopes(actor, parameters, names, constant)
    for (const [k, name] of names.entries())
      if (!/bias$/.test(name)) expect(Math.hypot(...gradients[k]), name).toBeGreaterThan(1e-6)
    // Nothing of the advantage reaches the critic through the actor.
    const head = valuesOf(grad(loss, [parameters.symbols.get('critic/value/weight')!]), values)[0]
    expect(head.every((g) => g === 0)).toBe(true)
  })

  it('is A2C: −mean(log π · advantage), with advantages of mean 0 and variance 1, and the squared error of the mean reward', () => {
    const { network, values } = setUp()
    const { actor, critic, logChance } = selectorLoss(network, SIZES, 0.5)
    const nodes = [logChance, network.value, actor, critic]
    const [logs, value, actorLoss, criticLoss] = valuesOf(nodes, values)
    const errors = value.map((v, b) => values.returns[b] - values.left[b] * v)
    const mean = errors.reduce((a, b) => a + b) / B
    const deviation = Math.sqrt(errors.reduce((sum, e) => sum + (e - mean) ** 2, 0) / B)
    const expected = -logs.reduce((sum, log, b) => sum + (log * (errors[b] - mean)) / deviation, 0) / B
    expect(actorLoss[0]).toBeCloseTo(expected, 6)
    const squares = errors.map((e, b) => (e / values.left[b]) ** 2)
    expect(criticLoss[0]).toBeCloseTo(squares.reduce((a, b) => a + b) / B, 9)
  })
})
