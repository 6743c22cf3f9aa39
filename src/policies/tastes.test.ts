import { afterAll, beforeAll, expect, test } from 'vitest'
import { tasteWorld } from '../contract/taste-world.ts'
import { trainInMemory } from '../contract/train-in-memory.ts'
import type { Model, Policy, WorldModel } from '../core/index.ts'
import { findModel } from '../registry.ts'
import { believedEnvironment, createEnvironment, episodeRewards, rollOut } from '../rl/index.ts'
import { CONTROLS } from './controls.ts'

// Policies in a world model that tells users apart keep what it knows: nine tenths of the way from the best list to its best items.

const TURNS = 10
const world = tasteWorld()
const environment = createEnvironment(world.dataset, { maxLength: TURNS })
const control = (name: string) => CONTROLS.find((one) => one.name === name)!

async function earned(policy: Policy): Promise<number> {
  const options = { mode: 'noRepeat', episodes: 240, users: 'in-turn', seed: 1 } as const
  const rewards = episodeRewards(await rollOut(policy, environment, options))
  return rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length
}

let believing: Model
let list: number
let known: number
beforeAll(async () => {
  const ridges = { userRidge: [2], itemRidge: [2], factorRidge: [1, 2], featureRidge: [20] }
  const { model } = await trainInMemory(findModel('als'), { ...ridges, factors: 4, folds: 2 }, world)
  believing = { ...model, dispose: async () => {} }
  const { rewards }: WorldModel = await model.can!.worldModel!()
  list = await earned(control('best-list').create(environment, { shrinkage: 5 }))
  const believed = believedEnvironment(world.dataset, rewards, { maxLength: TURNS })
  known = await earned(control('oracle').create(believed, { shrinkage: 5 }))
})
afterAll(() => believing.dispose())

test('the world knows more than a list: half of the way to the oracle and beyond', async () => {
  const oracle = await earned(control('oracle').create(environment, { shrinkage: 5 }))
  expect((known - list) / (oracle - list)).toBeGreaterThan(0.5)
})

const short = { epochs: 2, stepsPerEpoch: 500, episodes: 25, maxLength: TURNS, worldModel: 'in memory' }
const recipe = { sharpness: 20, repeats: false, gamma: 0, tracker: 'average', width: 8, hidden: [16] }
const small = { neighbors: 4, references: 4, projection: 8, selectorWidth: 8 }

test.each([
  ['mbpo', { embeddings: 'scratch' }],
  ['roler', { neighbors: 4 }],
  ['darlr', small],
])('%s keeps what it knows', async (name, own) => {
  const openRun = async () => believing
  const { model } = await trainInMemory(findModel(name), { ...short, ...recipe, ...own }, world, { openRun })
  const reached = await earned(model as Model & Policy)
  await model.dispose()
  expect((reached - list) / (known - list)).toBeGreaterThan(0.9)
})
