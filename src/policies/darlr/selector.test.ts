import { describe, expect, it } from 'vitest'
import { createRng } from '../../core/index.ts'
import { createParameters } from '../../nn/index.ts'
import { buildGraph } from '../../tensor/compile.ts'
import { evaluate } from '../../tensor/executors/reference.ts'
import { grad, type Sym } from '../../tensor/index.ts'
import { selectorLoss, selectorNetwork } from './selector.ts'

const [U, B, S, P, W, C] = [6, 3, 2, 3, 3, 4]
const SIZES = { state: S, preference: P, width: 4, layers: 1, heads: 2, window: W, candidates: C }

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
    candidates: [1, 2, 3, 4, 5, 0, 2, 3, 0, 1, 3, 4],
    open: [1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0],
    chosen: [2, 1, 0],
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
      const data = dtype === 'int32' ? Int32Array.from(values[name]!) : Float64Array.from(values[name]!)
      return [name, { shape: shape.map((dim) => (typeof dim === 'number' ? dim : sizes[dim]!)), data }]
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
      const direction = values[name]!.map(() => rng.normal())
      const at = (sign: number) =>
        valuesOf([loss], { ...values, [name]: values[name]!.map((x, i) => x + sign * step * direction[i]!) })[0]![0]!
      const difference = (at(1) - at(-1)) / (2 * step)
      const slope = gradients[k]!.reduce((sum, g, i) => sum + g * direction[i]!, 0)
      expect(Math.abs(slope - difference), `slope of ${name}`).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(difference)))
    }
  }
  return gradients
}

describe('the network of the selector', () => {
  it('never chooses a candidate that is closed', () => {
    const { network, values } = setUp()
    const [scores] = valuesOf([network.scores], values)
    for (let b = 0; b < B; b++) {
      const row = scores!.slice(b * C, (b + 1) * C)
      const highest = Math.max(...row)
      const weights = row.map((score) => Math.exp(score - highest))
      const open = values.open!.slice(b * C, (b + 1) * C)
      expect(weights.map((weight) => Number(weight > 0))).toEqual(open)
    }
  })

  it('reads the state, the own preferences and the users chosen, and nothing where there is no token', () => {
    const { network, values } = setUp()
    const scores = (changed: Record<string, readonly number[]>) =>
      valuesOf([network.scores], { ...values, ...changed })[0]!
    const rows = (all: readonly number[]) => Array.from({ length: B }, (_, b) => all.slice(b * C, (b + 1) * C))
    const before = rows(scores({}))
    const padded = rows(scores({ picked: [4, 5, 3, 5, 4, 5, 3, 4, 5] }))
    expect(padded).toEqual(before)
    const state = rows(scores({ states: values.states!.map((x) => x + 1) }))
    expect(state.map((row, b) => row.join() !== before[b]!.join())).toEqual([true, true, false]) // out of the window
    const chosen = rows(scores({ picked: [0, 0, 0, 0, 0, 4, 2, 4, 5] }))
    expect(chosen.map((row, b) => row.join() !== before[b]!.join())).toEqual([false, true, true])
    const users = rows(scores({ users: [5, 4, 3] }))
    expect(users.map((row, b) => row.join() !== before[b]!.join())).toEqual([true, true, false])
  })

  it('scores a candidate by its preferences, whoever stands beside it', () => {
    const { network, values } = setUp()
    const [scores] = valuesOf([network.scores], values)
    const turned = [4, 3, 2, 1, 5, 0, 2, 3, 0, 1, 3, 4]
    const [other] = valuesOf([network.scores], { ...values, candidates: turned })
    expect(other!.slice(0, C).reverse()).toEqual(scores!.slice(0, C))
  })

  it('has the slopes of the critic loss, of every weight', () => {
    const { parameters, network, values } = setUp()
    const { critic } = selectorLoss(network, 0.5)
    const names = [...parameters.symbols.keys()].filter((name) => !name.startsWith('actor/'))
    expectSlopes(critic, parameters, names, values)
  })

  it('has the slopes of the actor loss, of every weight', () => {
    const { parameters, network, values } = setUp()
    const { actor, loss } = selectorLoss(network, 0)
    // The advantage counts as given. It is where the critic is constant, so that differences say the same.
    const constant = { ...values, 'critic/value/weight': values['critic/value/weight']!.map(() => 0) }
    const names = [...parameters.symbols.keys()].filter((name) => !name.startsWith('critic/'))
    const gradients = expectSlopes(actor, parameters, names, constant)
    for (const [k, name] of names.entries())
      if (!/bias$/.test(name)) expect(Math.hypot(...gradients[k]!), name).toBeGreaterThan(1e-6)
    // Nothing of the advantage reaches the critic through the actor.
    const head = valuesOf(grad(loss, [parameters.symbols.get('critic/value/weight')!]), values)[0]!
    expect(head.every((g) => g === 0)).toBe(true)
  })

  it('is A2C: −mean(log π · advantage), with advantages of mean 0 and variance 1, and the squared error of the mean reward', () => {
    const { network, values } = setUp()
    const { actor, critic } = selectorLoss(network, 0.5)
    const [scores, value, actorLoss, criticLoss] = valuesOf([network.scores, network.value, actor, critic], values)
    const errors = value!.map((v, b) => values.returns![b]! - values.left![b]! * v)
    const mean = errors.reduce((a, b) => a + b) / B
    const deviation = Math.sqrt(errors.reduce((sum, e) => sum + (e - mean) ** 2, 0) / B)
    const logChance = errors.map((_, b) => {
      const row = scores!.slice(b * C, (b + 1) * C)
      return row[values.chosen![b]!]! - Math.log(row.reduce((sum, score) => sum + Math.exp(score), 0))
    })
    const expected = -logChance.reduce((sum, log, b) => sum + (log * (errors[b]! - mean)) / deviation, 0) / B
    expect(actorLoss![0]).toBeCloseTo(expected, 6)
    const squares = errors.map((e, b) => (e / values.left![b]!) ** 2)
    expect(criticLoss![0]).toBeCloseTo(squares.reduce((a, b) => a + b) / B, 9)
  })
})
