import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawnRewards, simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import type { Policy, Query } from '../../core/index.ts'
import { createRng, denseRewards } from '../../math/index.ts'
import { parseLeaveRule } from './leave-rule.ts'
import { type RollOutOptions, rollOut } from './rollout.ts'
import { believedEnvironment, createEnvironment, createSimulator, MODES } from './simulator.ts'

const world = simulatedWorld({
  rewards: drawnRewards(7, 40),
  categories: Array.from({ length: 40 }, (_, i) => `kind ${i % 5}`),
})
const environment = createEnvironment(world, { maxLength: 12, leave: [parseLeaveRule('categories:2:0')] })

/** Its scores depend on the user, the whole history and what it paid. */
const attentive: Policy = {
  acting: 'sampled',
  remembers: 'episode',
  avoidsLeaving: false,
  async score(queries, { start, end }) {
    return Float32Array.from({ length: queries.length * (end - start) }, (_, k) => {
      const { user, history, values } = queries[Math.floor(k / (end - start))]
      const paid = Math.round(values!.reduce((a, b) => a + b, 0) * 1000)
      return (
        2 *
        createRng(user!)
          .split(...history, paid, start + (k % (end - start)))
          .float()
      )
    })
  },
}

const options = (more: Partial<RollOutOptions> = {}): RollOutOptions => ({
  mode: 'noRepeat',
  episodes: 30,
  seed: 3,
  ...more,
})

describe.each(MODES)('mode %s', (mode) => {
  test('any number of episodes at a time gives the same ones, and more of them begin the same', async () => {
    const all = await rollOut(attentive, environment, options({ mode, parallel: 30 }))
    expect(await rollOut(attentive, environment, options({ mode, parallel: 1 }))).toEqual(all)
    expect(await rollOut(attentive, environment, options({ mode, parallel: 7 }))).toEqual(all)
    const few = await rollOut(attentive, environment, options({ mode, episodes: 5 }))
    expect(few.items).toEqual(all.items.slice(0, 5 * all.maxLength))
    expect((await rollOut(attentive, environment, options({ mode, seed: 4 }))).items).not.toEqual(all.items)
  })

  test('what is recorded is what the truth pays, no longer than allowed, without repeats where there must be none', async () => {
    const { users, lengths, items, rewards, maxLength } = await rollOut(attentive, environment, options({ mode }))
    expect(maxLength).toBe(mode === 'noRepeat10' ? 10 : 12)
    for (const [e, length] of lengths.entries()) {
      const taken = items.subarray(e * maxLength, e * maxLength + length)
      expect(length).toBeGreaterThan(0)
      if (mode === 'noRepeat10') expect(length).toBe(10)
      if (mode !== 'free') expect(new Set(taken).size).toBe(length)
      for (let t = 0; t < maxLength; t++) {
        const k = e * maxLength + t
        if (t >= length) expect([items[k], rewards[k]]).toEqual([0, 0])
        else expect(rewards[k]).toBe(world.truth!.at(users[e], items[k] - 1))
      }
    }
  })
})

test('users leave by the rule in free and noRepeat, at no other turn', async () => {
  const { lengths, items, maxLength } = await rollOut(attentive, environment, options({ episodes: 200 }))
  const kind = (item: number) => (item - 1) % 5
  let early = 0
  for (const [e, length] of lengths.entries()) {
    const kinds = Array.from(items.subarray(e * maxLength, e * maxLength + length), kind)
    const ends = kinds.findIndex((k, t) => kinds.slice(Math.max(0, t - 2), t).includes(k))
    expect(length).toBe(ends === -1 ? maxLength : ends + 1)
    if (ends !== -1) early++
  }
  expect(early).toBeGreaterThan(20)
})

test('users are drawn uniformly, or come in turn', async () => {
  const short = createEnvironment(world, { maxLength: 1 })
  const drawn = await rollOut(attentive, short, options({ episodes: 1400 }))
  for (let user = 0; user < 7; user++) {
    const count = drawn.users.filter((one) => one === user).length
    expect(Math.abs(count - 200)).toBeLessThan(60) // 4.6 standard deviations
  }
  const inTurn = await rollOut(attentive, environment, options({ episodes: 9, users: 'in-turn' }))
  expect([...inTurn.users]).toEqual([0, 1, 2, 3, 4, 5, 6, 0, 1])
})

test('a policy is told the episode so far, or the training rows of the user before it', async () => {
  const parts = world.log.item.map((_, row) => [0, 1, 2, 3][row % 4])
  const dataset = { ...world, log: { ...world.log, part: Uint8Array.from(parts) } }
  const told = createEnvironment(dataset, { maxLength: 3 })
  for (const remembers of ['episode', 'log'] as const) {
    const asked: Query[] = []
    const policy: Policy = {
      acting: 'greedy',
      remembers,
      avoidsLeaving: false,
      async score(queries, { start, end }) {
        for (const { history, values, ...query } of queries)
          asked.push({ ...query, history: history.slice(), values: values!.slice() })
        return Float32Array.from({ length: queries.length * (end - start) }, (_, k) => -(k % (end - start)))
      },
    }
    const { users, items, rewards } = await rollOut(policy, told, options({ episodes: 1 }))
    const user = users[0]
    const rows = Array.from({ length: 40 }, (_, i) => world.log.userStart[user] + i).filter((row) => parts[row] < 2)
    const before = remembers === 'log' ? rows : []
    expect(asked).toHaveLength(3)
    for (const [t, query] of asked.entries()) {
      expect(query).toMatchObject({ user, domain: 0 })
      expect([...query.history]).toEqual([...before.map((row) => world.log.item[row]), ...items.slice(0, t)])
      expect([...query.values!]).toEqual([...before.map((row) => world.log.value![row]), ...rewards.slice(0, t)])
    }
    expect([...items]).toEqual([1, 2, 3])
  }
})

test('a policy that avoids leaving ends an episode only where every item would', async () => {
  const constant: Policy = {
    ...attentive,
    acting: 'greedy',
    score: async (queries, { start, end }) => new Float32Array(queries.length * (end - start)),
  }
  const lengths = async (avoidsLeaving: boolean, leave: string) => {
    const strict = createEnvironment(world, { maxLength: 12, leave: [parseLeaveRule(leave)] })
    return (await rollOut({ ...constant, avoidsLeaving }, strict, options())).lengths
  }
  expect(Math.min(...(await lengths(true, 'categories:4:0')))).toBe(12) // five kinds, four are remembered
  expect(Math.min(...(await lengths(false, 'categories:4:0')))).toBeLessThan(6)
  expect(new Set(await lengths(true, 'categories:5:0'))).toEqual(new Set([6]))
})

test('a believed environment pays what is believed, whatever the truth says', () => {
  const { users, items } = world.truth!
  const believed = denseRewards({
    users,
    items,
    values: Array.from({ length: users.length * items.length }, (_, cell) => cell),
  })
  const simulator = createSimulator(believedEnvironment(world, believed), { mode: 'free', slots: 2, seed: 1 })
  simulator.start(0, 0)
  simulator.start(1, 1)
  simulator.step(Int32Array.of(3, 4))
  expect(simulator.rewards[0]).toBe(items.length * simulator.rows[0] + 3)
  expect(simulator.rewards[simulator.maxLength]).toBe(items.length * simulator.rows[1] + 4)
})

test('mark and leave agree', () => {
  const rules = [parseLeaveRule('categories:3:1'), parseLeaveRule('distance:3:5')]
  const strict = createEnvironment(world, { maxLength: 6, leave: rules })
  fc.assert(
    fc.property(fc.array(fc.nat(39), { minLength: 1, maxLength: 5 }), (columns) => {
      const simulator = createSimulator(strict, { mode: 'free', slots: 1, seed: 1 })
      simulator.start(0, 0)
      for (const column of columns) {
        const marks = new Uint8Array(40)
        simulator.markLeaving(0, marks)
        simulator.step(Int32Array.of(column))
        if (marks[column] !== 1 - simulator.active[0]) return false
        if (simulator.active[0] === 0) return true
      }
      return true
    }),
  )
})

describe('refuses', () => {
  const code = (value: string, part: string) =>
    expect.objectContaining({ code: value, message: expect.stringContaining(part) })
  const scores = (fill: number, missing = 0): Policy => ({
    ...attentive,
    score: async (queries, { start, end }) => new Float32Array(queries.length * (end - start) - missing).fill(fill),
  })

  test('a dataset without truth, and a truth of others', () => {
    const { truth, ...without } = world
    expect(() => createEnvironment(without)).toThrow(code('bad-dataset', 'truth'))
    expect(() => createEnvironment({ ...world, truth: { ...truth!, users: Int32Array.of(0, 7) } })).toThrow(
      code('bad-dataset', 'such as 7; their ids are 0 to 6'),
    )
    expect(() => createEnvironment({ ...world, truth: { ...truth!, items: Int32Array.of(41) } })).toThrow(
      code('bad-dataset', 'such as 41; their ids are 1 to 40'),
    )
  })

  test('a truth over two domains', () => {
    const two = { ...world, domains: ['shop', 'bar'], domainStart: Int32Array.of(1, 21, 41) }
    expect(() => createEnvironment(two)).toThrow(code('bad-dataset', "'shop' and of 'bar'"))
  })

  test('lengths and numbers that are none, and too few items not to repeat', async () => {
    expect(() => createEnvironment(world, { maxLength: 0 })).toThrow(code('bad-argument', 'at most 0 turns'))
    await expect(rollOut(attentive, environment, options({ episodes: 0 }))).rejects.toThrow(
      code('bad-argument', '0 episodes'),
    )
    await expect(rollOut(attentive, environment, options({ parallel: 0 }))).rejects.toThrow(
      code('bad-argument', 'at a time'),
    )
    const long = createEnvironment(world, { maxLength: 41 })
    await expect(rollOut(attentive, long, options())).rejects.toThrow(
      code('bad-argument', "the simulator of 'simulated' has 40"),
    )
    const small = createEnvironment(simulatedWorld({ rewards: drawnRewards(2, 9) }), { maxLength: 3 })
    await expect(rollOut(attentive, small, options({ mode: 'noRepeat10' }))).rejects.toThrow(
      code('bad-argument', 'leave out the mode'),
    )
  })

  test('scores that are not numbers or not enough', async () => {
    await expect(rollOut(scores(Number.NaN), environment, options())).rejects.toThrow(code('not-finite', 'NaN'))
    await expect(rollOut(scores(0, 1), environment, options())).rejects.toThrow(code('bad-shape', '1200 are right'))
  })

  test('a reward that is no number', async () => {
    const broken = createEnvironment({ ...world, truth: { ...world.truth!, at: () => Number.NaN } })
    await expect(rollOut(attentive, broken, options())).rejects.toThrow(code('not-finite', 'NaN'))
  })

  test('actions that are no columns or forbidden', () => {
    const simulator = createSimulator(createEnvironment(world), { mode: 'noRepeat', slots: 1, seed: 1 })
    simulator.start(0, 0)
    simulator.step(Int32Array.of(3))
    expect(() => simulator.step(Int32Array.of(3))).toThrow(code('bad-argument', 'item 4 was recommended twice'))
    expect(() => simulator.step(Int32Array.of(40))).toThrow(code('bad-argument', 'column 40'))
  })

  test('to go on when stopped', async () => {
    await expect(rollOut(attentive, environment, options({ signal: AbortSignal.abort() }))).rejects.toThrow(
      code('interrupted', '0 of 30'),
    )
  })
})
