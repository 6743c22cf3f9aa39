import { describe, expect, test } from 'vitest'
import { worldModelRun } from '../../src/contract/policy-world.ts'
import { trainInMemory } from '../../src/contract/train-in-memory.ts'
import type { World } from '../../src/contract/worlds.ts'
import type { Model, Policy, WorldModel } from '../../src/core/index.ts'
import { findModel } from '../../src/registry.ts'
import {
  createEnvironment,
  episodeMetrics,
  type Mode,
  nextItemEntropy,
  parseLeaveRule,
  rollOut,
} from '../../src/rl/index.ts'
import { boringBestKind, luckyRareItems } from './shaped-worlds.ts'

const SEEDS = [1, 2, 3]
const a2c = {
  worldModel: 'world',
  width: 8,
  hidden: [32],
  episodes: 32,
  maxLength: 8,
  batchSize: 64,
  learningRate: 0.01,
}

/** What a policy that was learned with this belief gets in the truth. */
async function acts(
  policy: string,
  set: Readonly<Record<string, unknown>>,
  world: World,
  believed: WorldModel,
  { seed, leave = [] }: { readonly seed: number; readonly leave?: readonly string[] },
) {
  const options = { ...a2c, stepsPerEpoch: 1024, epochs: 20, leave, ...set }
  const { model } = await trainInMemory(findModel(policy), options, world, { seed, openRun: worldModelRun(believed) })
  const environment = createEnvironment(world.dataset, { maxLength: a2c.maxLength, leave: leave.map(parseLeaveRule) })
  const earned = async (mode: Mode) => {
    const trajectories = await rollOut(model as Model & Policy, environment, { mode, episodes: 300, seed })
    const items = trajectories.items.filter((item) => item !== 0)
    return { ...episodeMetrics(trajectories, environment), items }
  }
  const [free, noRepeat] = [await earned('free'), await earned('noRepeat')]
  await model.dispose()
  return { free, noRepeat }
}

describe.each(SEEDS)('rare items that a trained world model overrates (seed %i)', (seed) => {
  const world = luckyRareItems({ seed })
  const shareOfRare = (items: Int32Array) => items.filter((item) => world.rare.includes(item)).length / items.length

  test('those who believe it fall for them, those who pay for its variance do not', async () => {
    const trained = await trainInMemory(
      findModel('world-model'),
      { ensemble: 3, negatives: 0, l2: 0, hidden: [32], learningRate: 0.01, batchSize: 64, epochs: 30 },
      world,
      { seed },
    )
    const believed = await trained.model.can!.worldModel!()
    await trained.model.dispose()
    const act = (policy: string, set = {}) => acts(policy, { gamma: 0.3, ...set }, world, believed, { seed })
    const { free: greedy } = await act('mbpo')
    expect(shareOfRare(greedy.items), 'mbpo recommends rare items').toBeGreaterThan(0.8)
    for (const pessimist of ['mopo', 'dorl']) {
      const { rEach, items } = (await act(pessimist, { lambdaU: 1 })).free
      expect(shareOfRare(items), `${pessimist} leaves rare items alone`).toBeLessThan(0.2)
      expect(rEach, `${pessimist} earns`).toBeGreaterThan(greedy.rEach + 1)
    }
  })
})

describe.each(SEEDS)('a best kind of which users have enough (seed %i)', (seed) => {
  const world = boringBestKind({ seed })
  const set = { gamma: 0.5, lambdaU: 0.05 }
  const act = (lambdaE: number) =>
    acts('dorl', { ...set, lambdaE }, world, world.believed, { seed, leave: ['categories:1:0'] })

  test('who is paid for varied continuations stays on', async () => {
    const [greedy, varied] = [await act(0), await act(5)]
    expect(greedy.free.length, 'without entropy users leave soon').toBeLessThan(2.5)
    expect(varied.free.length, 'with it they stay').toBeGreaterThan(6)
    expect(varied.free.rTra, 'and it earns more').toBeGreaterThan(greedy.free.rTra + 10)
    // Learned with repeats, it knows a few items of each kind, and has none left after these.
    expect(varied.noRepeat.length, 'without repeats').toBeGreaterThan(greedy.noRepeat.length + 1)
  })

  test('for the log goes on in more ways after two kinds than after the best one twice', () => {
    const { at } = nextItemEntropy(world.dataset, [2])
    const item = (index: number) => world.dataset.items.id(`i${String(index).padStart(3, '0')}`)!
    const mean = (others: readonly number[]) => {
      const pairs = [0, 1, 2, 3].flatMap((one) => others.filter((other) => other !== one).map((other) => [one, other]))
      return pairs.reduce((sum, pair) => sum + at(pair.map(item)), 0) / pairs.length
    }
    expect(mean([0, 1, 2, 3])).toBeLessThan(mean([4, 5, 6, 7, 8, 9, 10, 11]) - 0.15)
  })
})
