import { describe, expect, it } from 'vitest'
import { newInTarget, trainInMemory } from '../../contract/index.ts'
import { mixedSourceWorld } from '../../contract/rated-worlds.ts'
import { testErrors } from '../../contract/train-in-memory.ts'
import { effects } from './effects.ts'
import { globalMean } from './global-mean.ts'
import { userMean } from './user-mean.ts'

const world = newInTarget(mixedSourceWorld({ users: 120, quiet: true }))
const errors = async (spec: typeof effects | typeof userMean | typeof globalMean, set = {}) => {
  const { model, events } = await trainInMemory(spec, set, world)
  return { ...(await testErrors(model, world)), done: events.at(-1) }
}

describe('of users who are new in a domain', () => {
  it('the shrinkage is the one that users who validate like best', async () => {
    const chosen = await errors(effects, { itemShrinkage: [5], userShrinkage: [1e6, 4] })
    expect(chosen.done).toMatchObject({ reason: expect.stringMatching(/^validation chose userShrinkage=4, by rmse/) })
    expect(chosen.rmse).toBe((await errors(effects, { itemShrinkage: [5], userShrinkage: [4] })).rmse)
    expect(chosen.rmse).toBeLessThan((await errors(effects, { itemShrinkage: [5], userShrinkage: [1e6] })).rmse - 0.1)
  })

  it('what they bring along is ahead of a constant, and known in the domain alone they are strangers', async () => {
    const { rmse, deviation } = await errors(globalMean)
    expect(rmse).toBeGreaterThan(0.99 * deviation)
    expect((await errors(userMean)).rmse).toBeLessThan(rmse - 0.1)
    expect((await errors(userMean, { users: 'single' })).rmse).toBe(rmse)
  })
})
