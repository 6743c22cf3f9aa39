import { describe, expect, it } from 'vitest'
import { simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import { trainInMemory } from '../../contract/train-in-memory.ts'
import { Part, type TrainEvent } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { worldModel } from '../../models/rewards/world-model.ts'
import { grad, runWith } from '../../tensor/index.ts'
import { createRewardNetwork } from './network.ts'
import { rewardLoss } from './train.ts'

const USERS = 40
const ITEMS = 16

/**
 * Planted: reward(u, i) = 3 + quality(i) + taste(u) · kind(i), of which the log has two thirds of the pairs, at random. Users of the
 * second half answer with noise of deviation `noise`.
 */
function plantedWorld({ noise = 0 } = {}) {
  const rng = createRng(11).split('planted')
  const reward = (u: number, i: number) =>
    3 + ((i % 4) - 1.5) / 2 + (u % 2 === 0 ? 0.75 : -0.75) * (i < ITEMS / 2 ? 1 : -1)
  const rewards = Array.from({ length: USERS }, (_, u) => Array.from({ length: ITEMS }, (_, i) => reward(u, i)))
  const log = rewards.flatMap((row, u) =>
    row.flatMap((value, i) => {
      const own = rng.split(u, i)
      const shown = own.float() < 2 / 3
      return shown ? [[u, i, value + (u >= USERS / 2 ? noise * own.normal() : 0)] as const] : []
    }),
  )
  // In the order of users and items the log keeps, so that ids are rows and columns + 1.
  const everyone = simulatedWorld({ rewards, log })
  const part = new Uint8Array(everyone.log.length).fill(Part.train)
  return { dataset: everyone, split: { name: 'all', part }, reward }
}

const small = { hidden: [16], ensemble: 2, learningRate: 0.01, batchSize: 32, negatives: 0, epochs: 40 }

async function believed(world: ReturnType<typeof plantedWorld>, set: Readonly<Record<string, unknown>>) {
  const { model, events } = await trainInMemory(worldModel, { ...small, ...set }, world)
  const told = await model.can!.worldModel!()
  await model.dispose()
  return { ...told, events }
}

/** Names say which row and column of the plan they are of. */
const numberOf = (name: string) => Number(name.slice(1))

describe('a world model', () => {
  it('finds planted rewards, also of pairs that it never saw', async () => {
    const world = plantedWorld()
    const { rewards } = await believed(world, {})
    const { users, items } = world.dataset
    let squared = 0
    for (const [r, user] of rewards.users.entries())
      for (const [c, item] of rewards.items.entries())
        squared += (rewards.at(r, c) - world.reward(numberOf(users.name(user)), numberOf(items.name(item)))) ** 2
    // A constant errs by .93, users and items added up by .75.
    expect(Math.sqrt(squared / (USERS * ITEMS))).toBeLessThan(0.25)
  })

  it('is pulled towards 0 by negatives', async () => {
    const mean = async (negatives: number) => {
      const { rewards } = await believed(plantedWorld(), { negatives, epochs: 10 })
      const rows = Array.from({ length: USERS }, (_, r) => rewards.row(r).reduce((a, b) => a + b, 0) / ITEMS)
      return rows.reduce((a, b) => a + b, 0) / USERS
    }
    const [without, withNegatives] = [await mean(0), await mean(2)]
    expect(without).toBeGreaterThan(2.8)
    expect(withNegatives).toBeLessThan(without - 0.5)
  })

  it('is less sure of users who answer with noise', async () => {
    const { variance } = await believed(plantedWorld({ noise: 1 }), { epochs: 30 })
    const mean = (from: number, to: number) => {
      let sum = 0
      for (let r = from; r < to; r++) sum += variance.row(r).reduce((a, b) => a + b, 0)
      return sum / (to - from) / ITEMS
    }
    const [quiet, noisy] = [mean(0, USERS / 2), mean(USERS / 2, USERS)]
    expect(noisy).toBeGreaterThan(2 * quiet)
  })

  it('with held-out rows keeps the epoch that tells them best, and stops', async () => {
    const world = plantedWorld({ noise: 1 })
    const { events } = await believed(world, { holdOut: 0.25, epochs: 100, patience: 5 })
    const epochs = events.filter((event): event is Extract<TrainEvent, { type: 'epoch' }> => event.type === 'epoch')
    const errors = epochs.map(({ validation }) => validation!['heldOut/rmse'])
    const done = events.at(-1) as Extract<TrainEvent, { type: 'done' }>
    expect(done.epochs).toBeLessThan(100)
    expect(done.bestEpoch).toBe(1 + errors.indexOf(Math.min(...errors)))
    expect(done.epochs - done.bestEpoch).toBe(5)
    for (const { validation } of epochs)
      expect(validation!['heldOut/mae']).toBeLessThanOrEqual(validation!['heldOut/rmse'])
  })

  it('without them keeps the last epoch, and says nothing that it did not measure', async () => {
    const { events } = await believed(plantedWorld(), { epochs: 2 })
    expect(events.at(-1)).toMatchObject({ type: 'done', epochs: 2, bestEpoch: 2 })
    for (const event of events) if (event.type === 'epoch') expect(event.validation).toEqual({})
  })

  it('refuses values that a sigmoid cannot reach', async () => {
    await expect(believed(plantedWorld(), { output: 'sigmoid' })).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('output=sigmoid predicts values from 0 to 1'),
    })
  })

  it('stops at a loss that is no number, and says where', async () => {
    const world = plantedWorld()
    const value = world.dataset.log.value!.slice()
    value[7] = Number.NaN
    const broken = { ...world, dataset: { ...world.dataset, log: { ...world.dataset.log, value } } }
    await expect(believed(broken, {})).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringMatching(/^loss became NaN in epoch 1, step \d+/),
    })
  })

  it('of rows weighted by the inverse propensity says so', async () => {
    const { inversePropensity } = await believed(plantedWorld(), { weighting: 'inverse-propensity', epochs: 1 })
    expect(inversePropensity).toBe(true)
  })

  it('covers the action space, in its order', async () => {
    const world = plantedWorld()
    const { rewards, variance, itemVectors, userVectors } = await believed(world, { epochs: 1 })
    for (const matrix of [rewards, variance]) {
      expect([...matrix.users]).toEqual([...world.dataset.truth!.users].sort((a, b) => a - b))
      expect([...matrix.items]).toEqual([...world.dataset.truth!.items].sort((a, b) => a - b))
    }
    expect(itemVectors.data).toHaveLength(ITEMS * itemVectors.width)
    expect(userVectors.data).toHaveLength(USERS * userVectors.width)
  })
})

describe('the gradient of the loss', () => {
  it('is that of finite differences, for the weights of every layer and head', async () => {
    const { dataset } = plantedWorld()
    const config = {
      width: 3,
      deviation: 0.001,
      hidden: [4, 3] as number[],
      ensemble: 1,
      output: 'sigmoid',
      start: 'glorot',
      loss: 'likelihood',
      l2Of: 'layers',
      l2: 0.1,
      l2Vectors: 0.05,
    } as const
    const network = createRewardNetwork(dataset, config, { seed: 1, executor: 'reference' })
    const { parameters, tensors } = network.members[0]
    const rng = createRng(3)
    for (const [name, { data }] of Object.entries(tensors)) {
      const own = rng.split(name)
      for (let i = 0; i < data.length; i++) data[i] = own.normal() / 2
    }
    const names = [...parameters.symbols.keys()]
    const loss = rewardLoss(network.graph, config)
    const gradients = grad(loss, [...parameters.symbols.values()])
    const program = await network.programs.compile({
      loss,
      ...Object.fromEntries(names.map((name, i) => [name, gradients[i]])),
    })
    const N = 6
    const feeds = {
      ...network.feeds(
        Int32Array.from({ length: N }, (_, i) => i),
        Int32Array.from({ length: N }, (_, i) => 1 + i),
      ),
      reward: { shape: [N], data: Float32Array.from({ length: N }, () => rng.float()) },
      weight: { shape: [N], data: Float32Array.from({ length: N }, () => rng.float()) },
    }
    const lossNow = async () => (await runWith(program, { ...feeds, ...tensors })).loss.data[0]
    const out = await runWith(program, { ...feeds, ...tensors })
    for (const name of names) {
      const { data } = tensors[name]
      const i = Math.floor(data.length / 2)
      const kept = data[i]
      const step = 0.01
      data[i] = kept + step
      const above = await lossNow()
      data[i] = kept - step
      const below = await lossNow()
      data[i] = kept
      const numeric = (above - below) / (2 * step)
      const exact = out[name].data[i]
      expect(Math.abs(numeric - exact), `${name}: ${numeric} and ${exact}`).toBeLessThan(0.01 * (1 + Math.abs(exact)))
    }
    await network.dispose()
  })
})

describe('the recipe of the released code', () => {
  const vectorsOf = async (set: Readonly<Record<string, unknown>>) => {
    const world = plantedWorld()
    // Nothing of the first item's rows is learned from.
    const part = world.dataset.log.item.map((item) => (item === 1 ? Part.unused : Part.train))
    const given = { dataset: world.dataset, split: { name: 'some', part: Uint8Array.from(part) } }
    const { model } = await trainInMemory(worldModel, { ...small, epochs: 2, ...set }, given)
    const rowOf = (name: string) => (model.weights().get(name)!.data as Float32Array).slice(8, 16)
    const found = {
      item: rowOf('member0/vectors/item'),
      bias: model.weights().get('member0/layer0/bias')!.data.slice(),
    }
    await model.dispose()
    return found
  }

  it('draws every weight towards 0 with l2Of=all, also of items that no batch reads', async () => {
    const length = (x: ArrayLike<number>) => Math.hypot(...Array.from(x))
    const start = await vectorsOf({ learningRate: 1e-12 })
    expect((await vectorsOf({})).item).toEqual(start.item)
    const all = await vectorsOf({ l2Of: 'all', adam: 'dense', l2: 100, deviation: 0.5 })
    const before = await vectorsOf({ l2Of: 'all', adam: 'dense', l2: 100, deviation: 0.5, learningRate: 1e-12 })
    expect(length(all.item)).toBeLessThan(0.9 * length(before.item))
    const layers = await vectorsOf({ l2: 100 })
    expect(length(all.bias)).toBeLessThan(length(layers.bias))
  })

  it('pulls the same pairs to 0 in every epoch with negativesDrawn=once, so that it can learn them by heart', async () => {
    const lossAtEnd = async (negativesDrawn: string) => {
      const set = { negatives: 1, negativesDrawn, loss: 'squared', ensemble: 1, deviation: 0.1, l2: 0, epochs: 60 }
      const { model, events } = await trainInMemory(worldModel, { ...small, ...set }, plantedWorld())
      await model.dispose()
      const epochs = events.filter((event) => event.type === 'epoch')
      return epochs.at(-1)!.losses.loss
    }
    expect(await lossAtEnd('once')).toBeLessThan(0.9 * (await lossAtEnd('each')))
  })

  it('begins layers near 0 with start=normal, and lowers the squared error alone with loss=squared', async () => {
    const { dataset } = plantedWorld()
    const sizes = { width: 3, deviation: 0.001, hidden: [4], ensemble: 1, output: 'identity', l2Of: 'layers' } as const
    const network = createRewardNetwork(dataset, { ...sizes, hidden: [4], start: 'normal' }, { seed: 1 })
    const { tensors } = network.members[0]
    expect(Math.max(...tensors['layer0/weight'].data.map(Math.abs))).toBeLessThan(0.01)
    expect(Math.max(...tensors['mean/weight'].data.map(Math.abs))).toBeGreaterThan(0.01)
    const loss = rewardLoss(network.graph, { loss: 'squared', l2: 0, l2Vectors: 0 })
    const program = await network.programs.compile({ loss, mean: network.graph.mean })
    const out = await runWith(program, {
      ...network.feeds(Int32Array.of(0, 1), Int32Array.of(1, 2)),
      ...tensors,
      reward: { shape: [2], data: Float32Array.of(3, 1) },
      weight: { shape: [2], data: Float32Array.of(1, 0.5) },
    })
    const [first, second] = out.mean.data
    expect(out.loss.data[0]).toBeCloseTo((first - 3) ** 2 + 0.5 * (second - 1) ** 2, 4)
    await network.dispose()
  })
})
