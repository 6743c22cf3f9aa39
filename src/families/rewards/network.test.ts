import { describe, expect, it } from 'vitest'
import { simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import type { Dataset, LabelFeature } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { itemFields, userFields } from './fields.ts'
import { createRewardNetwork } from './network.ts'

const config = {
  ...{ width: 4, deviation: 0.001, hidden: [8] as number[], ensemble: 3 },
  ...({ output: 'identity', start: 'glorot', l2Of: 'layers' } as const),
}

const labels: LabelFeature = {
  name: 'color',
  kind: 'labels',
  labels: ['blue', 'red'],
  // PAD, then red · blue and red · nothing
  start: Int32Array.of(0, 0, 1, 3, 3),
  ids: Int32Array.of(1, 0, 1),
}
const plain = simulatedWorld({ rewards: [new Array(3).fill(1), new Array(3).fill(2)] })
const dataset: Dataset = {
  ...plain,
  userFeatures: [{ name: 'age', kind: 'number', values: Float32Array.of(20, 40) }],
  itemFeatures: [labels, { name: 'price', kind: 'number', values: Float32Array.of(Number.NaN, 1, Number.NaN, 3) }],
}

describe('fields', () => {
  it("of a label feature are the mean of an entity's labels; nothing where it has none", () => {
    const { sparse, numbers, numberCount } = itemFields(dataset)
    expect(sparse.map(({ name, rows, most }) => [name, rows, most])).toEqual([
      ['item', 4, 1],
      ['item/color', 3, 2],
    ])
    expect([...sparse[1].ids]).toEqual([0, 0, 2, 0, 1, 2, 0, 0])
    expect([...sparse[1].shares]).toEqual([0, 0, 1, 0, 0.5, 0.5, 0, 0])
    expect(numberCount).toBe(1)
    expect([...numbers]).toEqual([0, -1, 0, 1])
  })

  it('of a label each share a table; a row that nobody with training rows reads counts nothing in any of them', () => {
    const { sparse } = itemFields(dataset, { labelFields: 'each' })
    expect(sparse.map(({ name, table, rows, most }) => [name, table, rows, most])).toEqual([
      ['item', 'item', 4, 1],
      ['item/color#1', 'item/color', 3, 1],
      ['item/color#2', 'item/color', 3, 1],
    ])
    expect(sparse.slice(1).map(({ ids }) => [...ids])).toEqual([
      [0, 2, 1, 0],
      [0, 0, 2, 0],
    ])
    expect(sparse.slice(1).map(({ shares }) => [...shares])).toEqual([
      [0, 1, 1, 0],
      [0, 0, 1, 0],
    ])
    // The first item alone has training rows: red is known, which the second has in its second field, and blue is not.
    const learned = Uint8Array.of(0, 1, 0, 0)
    const known = itemFields(dataset, { labelFields: 'each', learned }).sparse.slice(1)
    expect(known.map(({ shares }) => [...shares])).toEqual([
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ])
  })

  it('of users may be the users alone', () => {
    const { sparse, numberCount } = userFields(dataset, { features: false })
    expect([sparse.map(({ name }) => name), numberCount]).toEqual([['user'], 0])
  })

  it('of users stand one place behind their id, since a stranger is 0', () => {
    const { sparse, numbers } = userFields(dataset)
    expect([...sparse[0].ids]).toEqual([0, 1, 2])
    expect([...sparse[0].shares]).toEqual([0, 1, 1])
    expect([...numbers]).toEqual([0, -1, 1])
  })

  it('that are the same for all say nothing', () => {
    const same = { ...plain, userFeatures: [{ name: 'age', kind: 'number', values: Float32Array.of(7, 7) } as const] }
    expect([...userFields(same).numbers]).toEqual([0, 0, 0])
  })
})

describe('a reward network', () => {
  it('with a field a label has one table for them, which all of them move', async () => {
    const network = createRewardNetwork(dataset, { ...config, ensemble: 1, labelFields: 'each' }, { seed: 1 })
    const names = [...network.weights().keys()].filter((name) => name.includes('vectors/item'))
    expect(names).toEqual(['member0/vectors/item', 'member0/vectors/item/color'])
    const colors = network.members[0].tables.get('vectors/item/color')!.tensor.data
    colors.set([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
    const { width, data } = network.itemVectors(Int32Array.of(2))
    // Its id, blue, red and the price.
    expect(width).toBe(3 * 4 + 1)
    expect([...data.subarray(4, 12)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const reads = network.graph.lookups.filter(({ table }) => table === 'vectors/item/color').map(({ ids }) => ids)
    expect(reads).toEqual(['ids/item/color#1', 'ids/item/color#2'])
    await network.dispose()
  })

  /** Far from its start, so that what is added up in another order shows. */
  function drawn(seed = 1) {
    const network = createRewardNetwork(dataset, config, { seed })
    const rng = createRng(5)
    for (const [name, { data }] of network.weights()) {
      const own = rng.split(name)
      for (let i = 0; i < data.length; i++) (data as Float32Array)[i] = own.normal()
    }
    return network
  }
  const pairs = (count: number) => ({
    users: Int32Array.from({ length: count }, (_, i) => (i % 3) - 1),
    items: Int32Array.from({ length: count }, (_, i) => 1 + (i % 3)),
  })

  it('predicts the mean of its members and the largest of their variances', async () => {
    const network = drawn()
    const { users, items } = pairs(3)
    const whole = await network.predict(users, items)
    const alone = []
    for (const member of network.members) {
      const one = createRewardNetwork(dataset, { ...config, ensemble: 1 }, { seed: 1 })
      for (const [name, { data }] of Object.entries(one.members[0].tensors)) data.set(member.tensors[name].data)
      alone.push(await one.predict(users, items))
      await one.dispose()
    }
    for (let i = 0; i < 3; i++) {
      const means = alone.map(({ mean }) => mean[i])
      expect(new Set(means).size).toBe(3)
      expect(whole.mean[i]).toBeCloseTo(means.reduce((a, b) => a + b, 0) / 3, 5)
      expect(whole.variance[i]).toBe(Math.max(...alone.map(({ variance }) => variance[i])))
    }
    await network.dispose()
  })

  it('predicts a pair the same in any company', async () => {
    const network = drawn()
    const { users, items } = pairs(4100) // beyond one chunk, by four
    const together = await network.predict(users, items)
    for (const i of [0, 1, 2, 4095, 4096, 4099]) {
      const alone = await network.predict(users.slice(i, i + 1), items.slice(i, i + 1))
      expect([alone.mean[0], alone.variance[0]]).toEqual([together.mean[i], together.variance[i]])
    }
    await network.dispose()
  })

  it('keeps the log variance between −10 and .5, whatever its head says', async () => {
    for (const bias of [-1e6, -30, 0, 30, 1e6]) {
      const network = createRewardNetwork(dataset, config, { seed: 1 })
      for (const { tensors } of network.members) tensors['variance/bias'].data.fill(bias)
      const { variance } = await network.predict(Int32Array.of(0), Int32Array.of(1))
      const logVariance = Math.log(variance[0])
      expect(logVariance).toBeGreaterThan(-10.001)
      expect(logVariance).toBeLessThan(0.501)
      if (Math.abs(bias) > 1) expect(logVariance).toBeCloseTo(bias < 0 ? -10 : 0.5, 3)
      await network.dispose()
    }
  })

  it('starts differently in each member and with each seed, the same with the same', () => {
    const start = (seed: number) => [...createRewardNetwork(dataset, config, { seed }).weights()]
    const layers = start(1).filter(([name]) => name.endsWith('layer0/weight'))
    expect(layers).toHaveLength(3)
    expect(new Set(layers.map(([, { data }]) => data[0])).size).toBe(3)
    expect(start(1)).toEqual(start(1))
    expect(start(1)).not.toEqual(start(2))
  })

  it('gives vectors of the first member: id, labels on average, numbers', () => {
    const network = drawn()
    const { tables } = network.members[0]
    const row = (table: string, i: number) => [...tables.get(`vectors/${table}`)!.range(i, i + 1).data]
    const { width, data } = network.itemVectors(Int32Array.of(3, 2))
    expect(width).toBe(9)
    expect([...data.subarray(0, 9)]).toEqual([...row('item', 3), 0, 0, 0, 0, 1])
    const [blue, red] = [row('item/color', 1), row('item/color', 2)]
    const mean = blue.map((x, i) => Math.fround(Math.fround(0.5 * x) + 0.5 * red[i]))
    expect([...data.subarray(9)]).toEqual([...row('item', 2), ...mean, 0])
    const users = network.userVectors(Int32Array.of(-1, 1))
    expect(users.width).toBe(5)
    expect([...users.data]).toEqual([0, 0, 0, 0, 0, ...row('user', 2), 1])
  })
})
