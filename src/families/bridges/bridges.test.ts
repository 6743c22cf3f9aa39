import { beforeAll, describe, expect, it } from 'vitest'
import { coldUsersWorld, trainInMemory, type World } from '../../contract/index.ts'
import { domainItems, type Model, Part, type Query, type TrainEvent } from '../../core/index.ts'
import { buildDataset, evaluationCases, splitDataset } from '../../data/index.ts'
import { ratings } from '../../evaluation/measures/index.ts'
import { emcdr } from '../../models/bridges/emcdr.ts'
import { meanBridge } from '../../models/bridges/mean-bridge.ts'
import { mf } from '../../models/bridges/mf.ts'

const small = { width: 2, factorRidge: [2], userRidge: [4], itemRidge: [4] }
const short = { ...small, epochs: 2, patience: 0 }

/** `sources` domains beside the target; of a user everything is alike in all of them. Only in the first does `lonely` leave one user. */
function world(sources: number, { constant = false, lonely = false } = {}): World {
  const columns = { user: [] as string[], item: [] as string[], domain: [] as string[], value: [] as number[] }
  for (let user = 0; user < 30; user++)
    for (const d of Array(sources + 1).keys())
      for (let i = user % 2; i < 8; i += 2) {
        if (lonely && d === 1 && user !== 4) continue
        columns.user.push(`user${user}`)
        columns.item.push(`item${d}-${i}`)
        columns.domain.push(d === 0 ? 'target' : `source${String(d).padStart(2, '0')}`)
        columns.value.push(constant && d === 0 ? 4 : 1 + ((user * 7 + i * d) % 5))
      }
  const dataset = buildDataset('many', columns)
  return { dataset, split: splitDataset(dataset, 'cold-users:0.2:target') }
}

const bytes = (model: Model) =>
  new Map(
    [...model.weights()].map(([name, { data }]) => [name, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]),
  )

describe('vectors of domains', () => {
  const on = coldUsersWorld({ users: 40 })

  it('are the same bits whichever model of a seed trains them, or takes them from a run', async () => {
    const { model: factorized } = await trainInMemory(mf, small, on)
    const opened: string[] = []
    const openRun = async (folder: string) => {
      opened.push(folder)
      return { ...factorized, dispose: async () => {} }
    }
    const taken = await trainInMemory(meanBridge, { ...short, factors: 'runs/mf' }, on, { openRun })
    const trained = await trainInMemory(meanBridge, short, on)
    const other = await trainInMemory(emcdr, short, on)
    expect(opened).toEqual(['runs/mf'])
    for (const [name, own] of bytes(factorized))
      for (const { model } of [taken, trained, other]) expect(bytes(model).get(name)?.equals(own), name).toBe(true)
    expect(bytes(taken.model)).toEqual(bytes(trained.model))
    for (const { model } of [taken, trained, other]) await model.dispose()
  })

  it('do not know what others rated elsewhere, nor rows that do not train', async () => {
    const { model } = await trainInMemory(mf, small, on)
    const value = on.dataset.log.value!.map((v, row) => (on.split.part[row] === Part.train ? v : 6 - v))
    const changed = { ...on, dataset: { ...on.dataset, log: { ...on.dataset.log, value } } }
    expect(bytes((await trainInMemory(mf, small, changed)).model)).toEqual(bytes(model))
    const { end } = domainItems(on.dataset, 0)
    const elsewhere = on.dataset.log.value!.map((v, row) => (on.dataset.log.item[row] < end ? v : 6 - v))
    const { model: other } = await trainInMemory(mf, small, {
      ...on,
      dataset: { ...on.dataset, log: { ...on.dataset.log, value: elsewhere } },
    })
    for (const part of ['users', 'items'] as const) {
      expect(bytes(other).get(`factors/books/${part}`)).toEqual(bytes(model).get(`factors/books/${part}`))
      expect(bytes(other).get(`factors/films/${part}`)).not.toEqual(bytes(model).get(`factors/films/${part}`))
    }
  })

  it('of another width are refused by name', async () => {
    const { model } = await trainInMemory(mf, { ...small, width: 3 }, on)
    const openRun = async () => model
    const taking = trainInMemory(meanBridge, { ...short, factors: 'runs/mf' }, on, { openRun })
    await expect(taking).rejects.toMatchObject({ code: 'mismatch', message: expect.stringContaining('runs/mf') })
  })
})

describe('who is answered how', () => {
  const on = coldUsersWorld({ users: 40 })
  const { dataset, split } = on
  let model: Model
  beforeAll(async () => {
    model = (await trainInMemory(meanBridge, { ...small, epochs: 10, patience: 0 }, on)).model
    return () => model.dispose()
  })
  const { queries } = evaluationCases(dataset, split, Part.test)
  const [query] = queries
  const here = domainItems(dataset, query.domain)
  const rate = (asked: Query) => model.score([asked], here)
  const nobody: Query = { history: new Int32Array(0), domain: query.domain }

  it('a stranger whose history and values are those of a user is answered like that user', async () => {
    const { user: _, ...stranger } = query
    const [own, strange] = [await rate(query), await rate(stranger)]
    expect(own).not.toEqual(await rate(nobody))
    // Solved once more with the items as they ended, so not to the bit.
    for (const [i, rating] of own.entries()) expect(strange[i]).toBeCloseTo(rating, 0)
  })

  it('a history without values is of things liked', async () => {
    const liked = (left: boolean) =>
      Int32Array.from(
        Array.from({ length: dataset.items.size - 1 }, (_, i) => i + 1).filter(
          (item) =>
            (item < here.start || item >= here.end) && dataset.items.name(item).includes(left ? 'left' : 'right'),
        ),
      )
    const [left, right] = [
      await rate({ ...nobody, history: liked(true) }),
      await rate({ ...nobody, history: liked(false) }),
    ]
    const meanOf = (found: Float32Array, kind: string) => {
      const own = [...found].filter((_, i) => dataset.items.name(here.start + i).includes(kind))
      return own.reduce((a, b) => a + b, 0) / own.length
    }
    expect(meanOf(left, 'left') - meanOf(left, 'right')).toBeGreaterThan(
      meanOf(right, 'left') - meanOf(right, 'right') + 1,
    )
  })

  it('who is known nowhere gets what items add to the mean, by mf and by bridges alike', async () => {
    const { model: alone } = await trainInMemory(mf, small, on)
    expect(await rate(nobody)).toEqual(await alone.score([nobody], here))
    const unknown = { ...query, history: new Int32Array(0) }
    expect(await alone.score([unknown], here)).toEqual(await alone.score([nobody], here))
  })

  it('with training rows in the target by the own vector there, or by the bridge', async () => {
    const { model: alone } = await trainInMemory(mf, small, on)
    const row = split.part.findIndex(
      (part, r) => part === Part.train && dataset.log.item[r] >= here.start && dataset.log.item[r] < here.end,
    )
    const warm = { user: dataset.log.user[row], history: new Int32Array(0), domain: query.domain }
    expect(await rate(warm)).toEqual(await alone.score([warm], here))
    const { model: bridging } = await trainInMemory(meanBridge, { ...short, warm: 'bridge' }, on)
    expect(await bridging.score([warm], here)).not.toEqual(await alone.score([warm], here))
    await bridging.dispose()
  })
})

it('a training says how much of it is done: nothing while vectors are fitted, then by the rows of its targets', async () => {
  const on = { ...world(2) }
  const split = splitDataset(on.dataset, 'cold-users:0.2')
  const { events, model } = await trainInMemory(meanBridge, short, { ...on, split })
  const steps = events.filter((event): event is TrainEvent & { type: 'step' } => event.type === 'step')
  const shares = steps.map(({ share }) => share!)
  expect(shares.filter((share) => share === 0).length).toBeGreaterThan(0)
  expect(shares).toEqual([...shares].sort((a, b) => a - b))
  expect(new Set(shares.slice(shares.lastIndexOf(0))).size).toBe(shares.length - shares.lastIndexOf(0))
  expect(shares.at(-1)).toBeCloseTo(1, 12)
  await model.dispose()
})

describe('sources', () => {
  it.each([1, 16])('may be %i', async (count) => {
    const on = world(count)
    const { model } = await trainInMemory(meanBridge, short, on)
    const { overall } = await ratings.evaluate(model, on.dataset, evaluationCases(on.dataset, on.split, Part.test))
    expect(overall.rmse).toBeLessThan(5)
    expect([...model.weights().keys()].filter((name) => name.endsWith('meta/output/weight'))).toHaveLength(count)
    await model.dispose()
  })

  it('may know a single user', async () => {
    const on = world(2, { lonely: true })
    const { model, events } = await trainInMemory(meanBridge, short, on)
    const epochs = events.filter((event): event is TrainEvent & { type: 'epoch' } => event.type === 'epoch')
    expect(epochs.every(({ losses }) => Number.isFinite(losses.loss))).toBe(true)
    expect(model.weights().get('factors/source01/users')?.shape[0]).toBe(1)
    await model.dispose()
  })

  it('may be named, and must be known and others than the target', async () => {
    const on = world(3)
    const { model } = await trainInMemory(meanBridge, { ...short, sources: 'source03+source01' }, on)
    const bridges = [...model.weights().keys()].filter((name) => name.endsWith('meta/output/weight'))
    expect(bridges).toEqual(['target/source01/meta/output/weight', 'target/source03/meta/output/weight'])
    await model.dispose()
    const naming = (sources: string) => trainInMemory(meanBridge, { ...short, sources }, on)
    await expect(naming('source9')).rejects.toMatchObject({ code: 'unknown-name' })
    await expect(naming('target')).rejects.toMatchObject({ code: 'bad-argument' })
  })
})

it('refuses a target in which all ratings are alike, in one sentence', async () => {
  const training = trainInMemory(meanBridge, short, world(2, { constant: true }))
  await expect(training).rejects.toMatchObject({
    code: 'bad-dataset',
    message: "every training rating of 'target' is 4, so nothing tells its items or users apart; choose another target",
  })
})
