import { expect, expectTypeOf, test } from 'vitest'
import { simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import { createRng } from '../../math/index.ts'
import type { RewardShaper } from '../../rl/shaping/reward-shaper.ts'
import { believedEnvironment, type createEnvironment } from '../../rl/simulator/simulator.ts'
import { createPolicyNetwork, windowsOf } from '../acting/policy-network.ts'
import { createActorCritic } from './actor-critic.ts'
import { type Collection, type CollectOptions, collect, takenMask } from './collect.ts'

const rewards = Array.from({ length: 6 }, (_, u) => Array.from({ length: 8 }, (_, i) => 1 + ((u + i) % 5)))
const scale = (reward: number) => (reward - 1) / 4
const options: CollectOptions = { slots: 4, seed: 3, repeats: true, collection: 1, scale }

function world(leave: Parameters<typeof believedEnvironment>[2] = {}, masked = false) {
  const dataset = simulatedWorld({ rewards })
  const environment = believedEnvironment(dataset, dataset.truth!, { maxLength: 6, ...leave })
  const config = {
    tracker: 'average',
    window: 3,
    layers: 1,
    heads: 1,
    filters: 1,
    readOut: 'newest' as const,
    width: 4,
    hidden: [8] as number[],
  } as const
  const network = createPolicyNetwork({ ...config, user: 'vector' }, dataset, createRng(1))
  const actor = createActorCritic(network, {
    items: environment.rewards.items,
    head: 'linear',
    masked,
    dropout: 0,
    threads: 1,
  })
  return { dataset, environment, network, actor }
}

/** Believes the opposite of the truth, and pays ten times what it shows. */
const shaper = ({ rewards: truth }: ReturnType<typeof believedEnvironment>): RewardShaper => ({
  pay({ simulator, slots, columns }) {
    const observed = Float32Array.from(slots, (slot, i) => 6 - truth.at(simulator.rows[slot], columns[i]))
    return { observed, rewards: observed.map((reward) => 10 * reward) }
  },
})

/** Places of each episode's turns, in order. */
function episodesOf({ next }: Collection): number[][] {
  const followers = new Set(next)
  const firsts = [...next.keys()].filter((place) => !followers.has(place))
  return firsts.map((first) => {
    const places = []
    for (let at = first; at !== -1; at = next[at]) places.push(at)
    return places
  })
}

test('whole episodes, each turn seen as a query after the same turns would be', async () => {
  const { environment, network, actor } = world()
  const collected = await collect(actor, environment, shaper(environment), options)
  const episodes = episodesOf(collected)
  expect(episodes).toHaveLength(collected.episodes)
  expect(episodes.map(({ length }) => length)).toEqual([6, 6, 6, 6])
  const { rewards: truth } = environment
  for (const places of episodes) {
    const user = collected.windows.users[places[0]] - 1
    const row = truth.users.indexOf(user)
    const items = places.map((place) => truth.items[collected.actions[place]])
    const values = places.map((place) => 6 - truth.at(row, collected.actions[place]))
    for (const [t, place] of places.entries()) {
      expect(collected.rewards[place]).toBe(10 * values[t])
      const query = {
        user,
        history: Int32Array.from(items.slice(0, t)),
        values: Float32Array.from(values.slice(0, t)),
        domain: 0,
      }
      const asked = windowsOf([query], network, scale)
      expect(collected.windows.items.subarray(3 * place, 3 * place + 3)).toEqual(asked.items)
      expect(collected.windows.rewards.subarray(3 * place, 3 * place + 3)).toEqual(asked.rewards)
      expect(collected.windows.users[place]).toBe(asked.users[0])
    }
  }
  // What was known before acting is what the critic valued.
  const { values, probabilities } = await actor.act(collected.windows, createRng(1))
  for (let i = 0; i < values.length; i++) expect(collected.values[i]).toBeCloseTo(values[i], 5)
  expect(collected.entropy).toBeCloseTo(surprise(collected.actions, probabilities), 5)
  await actor.dispose()
})

test('without repeats no episode takes an item twice, and the masks to learn by are those that it acted by', async () => {
  const { environment, actor } = world({}, true)
  const collected = await collect(actor, environment, shaper(environment), { ...options, repeats: false })
  for (const places of episodesOf(collected)) {
    const columns = places.map((place) => collected.actions[place])
    expect(new Set(columns).size).toBe(6)
    for (const [t, place] of places.entries()) {
      const mask = takenMask(collected, Int32Array.of(collected.previous[place]), 8)
      const forbidden = [...mask.keys()].filter((column) => mask[column] !== 0)
      expect(forbidden).toEqual(columns.slice(0, t).sort((a, b) => a - b))
    }
  }
  // The policy of a masked turn has nothing on what was taken.
  const masks = takenMask(collected, collected.previous, 8)
  const { probabilities } = await actor.act(collected.windows, createRng(1), masks)
  for (let cell = 0; cell < masks.length; cell++) if (masks[cell] !== 0) expect(probabilities[cell]).toBe(0)
  expect(collected.entropy).toBeCloseTo(surprise(collected.actions, probabilities), 5)
  await actor.dispose()
})

/** Mean of −log π(a) over turns among 8 items. */
const surprise = (actions: Int32Array, probabilities: Float32Array) =>
  actions.reduce((sum, action, turn) => sum - Math.log(probabilities[8 * turn + action]), 0) / actions.length

// Held by the compiler: it runs, and says nothing, in any case.
test('what pays by the truth is no world to learn in', () => {
  expectTypeOf<ReturnType<typeof createEnvironment>>().not.toExtend<Parameters<typeof collect>[1]>()
})

test('where users leave early others come until there are enough turns, and all are played to their end', async () => {
  const { environment, actor } = world({ leave: [{ kind: 'low-reward', least: 3 }] })
  const collected = await collect(actor, environment, shaper(environment), options)
  const episodes = episodesOf(collected)
  expect(episodes.length).toBeGreaterThan(4)
  expect(collected.rewards.length).toBeGreaterThanOrEqual(24)
  expect(collected.rewards.length).toBeLessThan(48)
  for (const places of episodes) {
    const last = collected.rewards[places.at(-1)!]
    expect(last < 30 || places.length === 6).toBe(true)
    for (const place of places.slice(0, -1)) expect(collected.rewards[place]).toBeGreaterThanOrEqual(30)
  }
  await actor.dispose()
})

test('a collection depends on its number and seed alone', async () => {
  const { environment, actor } = world()
  const once = (changes: Partial<CollectOptions>) =>
    collect(actor, environment, shaper(environment), { ...options, ...changes })
  const first = await once({})
  const other = await once({ collection: 2 })
  const again = await once({})
  expect(again).toEqual(first)
  expect(other.actions).not.toEqual(first.actions)
  expect((await once({ seed: 4 })).actions).not.toEqual(first.actions)
  await actor.dispose()
})

test('a shaper that gives no number, or too few, is named', async () => {
  const { environment, actor } = world()
  const paying = (rewards: number[], observed: number[]) => {
    const pay = { rewards: Float32Array.from(rewards), observed: Float32Array.from(observed) }
    return collect(actor, environment, { pay: () => pay }, options)
  }
  await expect(paying([1, 1, Number.NaN, 1], [1, 1, 1, 1])).rejects.toThrow(
    expect.objectContaining({
      code: 'not-finite',
      message: expect.stringMatching(/item \d+ pays user \d+ NaN \(rewards\)/),
    }),
  )
  await expect(paying([1, 1, 1, 1], [1, 1, 1])).rejects.toThrow(
    expect.objectContaining({ code: 'bad-shape', message: expect.stringContaining('3 observed for 4 turns') }),
  )
  await actor.dispose()
})
