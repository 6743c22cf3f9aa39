import { describe, expect, test } from 'vitest'
import type { Dataset, WorldModel } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { denseRewards } from '../math/index.ts'
import { believedEnvironment, createSimulator, type Pay, type RewardShaper } from '../rl/index.ts'
import { cirs, cirsRewards } from './cirs.ts'
import { dorl, dorlRewards } from './dorl.ts'
import { ips, ipsRewards } from './ips.ts'
import { mopo, mopoRewards } from './mopo.ts'
import { roler, rolerRewards } from './roler.ts'

// In order of time: a is followed by b three times and by c once; {a, b} by c and by a.
const sequences = ['ab', 'ab', 'abc', 'ac', 'bad', 'ba']
const rows = sequences.flatMap((sequence, u) => [...sequence].map((item, t) => ({ user: `u${u}`, item, t })))
function logOf({ times = true, categories }: { times?: boolean; categories?: Record<string, string> } = {}): Dataset {
  return buildDataset('letters', {
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => item),
    domain: rows.map(() => 'shop'),
    value: rows.map(() => 1),
    ...(times && { timestamp: rows.map(({ t }) => t) }),
    ...(categories && { category: rows.map(({ item }) => categories[item] ?? '') }),
  })
}
const log = logOf()

/** Two users; a, b, c and d are columns 0 … 3, whose vectors are points of a line. */
const expected = [
  [1, 2, 3, 4],
  [4, 3, 2, 1.5],
]
const variances = [
  [0, 1, 2, 0.5],
  [0.25, 0, 0, 4],
]
const items = ['a', 'b', 'c', 'd'].map((name) => log.items.id(name)!)
const believed = (values: readonly (readonly number[])[]) =>
  denseRewards({ users: [0, 1], items, values: values.flat() })
const world: WorldModel = {
  rewards: believed(expected),
  variance: believed(variances),
  itemVectors: { width: 1, data: Float32Array.of(0, 0, 1, 3) },
  userVectors: { width: 1, data: Float32Array.of(0, 1) },
  inversePropensity: false,
}

/** What the shaper pays in each turn of one episode of a user. */
async function episode(shaper: RewardShaper, row: number, columns: readonly number[]): Promise<Pay> {
  const environment = believedEnvironment(log, world.rewards, { maxLength: columns.length })
  const simulator = createSimulator(environment, { mode: 'free', slots: 2, seed: 1, users: 'in-turn' })
  simulator.start(0, 1 - row) // another episode beside it
  simulator.start(1, row)
  const [rewards, observed]: [number[], number[]] = [[], []]
  for (const [t, column] of columns.entries()) {
    const other = (column + 1) % 4
    const turns = { simulator, slots: Int32Array.of(0, 1), columns: Int32Array.of(other, column) }
    const pay = await shaper.pay({ ...turns, states: new Float32Array(0), collection: 1, turn: t + 1 })
    rewards.push(pay.rewards[1])
    observed.push(pay.observed[1])
    simulator.step(Int32Array.of(other, column))
  }
  return { rewards: Float32Array.from(rewards), observed: Float32Array.from(observed) }
}
async function expectRewards(shaper: RewardShaper, row: number, columns: readonly number[], wanted: readonly number[]) {
  const { rewards, observed } = await episode(shaper, row, columns)
  rewards.forEach((reward, t) => {
    expect(reward).toBeCloseTo(wanted[t], 5)
  })
  return observed
}

describe('mopo', () => {
  test('takes λ_U times the variance, and shifts by what could be paid least', async () => {
    const shifted = mopoRewards(mopo.config.parse({ lambdaU: 0.5 }), { world })
    // min R̂ − λ_U max V = 1 − 2
    const observed = await expectRewards(shifted, 0, [0, 2, 2], [1 + 1, 3 - 1 + 1, 3 - 1 + 1])
    expect([...observed]).toEqual([1, 3, 3])
    const plain = mopoRewards(mopo.config.parse({ lambdaU: 0.5, rewardShift: false }), { world })
    await expectRewards(plain, 1, [3, 0], [1.5 - 2, 4 - 0.125])
  })
})

describe('dorl', () => {
  // After a: b 3, c 1, d 1. After b: c 1, a 2. After {a, b}: c 1, d 1, which is even.
  const entropyOfFive = Math.log2(5) - 0.6 * Math.log2(3) // −.6 log2 .6 − .4 log2 .2
  const afterA = entropyOfFive / Math.log2(3)
  const afterB = Math.log2(3) - 2 / 3
  const options = { lambdaU: 0.5, lambdaE: 2 }

  test('adds λ_E times the entropy after the last items, the current one included', async () => {
    const plain = dorlRewards(dorl.config.parse({ ...options, rewardShift: false }), { world, dataset: log })
    await expectRewards(
      plain,
      0,
      [0, 1, 2, 0],
      [
        1 + 2 * (afterA + 1), // no two items yet
        2 - 0.5 + 2 * (afterB + 1), // {a, b}
        3 - 1 + 2 * (1 + 1), // nothing ever followed c
        1 + 2 * (afterA + 1), // {a, c} was never followed
      ],
    )
  })

  test('shifts by the least entropy of each order too', async () => {
    const shifted = dorlRewards(dorl.config.parse(options), { world, dataset: log })
    const lowest = 1 - 0.5 * 4 + 2 * (Math.min(afterA, afterB) + 1)
    await expectRewards(shifted, 1, [0], [4 - 0.125 + 2 * (afterA + 1) - lowest])
  })

  test('is mopo where the log has no times', async () => {
    const timeless = dorlRewards(dorl.config.parse(options), { world, dataset: logOf({ times: false }) })
    const other = mopoRewards(mopo.config.parse({ lambdaU: 0.5 }), { world })
    expect(await episode(timeless, 0, [0, 1, 2])).toEqual(await episode(other, 0, [0, 1, 2]))
  })
})

describe('roler', () => {
  const timeless = logOf({ times: false })

  test('pays and shows the mean over neighbors, and for no uncertainty', async () => {
    const even = rolerRewards(roler.config.parse({ neighbors: 2, weighting: 'even' }), { world, dataset: timeless })
    const observed = await expectRewards(even, 0, [0, 1, 3], [0, 0, 0.25]) // 2.5, 2.5, 2.75 less the least, 2.5
    expect([...observed]).toEqual([2.5, 2.5, 2.75])
    const cosine = (4 + 6 + 6 + 6) / Math.sqrt(30 * (16 + 9 + 4 + 2.25))
    const options = { neighbors: 2, rewardShift: false }
    const similar = rolerRewards(roler.config.parse(options), { world, dataset: timeless })
    await expectRewards(similar, 0, [0], [(1 + 4 * cosine) / (1 + cosine)])
  })

  test('may pay for the static variance, and is paid for entropy as dorl is', async () => {
    const options = { neighbors: 1, uncertainty: 'static', lambdaU: 0.5, lambdaE: 2 }
    const one = rolerRewards(roler.config.parse(options), { world, dataset: log })
    const other = dorlRewards(dorl.config.parse({ lambdaU: 0.5, lambdaE: 2 }), { world, dataset: log })
    expect(await episode(one, 0, [0, 1, 2, 0])).toEqual(await episode(other, 0, [0, 1, 2, 0]))
  })

  test('may take neighbors from the log, which must then have other users', () => {
    const all = denseRewards({
      users: sequences.map((_, u) => u),
      items,
      values: sequences.flatMap(() => [1, 2, 3, 4]),
    })
    const options = roler.config.parse({ neighbors: 2, neighborsFrom: 'observations' })
    expect(() => rolerRewards(options, { world: { ...world, rewards: all }, dataset: log })).toThrow(
      expect.objectContaining({ code: 'bad-dataset' }),
    )
  })

  test('has the tracker and the start of its paper', () => {
    expect(roler.config.parse({})).toMatchObject({ tracker: 'transformer', embeddings: 'scratch', window: 3 })
  })
})

describe('ips', () => {
  test('pays what a model of weighted rows expects, and refuses another', async () => {
    const shaper = ipsRewards(ips.config.parse({}), { world: { ...world, inversePropensity: true } })
    await expectRewards(shaper, 0, [0, 1, 3], [0, 1, 3])
    expect(() => ipsRewards(ips.config.parse({ worldModel: 'runs/world' }), { world })).toThrow(
      expect.objectContaining({
        code: 'bad-config',
        message: expect.stringMatching(/inverse-propensity.*runs\/world/),
      }),
    )
  })
})

describe('cirs', () => {
  // Distances of the line 0, 0, 1, 3: squares 0, 1, 9, 1, 9, 4, of which the mean is 4.
  const options = { gammaExposure: 2, tau: 0.5 }

  test('divides by the exposure to items near by, the more the later they came', async () => {
    const shaper = cirsRewards(cirs.config.parse(options), { world, dataset: log })
    const near = (turns: number, distance: number) => Math.exp((-turns * distance) / 2 / 0.5)
    await expectRewards(
      shaper,
      0,
      [1, 0, 3, 2, 3],
      [
        1,
        0, // the least reward is worth nothing in any case
        3 / (1 + 2 * (near(2, 3) + near(1, 3))),
        2 / (1 + 2 * (near(3, 1) + near(2, 1) + near(1, 2))),
        3 / (1 + 2 * (near(4, 3) + near(3, 3) + 1 + near(1, 2))),
      ],
    )
  })

  test('by categories: 1 for the same ones, nothing for others, itself like the same', async () => {
    const dataset = logOf({ categories: { a: 'x', b: 'x', c: 'y' } })
    const shaper = cirsRewards(cirs.config.parse({ ...options, distance: 'categories' }), { world, dataset })
    const effect = (...turns: number[]) => 2 * turns.reduce((sum, t) => sum + Math.exp(-t / 0.5), 0)
    await expectRewards(shaper, 1, [2, 1, 0, 0, 3], [1, 2, 3 / (1 + effect(1)), 3 / (1 + effect(2, 1)), 0.5])
  })

  test('several categories: the distance is 1 over the share in common', async () => {
    const feature = {
      name: 'category',
      kind: 'labels' as const,
      labels: ['x', 'y', 'z'],
      start: Int32Array.of(0, 0, 2, 4, 5, 5), // PAD; a x y; b y z; c z; d none
      ids: Int32Array.of(0, 1, 1, 2, 2),
    }
    const dataset = { ...log, itemFeatures: [feature] }
    const shaper = cirsRewards(cirs.config.parse({ ...options, distance: 'categories' }), { world, dataset })
    await expectRewards(shaper, 0, [0, 1, 2], [0, 1 / (1 + 2 * Math.exp(-3 / 0.5)), 2 / (1 + 2 * Math.exp(-2 / 0.5))])
  })

  test('refuses items without categories, and vectors that are all the same', () => {
    const byCategory = cirs.config.parse({ distance: 'categories' })
    expect(() => cirsRewards(byCategory, { world, dataset: log })).toThrow(
      expect.objectContaining({ code: 'bad-dataset' }),
    )
    const same = { ...world, itemVectors: { width: 1, data: Float32Array.of(2, 2, 2, 2) } }
    expect(() => cirsRewards(cirs.config.parse({}), { world: same, dataset: log })).toThrow(
      expect.objectContaining({ code: 'bad-config' }),
    )
  })
})
