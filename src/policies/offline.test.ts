import { expect, test } from 'vitest'
import { believedWorld, openBelieved } from '../../test/worlds/believed-world.ts'
import { simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import { createModel, type Trained, trainInMemory } from '../contract/train-in-memory.ts'
import { allItems, type ModelSpec, type Query } from '../core/index.ts'
import type { TemporalDifferenceModel } from '../families/temporal-difference/index.ts'
import { createRng } from '../math/index.ts'
import { input } from '../tensor/index.ts'
import { bcq } from './bcq.ts'
import { cql } from './cql.ts'
import { crr } from './crr.ts'
import { sqn } from './sqn.ts'

const ITEMS = 20
const USERS = 40
/** The first items pay 5, the others 1; the log takes the very last ones several times as often as any other. */
const GOOD = 4
const OFTEN = 2
const TIMES = 6

function logged() {
  const rng = createRng(5).split('log')
  const columns = Array.from({ length: ITEMS }, (_, i) => Array<number>(i < ITEMS - OFTEN ? 1 : TIMES).fill(i)).flat()
  const log = Array.from({ length: USERS * 15 }, (_, row) => {
    const item = columns[rng.below(columns.length)]
    return [row % USERS, item, item < GOOD ? 5 : 1] as const
  })
  const rewards = Array.from({ length: USERS }, () => Array.from({ length: ITEMS }, (_, i) => (i < GOOD ? 5 : 1)))
  const dataset = simulatedWorld({ rewards, log })
  return { dataset, split: { name: 'all', part: new Uint8Array(dataset.log.length) } }
}

const world = logged()
const { dataset } = world
const idOf = (column: number) => dataset.items.id(`i${String(column).padStart(4, '0')}`)!
const good = new Set(Array.from({ length: GOOD }, (_, column) => idOf(column)))
const often = new Set(Array.from({ length: OFTEN }, (_, i) => idOf(ITEMS - 1 - i)))
const range = allItems(dataset)
const width = range.end - range.start

const queries: Query[] = Array.from({ length: 9 }, (_, q) => {
  const history = Int32Array.from({ length: q % 5 }, (_, t) => 1 + ((3 * q + 7 * t) % ITEMS))
  return { history, values: Float32Array.from(history, (item) => (good.has(item) ? 5 : 1)), domain: 0 }
})

/** How often items of a set would be taken, on the average over queries. */
async function share(model: TemporalDifferenceModel, items: ReadonlySet<number>): Promise<number> {
  const scores = await model.score(queries, range)
  let taken = 0
  for (let q = 0; q < queries.length; q++) {
    const row = scores.subarray(q * width, (q + 1) * width)
    const highest = row.reduce((a, b) => Math.max(a, b))
    const weights = row.map((score) =>
      model.acting === 'greedy' ? Number(score === highest) : Math.exp(score - highest),
    )
    const total = weights.reduce((a, b) => a + b)
    for (const item of items) taken += weights[item - range.start] / total / queries.length
  }
  return taken
}

const small = {
  width: 8,
  hidden: [16],
  batchSize: 64,
  updatesPerEpoch: 50,
  epochs: 8,
  targetEvery: 20,
  learningRate: 0.01,
}

type Options = Readonly<Record<string, unknown>>

/** What each takes after training, as a share of all it takes; the log's own are 13 % of good items and 40 % of frequent ones. */
const LESSONS: readonly (readonly [string, ModelSpec, Options, { items: ReadonlySet<number>; atLeast: number }])[] = [
  ['sqn takes what the log took', sqn, {}, { items: often, atLeast: 0.33 }],
  ['sqn takes what pays by its values', sqn, { actsBy: 'q' }, { items: good, atLeast: 0.9 }],
  ['bcq takes what pays', bcq, { threshold: 0.05 }, { items: good, atLeast: 0.9 }],
  ['bcq takes what the log took often where the bar is high', bcq, { threshold: 0.95 }, { items: often, atLeast: 0.9 }],
  ['cql takes what pays', cql, { quantiles: 5, minQWeight: 0.1 }, { items: good, atLeast: 0.9 }],
  [
    'cql takes what the log took often where the penalty is high',
    cql,
    { quantiles: 5 },
    { items: often, atLeast: 0.9 },
  ],
  ['crr takes what pays', crr, { gamma: 0.5 }, { items: good, atLeast: 0.8 }],
  ['crr takes what pays by binary weights', crr, { gamma: 0.5, weight: 'binary' }, { items: good, atLeast: 0.8 }],
  [
    "crr takes what pays, less so with CQL's penalty",
    crr,
    { gamma: 0.5, minQWeight: 0.1 },
    { items: good, atLeast: 0.3 },
  ],
]

test.each(LESSONS)('%s', async (_, spec, set, { items, atLeast }) => {
  const { model } = await trainInMemory(spec, { ...small, ...set }, world)
  expect(await share(model as TemporalDifferenceModel, items)).toBeGreaterThan(atLeast)
  await model.dispose()
})

test.each<[string, ModelSpec, string, Options]>([
  ['one number', sqn, 'q', {}],
  ['n numbers, of which all have the mean', cql, 'quantiles', { quantiles: 3 }],
])('a head says the same of the item taken and of all: %s', async (_, spec, name, set) => {
  const model = createModel(spec, { ...small, ...set }, world) as TemporalDifferenceModel
  const head = model.heads[name]
  const program = await model.programs.compile({ values: head.values, own: head.of(input('actions', ['B'], 'int32')) })
  const windows = { size: 2, items: Int32Array.of(0, 0, model.network.begin, 3, 4, 5), users: new Int32Array(2) }
  const actions = { shape: [2], data: Int32Array.of(7, ITEMS - 1) }
  const rewards = Float32Array.of(0, 0, 1, 0.2, 0.5, 0.1)
  const { values, own } = await model.network.run(program, { ...windows, rewards }, { actions })
  const each = own.data.length / 2
  expect(own.shape).toEqual(each === 1 ? [2] : [2, 3])
  for (const [row, action] of actions.data.entries()) {
    const numbers = Float32Array.from(own.data).subarray(row * each, (row + 1) * each)
    expect(new Set(numbers).size).toBe(each)
    const mean = numbers.reduce((a, b) => a + b) / each
    expect(mean).toBeCloseTo(values.data[row * ITEMS + action], 5)
  }
  await model.dispose()
})

test('the target network is a copy of the learning one, made anew every so many updates', async () => {
  const target = (which: number, { checkpoints }: Trained) => {
    const { tensors } = checkpoints[which]
    const [own, copy] = ['weights/', 'moments/target/'].map((prefix) =>
      [...tensors].flatMap(([name, { data }]) => (name.startsWith(prefix) ? [name.slice(prefix.length), ...data] : [])),
    )
    return { own, copy }
  }
  const short = { ...small, updatesPerEpoch: 2, epochs: 3 }
  const [often, once] = await Promise.all(
    [2, 1000].map((targetEvery) => trainInMemory(sqn, { ...short, targetEvery }, world)),
  )
  for (const epoch of [1, 2]) expect(target(epoch, often).copy).toEqual(target(epoch - 1, often).own)
  expect(target(0, often).copy).not.toEqual(target(0, often).own)
  for (const epoch of [1, 2]) expect(target(epoch, once).copy).toEqual(target(0, often).copy)
  for (const { model } of [often, once]) await model.dispose()
})

test('there is nothing to learn from where the split trains on no row', async () => {
  const part = new Uint8Array(dataset.log.length).fill(2)
  const { model, events } = await trainInMemory(sqn, small, { dataset, split: { name: 'none', part } })
  expect(events).toEqual([{ type: 'done', epochs: 0, bestEpoch: 0, reason: 'there is nothing to train on' }])
  await model.dispose()
})

test('item vectors of a world model are taken and stay as they are', async () => {
  const rewards = Array.from({ length: USERS }, () => new Array<number>(ITEMS).fill(1))
  const believed = believedWorld(dataset, rewards)
  const openRun = openBelieved(believed)
  const set = { ...small, epochs: 1, vectorsOf: 'runs/world' }
  const { model } = await trainInMemory(sqn, set, world, { openRun })
  const { items } = (model as TemporalDifferenceModel).network
  const { width: own, data } = believed.itemVectors
  for (const [i, row] of believed.rewards.items.entries()) {
    const kept = [...items.range(row, row + 1).data]
    expect(kept.slice(0, own)).toEqual([...data.subarray(i * own, (i + 1) * own)])
    expect(kept.slice(own)).toEqual(new Array(8 - own).fill(0))
  }
  await model.dispose()
})
