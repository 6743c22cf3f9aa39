import { describe, expect, it } from 'vitest'
import type { output } from 'zod'
import { believedWorld, openBelieved } from '../../../test/worlds/believed-world.ts'
import { drawnRewards, simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import {
  type Checkpoint,
  type Dataset,
  type NamedTensors,
  parseConfig,
  recordedOptions,
  type TrainEvent,
} from '../../core/index.ts'
import { splitDataset } from '../../data/index.ts'
import { mean } from '../../math/index.ts'
import { actionSpace, believedEnvironment, createSimulator } from '../../rl/index.ts'
import { darlr } from './index.ts'
import { darlrShaper } from './shaper.ts'

type Rows = readonly (readonly number[])[]
type Overrides = Partial<output<typeof darlr.config>>

const SMALL: Overrides = {
  worldModel: 'runs/world',
  epochs: 2,
  stepsPerEpoch: 400,
  episodes: 20,
  maxLength: 10,
  batchSize: 100,
  width: 4,
  hidden: [16],
  references: 4,
  neighbors: 3,
  selectorWidth: 8,
  projection: 4,
  selectEvery: 5,
}

/** Trains in a world that is believed to be as it is, with a checkpoint every epoch. */
async function train(
  rewards: Rows,
  overrides: Overrides = {},
  {
    seed = 1,
    threads = 1,
    resume,
    dataset = simulatedWorld({ rewards }),
  }: { seed?: number; threads?: number; resume?: Checkpoint; dataset?: Dataset } = {},
) {
  const split = splitDataset(dataset, 'leave-two-out')
  const config = darlr.config.parse({ ...SMALL, ...overrides })
  const model = darlr.create(config, dataset, split, { seed, threads })
  const epochs: (TrainEvent & { type: 'epoch' })[] = []
  const checkpoints: Checkpoint[] = []
  const context = {
    dataset,
    split,
    seed,
    threads,
    resume,
    checkpointSeconds: 0,
    validate: async () => ({}),
    openRun: openBelieved(believedWorld(dataset, rewards)),
  }
  for await (const event of darlr.train(model, config, context)) {
    if (event.type === 'epoch') epochs.push(event)
    if (event.type === 'checkpoint') checkpoints.push(copyOf(event.checkpoint))
  }
  await model.dispose()
  return { model, epochs, checkpoints, tensors: checkpoints.at(-1)!.tensors }
}

/** The arrays of a checkpoint go on changing. */
function copyOf(checkpoint: Checkpoint): Checkpoint {
  const tensors = new Map(
    [...checkpoint.tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  )
  return { ...checkpoint, tensors }
}

function expectSame(a: NamedTensors, b: NamedTensors): void {
  expect([...a.keys()]).toEqual([...b.keys()])
  for (const [name, { data }] of a) expect(Buffer.compare(bytes(data), bytes(b.get(name)!.data)), name).toBe(0)
}

const bytes = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

/** A shaper over a world of its own, and turns to ask it for. */
async function shaperOf(rewards: Rows, overrides: Overrides = {}, variance = 0.1) {
  const dataset = simulatedWorld({ rewards })
  const space = actionSpace(dataset)
  const world = believedWorld(dataset, rewards, variance)
  const options = darlr.config.parse({ ...SMALL, init: 'worldModel', ...overrides })
  const shaper = await darlrShaper(options, world.rewards, {
    world,
    space,
    dataset,
    seed: 1,
    threads: 1,
    stateWidth: 2,
  })
  const environment = believedEnvironment(dataset, world.rewards, { maxLength: 10 })
  const tensor = (name: string) => shaper.tensors!.get(name)!.data
  return {
    shaper,
    tensor,
    /** One turn of users in turn. */
    async pay(columns: readonly number[], collection: number, turn = 1) {
      const simulator = createSimulator(environment, {
        mode: 'free',
        slots: columns.length,
        seed: collection,
        users: 'in-turn',
      })
      for (let slot = 0; slot < columns.length; slot++) simulator.start(slot, slot)
      return shaper.pay({
        simulator,
        slots: Int32Array.from(columns, (_, slot) => slot),
        columns: Int32Array.from(columns),
        states: new Float32Array(2 * columns.length).fill(0.5),
        collection,
        turn,
      })
    },
  }
}

describe('what darlr pays', () => {
  const rewards = drawnRewards(12, 6).map((row) => row.map((value) => Math.fround(value)))
  const columns = [3, 0, 5, 3]

  it('is the mean over the reference users, less the penalty for the change (Eq. 15–17)', async () => {
    const { shaper, pay, tensor } = await shaperOf(rewards, { selectEvery: 1, lambdaU: 0.5, rewardShift: false })
    const paid = await pay(columns, 1)
    for (const [user, column] of columns.entries()) {
      const references = [...tensor('kept').subarray(4 * user, 4 * user + 4)]
      expect(references).not.toContain(user)
      const expected = mean(references.map((row) => rewards[row][column]))
      const gains = tensor('similarities')[user] + tensor('diversities')[user]
      const penalty = Math.abs(expected - rewards[user][column]) / gains
      expect(paid.observed[user]).toBeCloseTo(expected, 5)
      expect(paid.rewards[user]).toBeCloseTo(expected - 0.5 * penalty, 5)
      expect(tensor('rewards')[6 * user + column]).toBe(paid.observed[user])
    }
    await shaper.dispose!()
  })

  it('has no penalty where nothing changes, and counts the last estimate as r̂₋₁', async () => {
    // A user keeps the reference users until they are chosen anew, so that a second visit changes nothing.
    const { shaper, pay } = await shaperOf(rewards, {
      selectEvery: 1_000_000,
      reads: 'initial',
      lambdaU: 0.5,
      rewardShift: false,
    })
    const first = await pay(columns, 1, 1)
    const second = await pay(columns, 1, 2)
    expect(second.observed).toEqual(first.observed)
    expect(second.rewards).toEqual(second.observed)
    expect(first.rewards).not.toEqual(first.observed)
    await shaper.dispose!()
  })

  it('chooses from the same distribution in every turn and in every tenth on average', async () => {
    const counts = async (selectEvery: number, turns: number) => {
      const { shaper, pay, tensor } = await shaperOf(rewards, { selectEvery, writeBack: 0 })
      // A selector with strong opinions: a new one has hardly any, and all would agree.
      const query = tensor('selector/actor/query/weight')
      for (let i = 0; i < query.length; i++) query[i] *= 40
      const chosen = new Float64Array(12 * 12)
      for (let turn = 1; turn <= turns; turn++) {
        await pay(new Array(12).fill(turn % 6), 1, turn)
        for (const [i, row] of tensor('kept').entries()) chosen[12 * Math.floor(i / 4) + row] += 1 / (4 * turns)
      }
      await shaper.dispose!()
      return [...chosen]
    }
    // Total variation, a mean over users.
    const distance = (a: readonly number[], b: readonly number[]) =>
      a.reduce((sum, x, i) => sum + Math.abs(x - b[i]) / 2, 0) / 12
    const every = await counts(1, 150)
    expect(
      distance(
        every,
        every.map(() => 1 / 12),
      ),
    ).toBeGreaterThan(0.2) // of an even choice
    expect(distance(every, await counts(10, 1500))).toBeLessThan(0.1)
  })

  it('moves by η, and not while the selector warms up', async () => {
    const half = await shaperOf(rewards, { selectEvery: 1, writeBack: 0.5 })
    const { observed } = await half.pay(columns, 1)
    for (const [user, column] of columns.entries()) {
      const references = [...half.tensor('kept').subarray(4 * user, 4 * user + 4)]
      const target = mean(references.map((row) => rewards[row][column]))
      expect(observed[user]).toBeCloseTo((rewards[user][column] + target) / 2, 5)
    }
    await half.shaper.dispose!()
    const warm = await shaperOf(rewards, { selectEvery: 1, warmUp: 1 })
    const start = (await warm.pay(columns, 1)).observed
    expect([...start]).toEqual(columns.map((column, user) => rewards[user][column]))
    expect([...(await warm.pay(columns, 2)).observed]).not.toEqual([...start])
    await warm.shaper.dispose!()
  })

  it('is the static reward or the static penalty where that is asked for, and without a penalty r̂ alone', async () => {
    const told = { selectEvery: 1, lambdaU: 0.5, rewardShift: false } as const
    const reward = await shaperOf(rewards, { ...told, reward: 'static' })
    const paid = await reward.pay(columns, 1)
    expect([...paid.observed]).toEqual(columns.map((column, user) => rewards[user][column]))
    expect(paid.rewards.every((value, i) => value < paid.observed[i])).toBe(true)
    await reward.shaper.dispose!()
    for (const [uncertainty, less] of [
      ['static', 0.5 * 0.3],
      ['none', 0],
    ] as const) {
      const { shaper, pay } = await shaperOf(rewards, { ...told, uncertainty }, 0.3)
      const { rewards: r, observed } = await pay(columns, 1)
      for (let i = 0; i < columns.length; i++) expect(r[i]).toBeCloseTo(observed[i] - less, 5)
      await shaper.dispose!()
    }
  })

  it('is shifted by one constant, so that nothing is negative', async () => {
    const told = { selectEvery: 1, lambdaU: 1 } as const
    const plain = await shaperOf(rewards, { ...told, rewardShift: false })
    const shifted = await shaperOf(rewards, told)
    const values = rewards.flat()
    // The lowest reward less the greatest penalty, which is the range of rewards.
    const least = Math.min(...values) - (Math.max(...values) - Math.min(...values))
    for (let collection = 1; collection <= 3; collection++) {
      const [a, b] = [await plain.pay(columns, collection), await shifted.pay(columns, collection)]
      for (let i = 0; i < columns.length; i++) {
        expect(b.rewards[i] - a.rewards[i]).toBeCloseTo(-least, 4)
        expect(b.rewards[i]).toBeGreaterThanOrEqual(0)
      }
    }
    await Promise.all([plain.shaper.dispose!(), shifted.shaper.dispose!()])
  })
})

describe('darlr', () => {
  const rewards = drawnRewards(30, 12)

  it('trains, and says in each epoch what selector, reward and uncertainty did', async () => {
    const { epochs } = await train(rewards)
    for (const { losses } of epochs)
      for (const name of [
        ...['actor', 'critic', 'entropy', 'return', 'length'],
        ...['selectorActor', 'selectorCritic', 'selectorReturn'],
        ...['rewardDrift', 'uncertainty', 'selectedSimilarity'],
      ])
        expect(losses[name], name).toBeTypeOf('number')
    expect(epochs[0].losses.rewardError).toBeUndefined()
    expect(epochs[1].losses.rewardDrift).toBeGreaterThan(epochs[0].losses.rewardDrift)
  })

  it('says whom it trusts: all in each epoch, who is whose reference user in the last', async () => {
    const { epochs } = await train(rewards)
    const users = 30
    for (const { trust } of epochs) {
      const [chosen, similarity] = trust!.signals
      expect([trust!.of, chosen.name, similarity.name]).toEqual(['user', 'chosen', 'similarity'])
      expect(chosen.keys.reference).toHaveLength(users)
      // The average user has 1.
      expect(mean(chosen.values)).toBeCloseTo(1, 5)
      expect(similarity.keys.user).toHaveLength(users)
      const known = similarity.values.filter(Number.isFinite)
      expect(known.length).toBeGreaterThan(users / 4)
      for (const value of known) expect(Math.abs(value)).toBeLessThanOrEqual(1)
    }
    const [first, last] = epochs.map(({ trust }) => trust!.signals.find(({ name }) => name === 'reference'))
    expect(first).toBeUndefined()
    const { user, reference } = last!.keys
    const pairs = new Set(user!.map((u, i) => u * 1000 + reference![i]))
    const [chosen, similarity] = epochs[1].trust!.signals
    // Whoever was met has four others.
    const met = similarity.keys.user!.filter((_, i) => Number.isFinite(similarity.values[i]))
    expect([...new Set(user)]).toEqual([...met])
    expect([pairs.size, last!.values.length]).toEqual([met.length * 4, met.length * 4])
    for (const [i, u] of user!.entries()) expect(reference![i]).not.toBe(u)
    // How often somebody was chosen is what the pairs say.
    for (const [i, id] of chosen.keys.reference!.entries())
      expect(chosen.values[i]).toBeCloseTo((reference!.filter((r) => r === id).length * users) / (4 * met.length), 4)
    for (const value of last!.values) expect(Math.abs(value)).toBeLessThanOrEqual(1 + 1e-5)
  })

  it.each([
    ['as published', {}],
    ['from clusters, in every turn', { candidates: 'clusters', selectEvery: 0 }],
    ['with a warm-up', { warmUp: 3 }],
  ] as const)('goes on from a checkpoint to the same bits: %s', async (_, overrides) => {
    const set = { ...overrides, epochs: 3, references: 2, renewCandidates: 0.2 }
    const whole = await train(rewards, set)
    const resumed = await train(rewards, set, { resume: whole.checkpoints[0] })
    expect(resumed.checkpoints).toHaveLength(2)
    expectSame(resumed.tensors, whole.tensors)
    const other = await train(rewards, set, { seed: 2 })
    expect(() => expectSame(other.tensors, whole.tensors)).toThrow()
  })

  it('gives the same bits on two threads', async () => {
    expectSame((await train(rewards, {}, { threads: 2 })).tensors, (await train(rewards)).tensors)
  })

  it('never reads the truth, but for figures that nothing depends on', async () => {
    const plain = await train(rewards)
    const { epochs, tensors } = await train(rewards, { diagnostics: true })
    expectSame(tensors, plain.tensors)
    const { rewardError } = epochs[1].losses
    expect(rewardError).toBeGreaterThan(0)
    // Another truth: another error, the same weights.
    const lower = simulatedWorld({ rewards: rewards.map((row) => row.map((value) => value - 10)) })
    const { truth } = lower
    const dataset = { ...simulatedWorld({ rewards }), truth: truth! }
    const judged = await train(rewards, { diagnostics: true }, { dataset })
    expectSame(judged.tensors, plain.tensors)
    expect(judged.epochs[1].losses.rewardError).toBeGreaterThan(8)
  })

  it('goes on in older runs as they began: the start passes', () => {
    expect(parseConfig(darlr, recordedOptions(darlr, {})).config.selectorStart).toBe('passes')
    expect(parseConfig(darlr, {}).config.selectorStart).toBe('kept')
  })

  it('refuses what makes no sense', async () => {
    const issue = (overrides: Overrides) => darlr.config.safeParse({ ...SMALL, ...overrides }).error?.issues[0]?.message
    expect(issue({ reward: 'static', uncertainty: 'static' })).toContain('the selector has no effect; train roler')
    expect(issue({ selectorHeads: 3 })).toContain('selectorWidth 8 cannot be divided among 3 selectorHeads')
    expect(issue({ reward: 'static' })).toBeUndefined()
    await expect(train(drawnRewards(4, 12))).rejects.toThrow('references 4 are more than the 3 other users there are')
  })
})
