import { expect, test } from 'vitest'
import { z } from 'zod'
import { simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import {
  type Checkpoint,
  type Dataset,
  type Model,
  parseConfig,
  type Split,
  type TrainContext,
  type TrainEvent,
  type WorldModel,
} from '../../core/index.ts'
import { createRng, denseRewards } from '../../math/index.ts'
import { payMatrix } from '../../rl/shaping/pay-each.ts'
import { episodeMetrics } from '../../rl/simulator/episode-metrics.ts'
import { rollOut } from '../../rl/simulator/rollout.ts'
import { createEnvironment } from '../../rl/simulator/simulator.ts'
import { type ActorCriticModel, defineActorCritic, minibatches } from './define.ts'
import { a2cOptions } from './options.ts'

const USERS = 20
const ITEMS = 12
/** Even users like items 0 to 2, odd ones 3 to 5; what a user pays shows which one it is. */
const planted = Array.from({ length: USERS }, (_, u) =>
  Array.from({ length: ITEMS }, (_, i) => (Math.floor(i / 3) === u % 2 ? 5 : i < 6 ? 1 : 2)),
)
const dataset = simulatedWorld({ rewards: planted })
const split: Split = { name: 'none', part: new Uint8Array(dataset.log.length) }

function worldOf(rewards: number[][] = planted, width = 3): WorldModel {
  const { users, items } = dataset.truth!
  const matrix = denseRewards({ users, items, values: rewards.flat() })
  const vectors = (count: number) => ({
    width,
    data: Float32Array.from({ length: count * width }, (_, i) => ((i * 7) % 11) / 11),
  })
  return {
    rewards: matrix,
    variance: denseRewards({ users, items, values: new Float32Array(USERS * ITEMS) }),
    itemVectors: vectors(ITEMS),
    userVectors: vectors(USERS),
    inversePropensity: false,
  }
}

const spec = defineActorCritic({
  name: 'plain',
  summary: 'pays what is believed',
  config: z.object(a2cOptions()),
  shaper: (config, { world }) => payMatrix(world.rewards, config),
})

interface Trained {
  readonly model: ActorCriticModel
  readonly events: readonly TrainEvent[]
}

const short = {
  worldModel: 'runs/world',
  epochs: 2,
  stepsPerEpoch: 400,
  episodes: 20,
  maxLength: 10,
  hidden: [16],
  width: 4,
}

async function train(
  set: Record<string, unknown> = {},
  {
    world = worldOf(),
    seed = 1,
    threads = 1,
    resume,
    on = dataset,
    trained = spec,
  }: {
    world?: WorldModel
    seed?: number
    threads?: number
    resume?: Checkpoint
    on?: Dataset
    trained?: typeof spec
  } = {},
): Promise<Trained> {
  const { config } = parseConfig(trained, { ...short, ...set })
  const model = trained.create(config, on, split, { seed, threads })
  const context: TrainContext = {
    dataset: on,
    split,
    seed,
    threads,
    validate: async () => ({}),
    openRun: async () => ({ can: { worldModel: async () => world }, dispose: async () => {} }) as unknown as Model,
    checkpointSeconds: 0,
    ...(resume && { resume }),
  }
  const events: TrainEvent[] = []
  try {
    for await (const event of trained.train(model, config, context)) {
      events.push(event.type === 'checkpoint' ? { ...event, checkpoint: copied(event.checkpoint) } : event)
    }
  } catch (error) {
    await model.dispose()
    throw error
  }
  return { model, events }
}

const copied = ({ epoch, state, tensors }: Checkpoint): Checkpoint => ({
  epoch,
  state: JSON.parse(JSON.stringify(state)),
  tensors: new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }])),
})
const bits = (model: Model) => new Map([...model.weights()].map(([name, { data }]) => [name, data.slice()]))
const epochsOf = ({ events }: Trained) => events.flatMap((event) => (event.type === 'epoch' ? [event] : []))

/** Mean reward of a turn when the policy acts in the truth. */
async function earns(model: ActorCriticModel): Promise<number> {
  const environment = createEnvironment(dataset, { maxLength: 10 })
  const options = { mode: 'free', episodes: 200, seed: 5, users: 'in-turn' } as const
  return episodeMetrics(await rollOut(model, environment, options), environment).rEach
}

const learning = {
  stepsPerEpoch: 4000,
  batchSize: 128,
  learningRate: 0.01,
  gamma: 0.5,
  entropyCoefficient: 0.1,
  hidden: [32],
  width: 8,
}

// By chance a turn pays (3 · 5 + 3 · 1 + 6 · 2) / 12 = 2.5; the best list for all pays (5 + 1) / 2 = 3; whoever asks first and then
// follows the answer nearly 5.
test.each(['linear', 'dot'] as const)(
  'head %s: it finds out what a user likes from what was paid before',
  async (head) => {
    const set = { ...learning, epochs: 12, head }
    const trained = await train(set)
    expect(await earns(trained.model)).toBeGreaterThan(4)
    const [first, last] = [epochsOf(trained)[0], epochsOf(trained).at(-1)!]
    // The least reward of 1 is subtracted from each of ten turns.
    expect(first.losses.return).toBeLessThan(21)
    expect(last.losses.return).toBeGreaterThan(29)
    expect(last.losses.entropy).toBeLessThan(first.losses.entropy)
    expect(last.losses.length).toBe(10)
    await trained.model.dispose()
  },
)

test('with a vector of the user it knows them before the first turn', async () => {
  const set = { ...learning, epochs: 8, user: 'vector' }
  const { model } = await train(set)
  const scores = await model.score(
    [0, 1].map((user) => ({ user, history: new Int32Array(0), domain: 0 })),
    model.space.range,
  )
  const best = [0, 1].map((q) => {
    const own = [...scores.subarray(q * ITEMS, (q + 1) * ITEMS)]
    return own.indexOf(Math.max(...own))
  })
  expect(best.map((column) => Math.floor(column / 3))).toEqual([0, 1])
  await model.dispose()
})

const doneOf = ({ events }: Trained) => events.at(-1) as Extract<TrainEvent, { type: 'done' }>

test('a policy that earns less of its world than one list for all says so, and one that learned does not', async () => {
  const untrained = await train({ epochs: 1, learningRate: 1e-6 })
  const { believed, cautions } = doneOf(untrained)
  // The least reward of 1 is subtracted from each of ten turns; the list pays 3, any item 2.5.
  expect(believed!.listReturn).toBeGreaterThan(18)
  expect(believed!.listReturn).toBeLessThan(22)
  expect(believed!.return).toBeLessThan(believed!.listReturn)
  expect(believed!.entropyAtRandom).toBe(Math.log(ITEMS))
  expect(cautions).toEqual([
    expect.stringMatching(/^it believes to earn 1\d\.\d\d an episode, and \S+ with one list for all/),
  ])

  const learned = await train({ ...learning, epochs: 12 })
  expect(doneOf(learned).believed!.return).toBeGreaterThan(29)
  expect(doneOf(learned).cautions).toBeUndefined()
  for (const { model } of [untrained, learned]) await model.dispose()
})

test('a policy that is sure of all that it takes says so', async () => {
  // One item pays everybody most, so that in the end it is taken always and by everybody, as by the list.
  const one = worldOf(planted.map((row) => row.map((_, i) => (i === 7 ? 5 : 1))))
  const trained = await train({ ...learning, entropyCoefficient: 0, epochs: 10 }, { world: one })
  const { believed, cautions } = doneOf(trained)
  expect(believed!.entropy).toBeLessThan(0.05 * Math.log(ITEMS))
  expect(cautions![0]).toMatch(/^it is sure of nearly every item that it takes \(entropy 0\.\d\d, at random 2\.48\)/)
  await trained.model.dispose()
})

test('the list repeats nothing where the policy may not', async () => {
  // Items 6 to 11 pay everybody 1.6 to 2.1.
  const best = worldOf(planted.map((row) => row.map((_, i) => (i < 6 ? 1 : 1 + i / 10))))
  const set = { epochs: 1, repeats: false, maxLength: 4, rewardShift: false }
  const { model, events } = await train(set, { world: best })
  // 2.1 + 2.0 + 1.9 + 1.8
  expect(doneOf({ model, events }).believed!.listReturn).toBeCloseTo(7.8, 4)
  await model.dispose()
})

test('the same seed gives the same bits on any number of threads, another one others', async () => {
  const first = await train()
  const threaded = await train({}, { threads: 2 })
  const other = await train({}, { seed: 2 })
  expect(bits(threaded.model)).toEqual(bits(first.model))
  expect(bits(other.model).get('actor/weight')).not.toEqual(bits(first.model).get('actor/weight'))
  for (const { model } of [first, threaded, other]) await model.dispose()
})

test('a world that believes in less than users pay shows the policy the same', async () => {
  const lower = worldOf(planted.map((row) => row.map((reward) => reward - 0.5)))
  const [one, other] = [await train(), await train({}, { world: lower })]
  expect(bits(other.model)).toEqual(bits(one.model))
  const unshifted = await train({ rewardShift: false }, { world: lower })
  expect(bits(unshifted.model).get('critic/weight')).not.toEqual(bits(one.model).get('critic/weight'))
  for (const { model } of [one, other, unshifted]) await model.dispose()
})

test('policies that are paid alike are alike, whatever their names', async () => {
  const named = defineActorCritic({
    name: 'other',
    summary: 'the same by another name',
    config: z.object(a2cOptions()),
    shaper: (config, { world }) => payMatrix(world.rewards, config),
  })
  const [one, other] = [await train(), await train({}, { trained: named })]
  expect(bits(other.model)).toEqual(bits(one.model))
  for (const { model } of [one, other]) await model.dispose()
})

test('training goes on from a checkpoint to the same bits, the arrays of the shaper among them', async () => {
  const counting = (): typeof spec =>
    defineActorCritic({
      name: 'counting',
      summary: 'pays more every time that it learned',
      config: z.object(a2cOptions()),
      shaper: (config, { world }) => {
        const bonus = new Float32Array(1)
        const { pay } = payMatrix(world.rewards, config)
        return {
          tensors: new Map([['bonus', { shape: [1], data: bonus }]]),
          async pay(turns) {
            const { rewards, observed } = await pay(turns)
            return { rewards: rewards.map((reward) => reward + bonus[0]), observed }
          },
          async learn() {
            bonus[0] += 1
            return { bonus: bonus[0] }
          },
        }
      },
    })
  const whole = await train({ epochs: 3 }, { trained: counting() })
  expect(epochsOf(whole).map(({ losses }) => losses.bonus)).toEqual([1.5, 3.5, 5.5])
  const [first] = whole.events.flatMap((event) => (event.type === 'checkpoint' ? [event.checkpoint] : []))
  expect(first.epoch).toBe(1)
  const resumed = await train({ epochs: 3 }, { trained: counting(), resume: first })
  expect(bits(resumed.model)).toEqual(bits(whole.model))
  expect(epochsOf(resumed).map(({ losses }) => losses)).toEqual(
    epochsOf(whole)
      .slice(1)
      .map(({ losses }) => losses),
  )
  for (const { model } of [whole, resumed]) await model.dispose()
})

const queries = [
  { user: 0, history: new Int32Array(0), domain: 0 },
  { user: 3, history: Int32Array.of(1, 2, 3, 4), values: Float32Array.of(1, 5, 1, 2), domain: 0 },
  { history: Int32Array.of(5), domain: 0 },
  { user: 1, history: Int32Array.of(0, 5, 99), domain: 0 },
]

test('scores are those of any batch and of loaded weights, and count what was paid', async () => {
  const { model } = await train()
  const range = { start: 3, end: 9 }
  const together = await model.score(queries, range)
  expect(together).toHaveLength(4 * 6)
  for (const [q, query] of queries.entries())
    expect(await model.score([query], range)).toEqual(together.subarray(6 * q, 6 * q + 6))
  // Items that are not there are as if they had not been, and missing values are 1.
  expect(together.subarray(12, 18)).toEqual(together.subarray(18, 24))
  const paid = { ...queries[2], values: Float32Array.of(1) }
  expect(await model.score([paid], range)).not.toEqual(together.subarray(12, 18))
  expect(await model.score([{ ...paid, values: Float32Array.of(5) }], range)).toEqual(together.subarray(12, 18))
  const { config } = parseConfig(spec, short)
  const fresh = spec.create(config, dataset, split, { seed: 9, threads: 1 })
  fresh.load(model.weights())
  expect(await fresh.score(queries, range)).toEqual(together)
  expect(await model.score([], range)).toHaveLength(0)
  for (const one of [model, fresh]) await one.dispose()
})

test('items outside the action space are never above one inside', async () => {
  const { truth } = dataset
  const values = planted.map((row) => row.filter((_, i) => i !== 4))
  const items = truth!.items.filter((_, i) => i !== 4)
  const smaller = { ...dataset, truth: denseRewards({ users: truth!.users, items, values: values.flat() }) }
  const { config } = parseConfig(spec, short)
  const model = spec.create(config, smaller, split, { seed: 1, threads: 1 })
  const scores = await model.score(queries.slice(0, 1), { start: 1, end: ITEMS + 1 })
  expect(scores[4]).toBe(-1e9)
  expect(scores.filter((score) => score === -1e9)).toHaveLength(1)
  await model.dispose()
})

test('vectors begin as those of the world model, filled up with zeros, or from noise', async () => {
  const { itemVectors, userVectors } = worldOf()
  // A step that changes next to nothing.
  const still = { learningRate: 1e-30, user: 'vector' }
  const rounded = (data: Float32Array) => [...data.map((x) => (Math.abs(x) < 1e-20 ? 0 : x))]
  const { model } = await train(still)
  const { items, users } = model.actor.network
  for (let i = 0; i < ITEMS; i++) {
    const row = items.range(i + 1, i + 2).data
    expect(rounded(row)).toEqual([...itemVectors.data.subarray(3 * i, 3 * i + 3), 0])
  }
  expect(rounded(users!.range(1, 2).data)).toEqual([...userVectors.data.subarray(0, 3), 0])
  const { model: noisy } = await train({ ...still, embeddings: 'scratch' })
  const before = spec.create(parseConfig(spec, { ...short, ...still }).config, dataset, split, { seed: 1, threads: 1 })
  expect(noisy.actor.network.items.tensor).toEqual(before.actor.network.items.tensor)
  for (const one of [model, noisy, before]) await one.dispose()
})

test('what cannot be learned is refused in one sentence', async () => {
  const refused = (code: string, text: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(text) })
  await expect(train({ worldModel: '' })).rejects.toThrow(refused('bad-config', 'set worldModel'))
  await expect(train({}, { world: worldOf(planted, 5) })).rejects.toThrow(
    refused('bad-config', 'item vectors have a width of 5'),
  )
  const { rewards, ...world } = worldOf()
  const withNaN = { ...rewards, at: () => Number.NaN }
  await expect(train({}, { world: { ...world, rewards: withNaN } })).rejects.toThrow(refused('not-finite', 'NaN'))
  const unbounded = { ...rewards, max: Number.POSITIVE_INFINITY }
  await expect(train({}, { world: { ...world, rewards: unbounded } })).rejects.toThrow(refused('not-finite', 'highest'))
  const fewer = denseRewards({ users: rewards.users.slice(1), items: rewards.items, values: planted.slice(1).flat() })
  await expect(train({}, { world: { ...world, rewards: fewer } })).rejects.toThrow(refused('mismatch', '19 users'))
  await expect(train({ leave: ['low-reward:6'] })).rejects.toThrow(refused('bad-argument', 'ends at its first turn'))
  await expect(train({ leave: ['whenever'] })).rejects.toThrow(refused('bad-argument', 'whenever'))
  await expect(train({ learningRate: 1e30 })).rejects.toThrow(refused('not-finite', 'smaller learning'))
})

test('batches hold every turn once, and what is left over joins the last', () => {
  const sizes = (turns: number, batchSize: number) => {
    const batches = minibatches(turns, batchSize, createRng(1))
    expect([...batches.flatMap((batch) => [...batch])].sort((a, b) => a - b)).toEqual([...Array(turns).keys()])
    return batches.map(({ length }) => length)
  }
  expect(sizes(3000, 1024)).toEqual([1024, 1976])
  expect(sizes(3072, 1024)).toEqual([1024, 1024, 1024])
  expect(sizes(10, 1024)).toEqual([10])
})

test('sharpness: before it has learned, each user is recommended what the world believes, and a stranger what it believes of all', async () => {
  const untaught = { sharpness: 3, learningRate: 1e-9, epochs: 1 }
  const { model } = await train(untaught)
  const { users, items } = dataset.truth!
  const range = { start: items[0], end: items[ITEMS - 1] + 1 }
  const query = (user?: number) => ({ ...(user !== undefined && { user }), history: new Int32Array(0), domain: 0 })
  const scores = await model.score([query(users[0]), query(users[1]), query()], range)
  // Beyond the noise that layers begin with, a row is β (R̂ − its mean) / deviation: of even users 5, 1 and 2, of odd ones 1, 5 and 2.
  const mean = 2.5
  const deviation = Math.sqrt((3 * 2.5 ** 2 + 3 * 1.5 ** 2 + 6 * 0.5 ** 2) / 12)
  const expected = [planted[0], planted[1], planted[0].map((reward, i) => (reward + planted[1][i]) / 2)]
  const noise = (await model.score([query(users[0])], range)).map(
    (score, i) => score - (3 * (planted[0][i] - mean)) / deviation,
  )
  for (const [q, row] of expected.entries())
    for (const [i, reward] of row.entries())
      expect(scores[q * ITEMS + i] - noise[i]).toBeCloseTo((3 * (reward - mean)) / deviation, 3)
  const plain = await train({ ...untaught, sharpness: 0 })
  expect([...plain.model.weights().keys()]).not.toContain('believed')
  await model.dispose()
  await plain.model.dispose()
})
