import { expect, it } from 'vitest'
import { buildDataset } from '../../data/index.ts'
import { emptyWindows } from '../../families/acting/index.ts'
import { createRng } from '../../math/index.ts'
import { createPrograms } from '../../tensor/index.ts'
import { actingState } from './acting-state.ts'
import { evaluatedStates } from './features.ts'
import { createNetwork } from './network.ts'

const shop = buildDataset('shop', {
  user: ['ann', 'ann', 'bob', 'eve'],
  item: ['a', 'b', 'c', 'a'],
  domain: ['shop', 'shop', 'shop', 'shop'],
})
const shape = { width: 8, window: 3, layers: 2, heads: 2, past: 2, clamp: 15, dropout: 0 }

it.each(['none', 'vector', 'history'] as const)('is the state of the graph, with user=%s', async (user) => {
  const rng = createRng(4)
  const network = createNetwork({ ...shape, user }, shop, 3, rng)
  // Nothing that begins at zero or one stays there.
  for (const { data } of network.parameters.tensors.values())
    for (let i = 0; i < data.length; i++) data[i] = data[i] + 0.3 * rng.normal()
  const windows = emptyWindows(5, 3)
  windows.items.set([0, 0, 0, 0, 0, 1, 0, 2, 3, 3, 3, 1, 0, 0, 2])
  windows.rewards.set([0, 0, 0, 0, 0, 0.4, 0, 1, 0.2, 1, 0.8, 0.6, 0, 0, 0.1])
  windows.users.set([1, 0, 2, 3, 3])
  const programs = createPrograms({ threads: 1 })
  const expected = await evaluatedStates(network, programs)(windows)
  const stateOf = actingState(network, { ...shape, user })
  for (let at = 0; at < 5; at++) {
    const state = stateOf(windows, at)
    for (let i = 0; i < 8; i++) expect(state[i]).toBeCloseTo(expected[at * 8 + i], 5)
  }
  expect(new Set(Array.from({ length: 5 }, (_, at) => stateOf(windows, at).join())).size).toBe(5)
  await programs.dispose()
})

it('drops units as the graph does: the same mean, and as often', async () => {
  const network = createNetwork({ ...shape, user: 'none' }, shop, 3, createRng(4))
  const windows = emptyWindows(1, 3)
  windows.items.set([1, 2, 3])
  const stateOf = actingState(network, { ...shape, user: 'none', dropout: 0.25 })
  const whole = stateOf(windows, 0).slice()
  expect(stateOf(windows, 0)).toEqual(whole)
  const one = stateOf(windows, 0, createRng(1)).slice()
  expect(one).not.toEqual(whole)
  expect(stateOf(windows, 0, createRng(1))).toEqual(one)
  expect(stateOf(windows, 0, createRng(2))).not.toEqual(one)
})
