import { expect, test } from 'vitest'
import { drawnRewards, simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import type { Model, Policy } from '../core/index.ts'
import { CONTROLS } from '../registry.ts'
import { createEnvironment } from '../rl/index.ts'
import { epochSimulator } from './while-training.ts'

const world = simulatedWorld({
  rewards: drawnRewards(12, 30),
  categories: Array.from({ length: 30 }, (_, i) => `${i % 3}`),
})

test('users leave as they do while it learns, unless other rules are given', async () => {
  const { create } = CONTROLS.find(({ name }) => name === 'random')!
  const policy: Model & Policy = {
    ...create(createEnvironment(world), { shrinkage: 5 }),
    weights: () => new Map(),
    load: () => {},
    dispose: async () => {},
  }
  const lengthOf = async (config: Record<string, unknown>, leave?: readonly string[]) => {
    const simulator = epochSimulator(policy, { name: 'random' }, config, world, {
      every: 1,
      episodes: 50,
      seed: 1,
      leave,
    })
    return [simulator.shown.leave, (await simulator.after(1))!.noRepeat.length] as const
  }
  expect(await lengthOf({ maxLength: 10 })).toEqual([[], 10])
  const [own, short] = await lengthOf({ maxLength: 10, leave: ['categories:1:0'] })
  expect(own).toEqual(['categories:1:0'])
  expect(short).toBeLessThan(6)
  expect(await lengthOf({ maxLength: 10 }, ['categories:1:0'])).toEqual([own, short])
  expect(await lengthOf({ maxLength: 10, leave: ['categories:1:0'] }, [])).toEqual([[], 10])
})
