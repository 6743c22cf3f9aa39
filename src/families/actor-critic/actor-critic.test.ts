import { expect, test } from 'vitest'
import type { Dataset, NamedTensors, Vocabulary } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { compile, grad, type Sym } from '../../tensor/index.ts'
import type { StateTrackerName } from '../acting/options.ts'
import { createPolicyNetwork, type PolicyNetwork, type Windows } from '../acting/policy-network.ts'
import { a2cLoss, actorCriticGraph, createActorCritic, drawColumn } from './actor-critic.ts'

const sized = (size: number): Pick<Vocabulary, 'size'> => ({ size })
const WINDOW = 3

function tinyNetwork(user: 'none' | 'vector' = 'vector', tracker: StateTrackerName = 'average'): PolicyNetwork {
  const config = {
    tracker,
    window: WINDOW,
    layers: 1,
    heads: 1,
    filters: 1,
    readOut: 'newest' as const,
    width: 4,
    hidden: [5, 3] as number[],
  } as const
  const dataset = { items: sized(7), users: sized(3) } as Pick<Dataset, 'items' | 'users'>
  const network = createPolicyNetwork({ ...config, user }, dataset, createRng(4))
  // Vectors of a size at which no ReLU is near its kink for a small change.
  for (const table of [network.items, network.users])
    if (table !== undefined) table.tensor.data.set(table.tensor.data.map((x) => 60 * x))
  return network
}

/** Item ids of five windows, of which 7 is the beginning of an episode. */
const windows: Windows = {
  size: 5,
  items: Int32Array.of(0, 0, 7, 0, 7, 2, 7, 3, 1, 4, 4, 6, 5, 2, 3),
  rewards: Float32Array.of(0, 0, 1, 0, 1, 0.25, 1, 0.5, 0, 0.75, 1, 0.1, 0.4, 0.6, 0.9),
  users: Int32Array.of(1, 2, 3, 0, 1),
}
const actionItems = Int32Array.of(2, 3, 5, 6)
const actions = Int32Array.of(0, 3, 1, 1, 2)
const advantages = Float32Array.of(1.5, -0.5, 2, -1, 0.3)
const returns = Float32Array.of(0.5, 3, -1, 2, 0)
const coefficients = { valueCoefficient: 0.7, entropyCoefficient: 0.2 }

type Arrays = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float64Array }>

/** x [in] times W [in, out] plus b, in doubles. */
function affine(weights: Arrays, name: string, x: readonly number[]): number[] {
  const { data } = weights.get(`${name}/weight`)!
  const bias = weights.get(`${name}/bias`)!.data
  return [...bias].map((b, o) => x.reduce((sum, value, i) => sum + value * data[i * bias.length + o], b))
}

/** The equations of docs/policies/a2c.md written out, in doubles. */
function plain(weights: Arrays, head: 'linear' | 'dot') {
  const row = (table: string, id: number) => [...weights.get(table)!.data.subarray(id * 4, (id + 1) * 4)]
  return Array.from({ length: windows.size }, (_, b) => {
    const x: number[][] = []
    for (let w = b * WINDOW; w < (b + 1) * WINDOW; w++)
      if (windows.items[w] !== 0) x.push([...row('items', windows.items[w]), windows.rewards[w]])
    const state = Array.from({ length: 5 }, (_, j) => x.reduce((sum, one) => sum + one[j], 0) / x.length)
    let features = [...state, ...row('users', windows.users[b])]
    for (const layer of ['trunk0', 'trunk1']) features = affine(weights, layer, features).map((y) => Math.max(0, y))
    const value = affine(weights, 'critic', features)[0]
    const rows = (c: number) => [...weights.get('actor/weight')!.data.subarray(c * 3, (c + 1) * 3)]
    const dot = (a: readonly number[], c: readonly number[]) => a.reduce((sum, y, i) => sum + y * c[i], 0)
    const wish = head === 'dot' ? affine(weights, 'actor', features) : features
    const logits = [...actionItems].map((item, c) =>
      head === 'dot' ? dot(wish, row('items', item)) : dot(wish, rows(c)) + weights.get('actor/bias')!.data[c],
    )
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0)
    return { state, features, value, probabilities: logits.map((logit) => Math.exp(logit) / sum) }
  })
}

function plainLoss(weights: Arrays, head: 'linear' | 'dot'): number {
  let loss = 0
  for (const [b, { value, probabilities }] of plain(weights, head).entries()) {
    const entropy = -probabilities.reduce((sum, p) => sum + p * Math.log(p), 0)
    loss -= Math.log(probabilities[actions[b]]) * advantages[b]
    loss += coefficients.valueCoefficient * (returns[b] - value) ** 2 - coefficients.entropyCoefficient * entropy
  }
  return loss / windows.size
}

const doubles = (weights: NamedTensors): Arrays =>
  new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }]))

test.each(['linear', 'dot'] as const)(
  'head %s: the gradient of every weight is that of the equations',
  async (head) => {
    const network = tinyNetwork()
    const graph = actorCriticGraph(network, { items: actionItems, head })
    const { loss } = a2cLoss(graph, coefficients)
    const names = [...network.parameters.symbols.keys()]
    const gradients = grad(loss, [...graph.reads.map(({ rows }) => rows), ...network.parameters.symbols.values()])
    const program = await compile(
      { loss, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) },
      { threads: 1 },
    )
    const shape = [windows.size]
    const feeds = {
      ...(head === 'dot' && { actionItems: { shape: [4], data: actionItems } }),
      actions: { shape, data: actions },
      advantages: { shape, data: advantages },
      returns: { shape, data: returns },
    }
    const out = await network.run(program, windows, feeds)
    await program.dispose()
    const weights = doubles(network.weights())
    expect(out.loss.data[0]).toBeCloseTo(plainLoss(weights, head), 5)

    const found = new Map(names.map((name, i) => [name, out[`g${graph.reads.length + i}`].data]))
    const ids: Record<string, Int32Array> = {
      windowItems: windows.items,
      windowUsers: windows.users,
      actionItems,
    }
    for (const [i, { table, rows }] of graph.reads.entries()) {
      const total = (found.get(table.name) as Float32Array | undefined) ?? new Float32Array(table.rows * table.width)
      const { name } = (rows.inputs[1] as Sym<'input'>).attributes
      for (const [n, id] of ids[name].entries())
        if (id !== 0)
          for (let j = 0; j < table.width; j++) total[id * table.width + j] += out[`g${i}`].data[n * table.width + j]
      found.set(table.name, total)
    }
    expect([...found.keys()].sort()).toEqual([...weights.keys()].sort())
    for (const [name, gradient] of found)
      expect(
        gradient.some((g) => Math.abs(g) > 1e-3),
        name,
      ).toBe(true)
    const step = 1e-5
    for (const [name, { data }] of weights)
      for (let i = 0; i < data.length; i++) {
        // Row 0 of a table is padding.
        if (network.items.name === name && i < 4) continue
        if (network.users!.name === name && i < 4) continue
        const kept = data[i]
        data[i] = kept + step
        const above = plainLoss(weights, head)
        data[i] = kept - step
        const below = plainLoss(weights, head)
        data[i] = kept
        expect(found.get(name)![i], `${name} ${i}`).toBeCloseTo((above - below) / (2 * step), 4)
      }
  },
)

test.each(['linear', 'dot'] as const)('head %s: acting gives states, values and probabilities', async (head) => {
  const network = tinyNetwork()
  const actor = createActorCritic(network, { items: actionItems, head, masked: false, dropout: 0, threads: 1 })
  const { probabilities, values, states } = await actor.act(windows, createRng(1))
  const logits = await actor.logits(windows)
  const weights = doubles(network.weights())
  for (const [b, expected] of plain(weights, head).entries()) {
    expect(values[b]).toBeCloseTo(expected.value, 5)
    expect(states[b * network.stateWidth]).toBeCloseTo(expected.state[0], 5)
    for (const [c, p] of expected.probabilities.entries()) {
      expect(probabilities[b * 4 + c]).toBeCloseTo(p, 5)
      expect(logits[b * 4 + c] - logits[b * 4]).toBeCloseTo(Math.log(p / expected.probabilities[0]), 4)
    }
  }
  await actor.dispose()
})

test('learning follows the advantages: what paid more than expected is chosen more often', async () => {
  const network = tinyNetwork('none')
  const actor = createActorCritic(network, {
    items: actionItems,
    head: 'linear',
    masked: false,
    dropout: 0,
    threads: 1,
  })
  const { learn } = await actor.learner({ valueCoefficient: 0.5, entropyCoefficient: 0, learningRate: 0.01 })
  const before = await actor.act(windows, createRng(1))
  const gains = Float32Array.of(1, -1, 0, 0, 0)
  for (let k = 0; k < 5; k++) await learn({ windows, actions, advantages: gains, returns: before.values }, createRng(k))
  const after = await actor.act(windows, createRng(1))
  expect(after.probabilities[actions[0]]).toBeGreaterThan(before.probabilities[actions[0]])
  expect(after.probabilities[4 + actions[1]]).toBeLessThan(before.probabilities[4 + actions[1]])
  await actor.dispose()
})

test.each(['gru', 'caser', 'sasrec', 'transformer'] as const)(
  '%s: units are dropped while it acts and learns, by what is drawn, and never in scores',
  async (tracker) => {
    const build = (dropout: number) => {
      const network = tinyNetwork('none', tracker)
      return createActorCritic(network, { items: actionItems, head: 'linear', masked: false, dropout, threads: 1 })
    }
    const [all, some] = [build(0), build(0.5)]
    const states = async (actor: typeof all, seed: number) => [...(await actor.act(windows, createRng(seed))).states]
    expect(await states(some, 1)).toEqual(await states(some, 1))
    expect(await states(some, 1)).not.toEqual(await states(some, 2))
    expect(await states(some, 1)).not.toEqual(await states(all, 1))
    expect(await states(all, 1)).toEqual(await states(all, 2))
    expect(await some.logits(windows)).toEqual(await all.logits(windows))
    const options = { ...coefficients, learningRate: 0.01 }
    const learned = async (actor: typeof all) => {
      const { learn } = await actor.learner(options)
      return learn({ windows, actions, advantages, returns }, createRng(3))
    }
    expect(await learned(some)).not.toEqual(await learned(all))
    await Promise.all([all.dispose(), some.dispose()])
  },
)

test('what a mask forbids is neither chosen nor learned of', async () => {
  const network = tinyNetwork('none')
  const actor = createActorCritic(network, { items: actionItems, head: 'linear', masked: true, dropout: 0, threads: 1 })
  const { learn } = await actor.learner({ valueCoefficient: 0.5, entropyCoefficient: 0.1, learningRate: 0.01 })
  const mask = new Float32Array(windows.size * 4)
  for (let b = 0; b < windows.size; b++) mask[4 * b + 2] = -1e9
  const { probabilities, values } = await actor.act(windows, createRng(1), mask)
  const free = softmaxRows(await actor.logits(windows))
  for (let b = 0; b < windows.size; b++) {
    expect(probabilities[4 * b + 2]).toBe(0)
    const rest = 1 - free[4 * b + 2]
    expect(probabilities[4 * b + 1]).toBeCloseTo(free[4 * b + 1] / rest, 5)
  }
  const rows = network.weights().get('actor/weight')!
  const row = (data: Float32Array, column: number) => data.slice(column * rows.shape[1], (column + 1) * rows.shape[1])
  const before = [0, 1, 2, 3].map((column) => row(rows.data as Float32Array, column))
  await learn(
    { windows, actions: actions.map(() => 1), advantages: values.map(() => 3), returns: values, mask },
    createRng(2),
  )
  for (const [column, kept] of before.entries())
    if (column === 2) expect(row(rows.data as Float32Array, column)).toEqual(kept)
    else expect(row(rows.data as Float32Array, column)).not.toEqual(kept)
  await actor.dispose()
})

function softmaxRows(logits: Float32Array): Float32Array {
  return logits.map((logit, at) => {
    const start = at - (at % 4)
    return Math.exp(logit) / logits.subarray(start, start + 4).reduce((sum, other) => sum + Math.exp(other), 0)
  })
}

test('a column is the first at which the probabilities have taken all of the point, one by one', () => {
  const rng = createRng(4)
  for (let n = 0; n < 300; n++) {
    const columns = 1 + rng.below(40)
    const weights = Array.from({ length: columns }, () => (rng.float() < 0.3 ? 0 : rng.float() ** 4))
    const sum = weights.reduce((a, b) => a + b, 1e-9)
    const probabilities = Float32Array.from([...new Array(columns).fill(7), ...weights.map((weight) => weight / sum)])
    const point = 0.999 * rng.float()
    let left = point
    const wanted = probabilities.subarray(columns).findIndex((probability) => {
      left -= probability
      return left < 0
    })
    if (wanted !== -1) expect(drawColumn(probabilities, 1, columns, point)).toBe(wanted)
  }
})

test('columns are drawn by their probabilities, and never one without', () => {
  const probabilities = Float32Array.of(9, 9, 9, 9, 0, 0.5, 0, 0.2, 0.3, 0)
  const counts = new Array<number>(6).fill(0)
  const draws = 6000
  for (let k = 0; k < draws; k++) counts[drawColumn(probabilities.subarray(4), 0, 6, (k + 0.5) / draws)]++
  // Evenly spread points fall in proportion, but for rounding of 32 bits.
  for (const [column, share] of [0, 0.5, 0, 0.2, 0.3, 0].entries())
    expect(Math.abs(counts[column] - share * draws)).toBeLessThanOrEqual(1)
  // Row 1 of four columns each is the second four.
  expect(drawColumn(probabilities, 1, 4, 0.4)).toBe(1)
  // A sum a little below 1 leaves a rest, which the last possible column takes.
  expect(drawColumn(Float32Array.of(0.5, 0.4999, 0), 0, 3, 0.99995)).toBe(1)
  for (const broken of [Number.NaN, 0])
    expect(() => drawColumn(Float32Array.of(broken, broken), 0, 2, 0.5)).toThrow(
      expect.objectContaining({ code: 'not-finite' }),
    )
})
