import { describe, it } from 'vitest'
import { titleOf } from '../../src/contract/hold.ts'
import type { Expectation } from '../../src/contract/index.ts'
import { policyWorld, worldModelRun } from '../../src/contract/policy-world.ts'
import { ratedWorld } from '../../src/contract/rated-worlds.ts'
import { expectSameBits } from '../../src/contract/tensors.ts'
import { type InMemoryOptions, trainInMemory } from '../../src/contract/train-in-memory.ts'
import { twoDomainCopyWorld, type World } from '../../src/contract/worlds.ts'
import type { ModelSpec } from '../../src/core/index.ts'
import { EXPECTATIONS } from './expectations.ts'

/** Options that the other suites make small; here they keep their defaults, at which threads share the work. */
const SIZES = ['width', 'hidden', 'inner', 'layers', 'maxLength', 'heads', 'headWidth', 'projection', 'selectorWidth']

/** Each against one thread, at its own turn: two as often as four. */
const THREADS = [2, 4] as const

const lines = EXPECTATIONS.map(({ spec, expectation }, place) => {
  const threads = THREADS[place % THREADS.length]
  return [titleOf(spec, expectation), threads, spec, expectation] as const
})

/** Where threads share the work; a policy's world brings the run of its world model. */
function worldOf(
  { task }: ModelSpec,
  expectation: Expectation,
): { world: World; openRun?: InMemoryOptions['openRun'] } {
  if ('earns' in expectation) {
    const world = policyWorld({ inversePropensity: expectation.inversePropensity ?? false })
    return { world, openRun: worldModelRun(world.believed) }
  }
  if (task === 'ctr' || task === 'rating') return { world: ratedWorld({ users: 60 }) }
  return { world: twoDomainCopyWorld({ users: 61, items: 150, pairs: 8 }) }
}

describe('several threads train the same weights as one, at the sizes that people use:', () => {
  it.each(lines)('%s, %i threads', async (_, several, spec, expectation) => {
    const { world, openRun } = worldOf(spec, expectation)
    const set = Object.fromEntries(Object.entries(expectation.set ?? {}).filter(([option]) => !SIZES.includes(option)))
    // Odd batches larger than the shares of a thread, and the last of an epoch smaller.
    const options = {
      ...set,
      ...('epochs' in spec.config.shape && { epochs: 1 }),
      ...('batchSize' in spec.config.shape && { batchSize: 57 }),
    }
    const weights = []
    for (const threads of [1, several]) {
      const { model } = await trainInMemory(spec, options, world, {
        threads,
        ...(openRun && { openRun }),
      })
      weights.push(model.weights())
      await model.dispose()
    }
    expectSameBits(weights[1], weights[0])
  })
})
