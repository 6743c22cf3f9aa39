import { expect, test } from 'vitest'
import { shownInTurn } from '../../test/worlds/shown-items.ts'
import { smallA2c } from '../contract/index.ts'
import { policyWorld, worldModelRun } from '../contract/policy-world.ts'
import { trainInMemory } from '../contract/train-in-memory.ts'
import type { Model, Policy } from '../core/index.ts'
import { createEnvironment, episodeMetrics, rollOut } from '../rl/index.ts'
import { gail, imitationReward } from './gail.ts'

test('what a turn pays, by hand: D = σ(ℓ) = .75', () => {
  const logit = Math.log(3)
  expect(imitationReward('survive', logit)).toBeCloseTo(-Math.log(0.25))
  expect(imitationReward('penalize', logit)).toBeCloseTo(Math.log(0.75))
  expect(imitationReward('logit', logit)).toBeCloseTo(logit)
  expect(imitationReward('survive', 800)).toBe(800)
  expect(imitationReward('penalize', -800)).toBe(-800)
  for (const far of [-800, 800]) expect(imitationReward('survive', far)).toBeGreaterThanOrEqual(0)
})

test('acts as demonstrations do that take the items which pay', async () => {
  const world = policyWorld()
  const { dataset } = world
  const good = ['i00', 'i01', 'i02'].map((name) => dataset.items.id(name)!)
  // Nobody said what they paid: the believed world does.
  const shown = shownInTurn(good, { users: 24, length: 8, reward: Number.NaN })
  const { model, events } = await trainInMemory(
    gail,
    { ...smallA2c, demonstrations: 'shown', discriminatorRate: 0.01 },
    world,
    { openRun: worldModelRun(world.believed), openDemonstrations: async () => shown },
  )
  const environment = createEnvironment(dataset, { maxLength: 8 })
  const played = await rollOut(model as Model & Policy, environment, {
    mode: 'free',
    episodes: 120,
    users: 'in-turn',
    seed: 1,
  })
  const { rTra } = episodeMetrics(played, environment)
  await model.dispose()
  // 19 at random, 40 by the three items alone.
  expect(rTra).toBeGreaterThan(33)
  const losses = events.flatMap((event) => (event.type === 'epoch' ? [event.losses.discriminator] : []))
  expect(losses.every((loss) => loss > 0)).toBe(true)
})
