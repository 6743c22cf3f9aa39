import { describe, expect, test } from 'vitest'
import { trainInMemory } from '../contract/train-in-memory.ts'
import type { World } from '../contract/worlds.ts'
import type { Dataset, Model, Policy } from '../core/index.ts'
import { buildDataset, splitDataset } from '../data/index.ts'
import { createRng, denseRewards } from '../math/index.ts'
import { findModel } from '../registry.ts'
import { createEnvironment, episodeMetrics, parseLeaveRule, rollOut } from '../rl/index.ts'

const [LOGGED, STRANGERS, ITEMS, GOOD] = [24, 10, 12, 3]
const LEAVE = ['low-reward:2', 'distance:1:5%']

const named = (kind: string, place: number) => `${kind}${String(place).padStart(2, '0')}`

/**
 * Users of the log like three items of twelve, which pay 4 to 5, the others 2 to 3. Those whom the truth pays for are others, of whom nothing but a row
 * that nobody trains on is known: they like the same three, and nobody bears to be shown one twice in a row.
 */
function strangersWorld(): World {
  const rng = createRng(4).split('strangers')
  const pays = (user: string, item: number) => (item < GOOD ? 4 : 2) + rng.split(user, item).float()
  const logged = Array.from({ length: LOGGED }, (_, u) => named('u', u))
  const strangers = Array.from({ length: STRANGERS }, (_, u) => named('stranger', u))
  const rows = [
    ...logged.flatMap((user) =>
      Array.from({ length: ITEMS }, (_, item) => ({ user, item, value: pays(user, item), part: 'train' as const })),
    ),
    ...strangers.map((user, u) => ({ user, item: u % ITEMS, value: 1, part: 'unused' as const })),
  ]
  const dataset = buildDataset(
    'strangers',
    {
      user: rows.map(({ user }) => user),
      item: rows.map(({ item }) => named('i', item)),
      domain: rows.map(() => 'shop'),
      value: rows.map(({ value }) => value),
      part: rows.map(({ part }) => part),
    },
    {
      truth: {
        users: strangers,
        items: Array.from({ length: ITEMS }, (_, item) => named('i', item)),
        values: strangers.flatMap((user) => Array.from({ length: ITEMS }, (_, item) => pays(user, item))),
      },
    },
  )
  return { dataset, split: splitDataset(dataset, 'column') }
}

const world = strangersWorld()
const shared = { learnsWith: 'log', width: 4, hidden: [16], learningRate: 0.01 }
const acting = {
  ...shared,
  worldModel: 'world',
  embeddings: 'scratch',
  leave: LEAVE,
  maxLength: 8,
  episodes: 16,
  stepsPerEpoch: 256,
  batchSize: 32,
  epochs: 8,
}
const offline = { ...shared, batchSize: 32, updatesPerEpoch: 20, epochs: 2 }

/** A world model that is trained on the log and believes what it says of the users of the log. */
async function openAls(on: World): Promise<() => Promise<Model>> {
  const { model } = await trainInMemory(findModel('als'), { learnsWith: 'log', factors: 2, sweeps: 3 }, on)
  return async () => ({ ...model, dispose: async () => {} })
}

async function learned(name: string, set: object, on = world) {
  const openRun = await openAls(on)
  const { model } = await trainInMemory(findModel(name), { ...set }, on, { openRun })
  return model as Model & Policy
}

async function earned(policy: Policy, dataset: Dataset = world.dataset) {
  const environment = createEnvironment(dataset, { leave: LEAVE.map(parseLeaveRule), maxLength: 8 })
  const trajectories = await rollOut(policy, environment, { mode: 'free', episodes: 200, users: 'in-turn', seed: 2 })
  return episodeMetrics(trajectories, environment)
}

const atRandom: Policy = {
  acting: 'sampled',
  remembers: 'episode',
  avoidsLeaving: false,
  score: async (queries, { start, end }) => new Float32Array(queries.length * (end - start)),
}

describe('a policy that learns with users of the log, and is judged by others of whom it knows nothing', () => {
  test('earns more than items at random: what it learned is of items', async () => {
    const policy = await learned('mbpo', acting)
    const [own, random] = [await earned(policy), await earned(atRandom)]
    expect(own.rEach).toBeGreaterThan(random.rEach + 0.7)
    expect(Object.keys(own.endings)).toEqual(['low-reward', 'distance', 'max-length'])
  })

  test('learns the same bits whoever these are and whatever they pay', async () => {
    const { truth } = world.dataset
    const users = truth!.users.subarray(0, 3)
    const values = Array.from({ length: users.length * ITEMS }, (_, i) => 1 + (i % 5))
    const others = {
      ...world,
      dataset: { ...world.dataset, truth: denseRewards({ users, items: truth!.items, values }) },
    }
    const short = { ...acting, epochs: 1 }
    const [one, other] = [await learned('mbpo', short), await learned('mbpo', short, others)]
    expect([...other.weights()]).toEqual([...one.weights()])
  })

  test.each([
    ['sqn', offline],
    ['bcq', offline],
    ['cql', { ...offline, quantiles: 4 }],
    ['crr', offline],
    ['dorl', { ...acting, epochs: 1 }],
    ['roler', { ...acting, epochs: 1, neighbors: 3 }],
    ['behavior-cloning', { ...shared, epochs: 2 }],
  ])('%s does, under the rules of IL-Rec', async (name, set) => {
    const { length, endings } = await earned(await learned(name, set))
    expect(length).toBeGreaterThanOrEqual(1)
    expect(Object.values(endings).reduce((sum, count) => sum + count, 0)).toBe(200)
  })

  test('needs a world model of the same users', async () => {
    await expect(learned('mbpo', { ...acting, learnsWith: 'truth' })).rejects.toMatchObject({
      code: 'mismatch',
      message: expect.stringContaining('with the same learnsWith'),
    })
  })
})
