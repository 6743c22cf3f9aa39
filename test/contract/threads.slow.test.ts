import { describe, it } from 'vitest'
import { findModel } from '../../src/registry.ts'
import { policyWorld, worldModelRun } from '../worlds/policy-world.ts'
import { ratedWorld } from '../worlds/rated-worlds.ts'
import { twoDomainCopyWorld, type World } from '../worlds/worlds.ts'
import { EXPECTATIONS } from './expectations.ts'
import { POLICY_EXPECTATIONS } from './policy-expectations.ts'
import { expectSameBits } from './tensors.ts'
import { type InMemoryOptions, trainInMemory } from './train-in-memory.ts'

/** Options that the other suites make small; here they keep their defaults, at which threads share the work. */
const SIZES = ['width', 'hidden', 'inner', 'layers', 'maxLength', 'heads', 'headWidth', 'projection', 'selectorWidth']

interface Line {
  readonly title: string
  readonly name: string
  readonly set: Readonly<Record<string, unknown>>
  readonly world: () => World
  readonly openRun?: InMemoryOptions['openRun']
}

const models = EXPECTATIONS.map(({ model, variant = '', set = {} }): Line => {
  const predicts = findModel(model).task === 'ctr' || findModel(model).task === 'rating'
  const world = () => (predicts ? ratedWorld({ users: 60 }) : twoDomainCopyWorld({ users: 61, items: 150, pairs: 8 }))
  return { title: `${model} ${variant}`, name: model, set, world }
})
const policies = POLICY_EXPECTATIONS.map(({ policy, variant = '', set = {}, inversePropensity = false }): Line => {
  const world = policyWorld({ inversePropensity })
  return {
    title: `${policy} ${variant}`,
    name: policy,
    set,
    world: () => world,
    openRun: worldModelRun(world.believed),
  }
})

describe('one, two and four threads train the same weights, at the sizes that people use:', () => {
  it.each([...models, ...policies].map((line) => [line.title, line] as const))('%s', async (_, line) => {
    const spec = findModel(line.name)
    const set = Object.fromEntries(Object.entries(line.set).filter(([option]) => !SIZES.includes(option)))
    // Odd batches larger than the shares of a thread, and the last of an epoch smaller.
    const options = {
      ...set,
      ...('epochs' in spec.config.shape && { epochs: 1 }),
      ...('batchSize' in spec.config.shape && { batchSize: 57 }),
    }
    const weights = []
    for (const threads of [1, 2, 4]) {
      const { model } = await trainInMemory(spec, options, line.world(), {
        threads,
        ...(line.openRun && { openRun: line.openRun }),
      })
      weights.push(model.weights())
      await model.dispose()
    }
    for (const others of weights.slice(1)) expectSameBits(others, weights[0])
  })
})
