import { expect, test } from 'vitest'
import { policyWorld, worldModelRun } from '../contract/policy-world.ts'
import { trainInMemory } from '../contract/train-in-memory.ts'
import type { Model, Policy } from '../core/index.ts'
import { createEnvironment, episodeMetrics, parseLeaveRule, rollOut } from '../rl/index.ts'
import { dqn } from './dqn.ts'

test('learns to keep users who leave when a kind of item comes again too soon, though the best item pays most now', async () => {
  const world = policyWorld()
  const leave = ['categories:2:0']
  const { model } = await trainInMemory(
    dqn,
    {
      ...{ worldModel: 'world', width: 8, hidden: [32], gamma: 0.9, learningRate: 0.005, epochs: 12 },
      ...{ episodes: 16, maxLength: 20, stepsPerEpoch: 640, turnsPerUpdate: 4, targetEvery: 20, batchSize: 64 },
      ...{ leave, replay: 5000 },
    },
    world,
    { openRun: worldModelRun(world.believed) },
  )
  const environment = createEnvironment(world.dataset, { leave: leave.map(parseLeaveRule), maxLength: 20 })
  const played = await rollOut(model as Model & Policy, environment, {
    mode: 'free',
    episodes: 96,
    users: 'in-turn',
    seed: 1,
  })
  const { length, rEach } = episodeMetrics(played, environment)
  await model.dispose()
  // At random 3.5 turns at 2.4 each; one item again and again ends at the second turn.
  expect(length).toBeGreaterThan(12)
  expect(rEach).toBeGreaterThan(3)
})
