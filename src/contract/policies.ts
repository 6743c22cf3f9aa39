import { expect, it } from 'vitest'
import {
  allItems,
  domainItems,
  domainOfItem,
  isPolicy,
  type Model,
  type ModelSpec,
  Part,
  type Policy,
} from '../core/index.ts'
import { denseRewards } from '../math/index.ts'
import { CONTROLS } from '../registry.ts'
import { createEnvironment, episodeMetrics, rollOut } from '../rl/index.ts'
import type { PolicyExpectation } from './expectation.ts'
import { policyWorld, worldModelRun } from './policy-world.ts'
import { holdToSharedCases } from './shared.ts'
import { expectSameBits } from './tensors.ts'
import { sampleQueries, trainInMemory } from './train-in-memory.ts'

/** The cases of a policy. */
export function holdPolicy(spec: ModelSpec, expectation: PolicyExpectation): void {
  const { earns, gains, set = {}, inversePropensity = false, seedless, fixed, inert } = expectation
  const world = policyWorld({ inversePropensity })
  const openRun = worldModelRun(world.believed)
  const short = 'epochs' in spec.config.shape ? { ...set, epochs: 2 } : set
  const { train, trained } = holdToSharedCases({ spec, set: short, world, openRun, seedless, fixed, inert })
  const environment = createEnvironment(world.dataset, { maxLength: 8 })
  const earned = async (policy: Policy) => {
    const options = { mode: 'free', episodes: 240, users: 'in-turn', seed: 1 } as const
    return episodeMetrics(await rollOut(policy, environment, options), environment).rTra
  }

  it('is a policy: its models say how they act', () => {
    expect(spec.task).toBe('policy')
    const { model } = trained()
    expect(isPolicy(model)).toBe(true)
    expect((model as Model & Policy).remembers).toBeOneOf(['episode', 'log'])
  })

  it.skipIf(typeof earns === 'string')(
    typeof earns === 'string' ? `earns nothing: ${earns}` : 'learns what pays',
    async () => {
      const control = (name: string) =>
        earned(CONTROLS.find((one) => one.name === name)!.create(environment, { shrinkage: 0 }))
      const [random, best] = [await control('random'), await control('oracle')]
      const share = async (overrides: Readonly<Record<string, unknown>>) => {
        const { model } = await trainInMemory(spec, overrides, world, { openRun })
        const reached = (await earned(model as Model & Policy)) - random
        await model.dispose()
        return reached / (best - random)
      }
      const reached = await share(set)
      expect(reached, 'share of the way from random to the oracle').toBeGreaterThanOrEqual(earns as number)
      if (gains !== undefined)
        expect(reached - (await share({ ...set, epochs: 1 })), 'gain since its first epoch').toBeGreaterThanOrEqual(
          gains,
        )
    },
  )

  it('prefers every item that it may act with to those of other domains', async () => {
    const { dataset } = world
    const catalogue = allItems(dataset)
    const own = domainItems(dataset, environment.domain)
    const queries = [0, 1, 2].map((user) => ({ user, history: new Int32Array(0), domain: environment.domain }))
    const width = catalogue.end - catalogue.start
    const scores = await trained().model.score(queries, catalogue)
    for (let q = 0; q < queries.length; q++) {
      const asked = scores.subarray(q * width, (q + 1) * width)
      const isOwn = (_: number, at: number) => at + catalogue.start >= own.start && at + catalogue.start < own.end
      const foreign = asked.filter((score, at) => !isOwn(score, at))
      expect(foreign.length).toBeGreaterThan(0)
      expect(Math.max(...foreign)).toBeLessThan(Math.min(...asked.filter(isOwn)))
    }
  })

  it.skipIf(spec.name === 'gt')('learns the same whatever the truth pays, which it never looks at', async () => {
    const { users, items, row } = world.dataset.truth!
    const values = Array.from(users, (_, r) => Array.from(row(r), (reward) => 6 - reward)).flat()
    const turned = { ...world.dataset, truth: denseRewards({ users, items, values }) }
    const { model } = await train({}, { ...world, dataset: turned })
    expectSameBits(model.weights(), trained().model.weights())
  })

  it('learns the same whatever rows say that the split does not train on', async () => {
    const { log } = world.dataset
    const { item, value } = { item: log.item.slice(), value: log.value!.slice() }
    for (let row = 0; row < log.length; row++) {
      if (world.split.part[row] === Part.train) continue
      const { start, end } = domainItems(world.dataset, domainOfItem(world.dataset, item[row]))
      item[row] = item[row] + 1 < end ? item[row] + 1 : start
      value[row] = 100 * value[row]
    }
    const altered = { ...world.dataset, log: { ...log, item, value } }
    const { model } = await train({}, { ...world, dataset: altered })
    expectSameBits(model.weights(), trained().model.weights())
    const scores = async (one: Model) => one.score(sampleQueries(world, 4), allItems(world.dataset))
    expect(await scores(model)).toEqual(await scores(trained().model))
  })

  it.skipIf(!('worldModel' in spec.config.shape) || spec.name === 'gt')(
    'refuses to learn without a world model',
    async () => {
      await expect(train({ openRun: () => Promise.reject(new Error('not asked')) }, world)).rejects.toThrow('not asked')
      const alone = trainInMemory(spec, { ...short, worldModel: '' }, world, { openRun })
      await expect(alone).rejects.toMatchObject({
        code: 'bad-config',
        message: expect.stringContaining('set worldModel to its run'),
      })
    },
  )
}
