import fc from 'fast-check'
import { expect, test } from 'vitest'
import { simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import { type Dataset, Part } from '../../core/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import { actionSpace } from '../../rl/simulator/action-space.ts'
import type { Windows } from '../acting/policy-network.ts'
import { logTransitions } from './transitions.ts'

const network = { window: 2, begin: 99 }
const scale = (value: number) => value / 10
const options = { gamma: 0.5, steps: 2, maxLength: 3 }
const all = ({ log }: Dataset) => ({ part: new Uint8Array(log.length) })
const windowAt = ({ items, rewards, users }: Windows, i: number) => ({
  items: [...items.subarray(2 * i, 2 * i + 2)],
  rewards: [...rewards.subarray(2 * i, 2 * i + 2)].map((reward) => Math.round(1000 * reward) / 1000),
  user: users[i],
})

/** One user with five rows of items 1 to 5, another with one. */
const dataset = simulatedWorld({
  rewards: [
    [0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0],
  ],
  log: [
    [0, 0, 1],
    [0, 1, 2],
    [0, 2, 3],
    [0, 3, 4],
    [0, 4, 5],
    [1, 0, 6],
  ],
})

test('states, returns and what follows, by hand', () => {
  const found = logTransitions(dataset, all(dataset), actionSpace(dataset), network, scale, options)
  expect(found.size).toBe(6)
  expect([...found.actions]).toEqual([0, 1, 2, 3, 4, 0])
  expect([...found.returns]).toEqual([1 + 0.5 * 2, 2 + 0.5 * 3, 3, 4 + 0.5 * 5, 5, 6])
  expect([...found.discounts]).toEqual([0.25, 0, 0, 0, 0, 0])
  expect(windowAt(found.windows, 0)).toEqual({ items: [0, 99], rewards: [0, 1], user: 1 })
  expect(windowAt(found.windows, 1)).toEqual({ items: [99, 1], rewards: [1, 0.1], user: 1 })
  expect(windowAt(found.windows, 2)).toEqual({ items: [1, 2], rewards: [0.1, 0.2], user: 1 })
  expect(windowAt(found.windows, 3)).toEqual({ items: [0, 99], rewards: [0, 1], user: 1 })
  expect(windowAt(found.windows, 4)).toEqual({ items: [99, 4], rewards: [1, 0.4], user: 1 })
  expect(windowAt(found.windows, 5)).toEqual({ items: [0, 99], rewards: [0, 1], user: 2 })
  expect(windowAt(found.next, 0)).toEqual({ items: [1, 2], rewards: [0.1, 0.2], user: 1 })
})

test('rows of other parts, and of items that are no actions, are not there', () => {
  const part = Uint8Array.of(Part.train, Part.test, Part.train, Part.valid, Part.train, Part.unused)
  const found = logTransitions(dataset, { part }, { items: Int32Array.of(1, 5) }, network, scale, options)
  expect([...found.actions]).toEqual([0, 1])
  expect([...found.returns]).toEqual([1 + 0.5 * 5, 5])
  expect(windowAt(found.windows, 1)).toEqual({ items: [99, 1], rewards: [1, 0.1], user: 1 })
})

test('without values a row pays 1', () => {
  const log = { ...dataset.log, value: undefined }
  const same = (reward: number) => reward
  const found = logTransitions({ log }, all(dataset), actionSpace(dataset), network, same, options)
  expect([...found.returns]).toEqual([1.5, 1.5, 1, 1.5, 1, 1])
  expect(windowAt(found.windows, 2).rewards).toEqual([1, 1])
})

test('the first row of an episode with the rest of it in one return is the discounted sum', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
      (values, steps, maxLength) => {
        const log = values.map((value, i) => [0, i, value] as const)
        const world = simulatedWorld({ rewards: [values.map(() => 0)], log })
        const given = { gamma: 0.9, steps, maxLength }
        const found = logTransitions(world, all(world), actionSpace(world), network, scale, given)
        for (let t = 0; t < values.length; t++) {
          const end = Math.min(values.length, maxLength * (1 + Math.floor(t / maxLength)))
          // Unrolled over the states that returns lead to, every return is that of the whole rest.
          let [sum, weight, at] = [0, 1, t]
          for (; weight > 0; at += steps) {
            sum += weight * found.returns[at]
            weight *= found.discounts[at]
          }
          const whole = values.slice(t, end).reduce((total, value, k) => total + 0.9 ** k * value, 0)
          expect(sum).toBeCloseTo(whole, 4)
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('a drawn order changes who follows whom, not what a user took', () => {
  const items = 30
  const log = [0, 1].flatMap((user) => Array.from({ length: items }, (_, i) => [user, i, i] as const))
  const world = simulatedWorld({ rewards: [0, 1].map(() => Array<number>(items).fill(0)), log })
  const taken = (order?: Rng) => [
    ...logTransitions(world, all(world), actionSpace(world), network, scale, { ...options, order }).actions,
  ]
  const drawn = taken(createRng(1))
  expect(taken(createRng(1))).toEqual(drawn)
  expect(taken(createRng(2))).not.toEqual(drawn)
  const ascending = (actions: number[]) => actions.toSorted((a, b) => a - b)
  for (const user of [0, 1]) {
    const own = drawn.slice(user * items, (user + 1) * items)
    expect(own).not.toEqual(ascending(own))
    expect(ascending(own)).toEqual(ascending(taken().slice(user * items, (user + 1) * items)))
  }
  expect(drawn.slice(0, items)).not.toEqual(drawn.slice(items))
})
