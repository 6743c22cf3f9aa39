import { describe, expect, test } from 'vitest'
import { DATA_ABSENT } from '../../test/folders/data-folder.ts'
import { coat, coatFolder } from '../../test/worlds/coat-world.ts'
import { drawnRewards, simulatedWorld } from '../../test/worlds/simulated-worlds.ts'
import { allItems, type Policy, type Query, type Scorer } from '../core/index.ts'
import { CONTROLS, findModel } from '../registry.ts'
import { actingModel, actingScorer, createEnvironment, episodeMetrics, rollOut } from '../rl/index.ts'
import { startTraining } from '../runs/in-memory.ts'
import { describeSimulation, simulate } from './simulate.ts'

const world = simulatedWorld({
  rewards: drawnRewards(12, 30),
  categories: Array.from({ length: 30 }, (_, i) => `${i % 3}`),
})

test('a simulation has the policy, the controls in each mode, and the difference to the best list', async () => {
  const simulation = await simulate('oracle', world, { episodes: 24, users: 'in-turn', maxLength: 10 })
  expect(Object.keys(simulation.controls)).toEqual(['random', 'popularity', 'best-list', 'hindsight-list'])
  for (const mode of ['free', 'noRepeat', 'noRepeat10'] as const) {
    const { rTra, rEach, length, coverage, mcd } = simulation.mode[mode]!
    expect(rTra).toBeCloseTo(rEach * length)
    expect(coverage).toBeGreaterThan(0)
    expect(mcd).toBeGreaterThan(0)
    const best = simulation.controls['best-list'].mode[mode]!.rTra
    const { mean, low, high } = simulation.againstBestList![mode]!
    expect(mean).toBeCloseTo(rTra - best)
    expect(low).toBeLessThanOrEqual(mean)
    expect(high).toBeGreaterThanOrEqual(mean)
    const ladder = ['random', 'best-list', 'hindsight-list'].map((name) => simulation.controls[name].mode[mode]!.rTra)
    expect([...ladder, rTra]).toEqual([...ladder, rTra].sort((a, b) => a - b))
  }
  expect(simulation).toMatchObject({
    policy: 'oracle',
    episodes: 24,
    dataset: { name: 'simulated', hash: world.hash },
    protocol: {
      acting: 'greedy',
      leave: [],
      maxLength: 10,
      sampling: 'in-turn',
      seed: 1,
      shrinkage: 5,
      users: 12,
      items: 30,
    },
  })
  expect(describeSimulation(simulation)).toContain('12 users (in turn) × 30 items')
  const again = await simulate('oracle', world, { episodes: 24, users: 'in-turn', maxLength: 10, parallel: 5 })
  expect(again).toEqual(simulation)
})

test('best-list is not held against itself; only the modes asked for are run', async () => {
  const simulation = await simulate('best-list', world, { episodes: 5, modes: ['noRepeat10'] })
  expect(simulation.againstBestList).toBeUndefined()
  expect(Object.keys(simulation.mode)).toEqual(['noRepeat10'])
})

test('a policy acts by itself, and as it is told to', async () => {
  const asked: Query[] = []
  const policy: Policy = {
    acting: 'sampled',
    remembers: 'episode',
    avoidsLeaving: false,
    async score(queries, { start, end }) {
      asked.push(...queries.map((query) => ({ ...query, history: query.history.slice() })))
      return Float32Array.from({ length: queries.length * (end - start) }, (_, i) => i % (end - start))
    },
  }
  const options = { episodes: 12, users: 'in-turn', modes: ['free'], maxLength: 5 } as const
  const own = await simulate({ name: 'mine', policy: actingModel(policy) }, world, options)
  expect(own.protocol).toMatchObject({ acting: 'sampled', remembers: 'episode' })
  expect(new Set(asked.map(({ history }) => history.length))).toEqual(new Set([0, 1, 2, 3, 4]))
  const told = await simulate({ name: 'mine', policy: actingModel(policy, 'greedy') }, world, options)
  expect(told.protocol).toMatchObject({ acting: 'greedy', remembers: 'episode' })
  expect(told.mode).not.toEqual(own.mode)
  expect(describeSimulation(told)).toContain('takes its best item, told of the episode alone')
})

test('a model acts: greedy as it ranks, knowing the log', async () => {
  const split = { name: 'all', part: new Uint8Array(world.log.length) }
  const { model, events } = startTraining({
    spec: findModel('random'),
    config: {},
    dataset: world,
    split,
    seed: 1,
    threads: 1,
  })
  for await (const _ of events);
  const asked: Query[] = []
  const scorer: Scorer = {
    score: (queries, range) => {
      asked.push(...queries.map((query) => ({ ...query, history: query.history.slice() })))
      return model.score(queries, range)
    },
  }
  const subject = { name: 'mine', policy: actingScorer(scorer, 'greedy') }
  const { mode, policy } = await simulate(subject, world, { episodes: 12, users: 'in-turn', modes: ['free'] })
  expect(policy).toBe('mine')
  // The control keeps one order for a user, so that with repeats allowed it recommends one item for ever.
  let expected = 0
  for (let user = 0; user < 12; user++) {
    const history = new Int32Array(0)
    const scores = await model.score([{ user, history, domain: 0 }], allItems(world))
    expected += (30 * world.truth!.at(user, scores.indexOf(Math.max(...scores)))) / 12
  }
  expect(mode.free!.rTra).toBeCloseTo(expected, 3)
  expect(asked[0].history).toHaveLength(30)
  expect(asked.at(-1)!.history).toHaveLength(30 + 29)
})

test('unknown controls and a negative shrinkage are refused', async () => {
  await expect(simulate('orakle', world, { episodes: 1 })).rejects.toThrow("did you mean 'oracle'")
  await expect(simulate('oracle', world, { episodes: 1, shrinkage: -1 })).rejects.toThrow('shrinkage is -1')
})

const folder = coatFolder()

describe.skipIf(folder === undefined)(`on Coat${folder === undefined ? ` (${DATA_ABSENT})` : ''}`, () => {
  // Every user as often, so that only ties and the random policy are left to chance.
  const options = { episodes: 870, users: 'in-turn', modes: ['noRepeat'] } as const

  test('the controls earn what follows from the files by sums over the matrix', async () => {
    const { mode, controls } = await simulate('oracle', coat(folder!), { ...options, shrinkage: 0 })
    const earned = (name: string) => controls[name].mode.noRepeat!.rTra
    expect(Math.abs(earned('random') - 67.01)).toBeLessThan(0.5)
    expect(Math.abs(earned('popularity') - 71.67)).toBeLessThan(0.1) // 3 items tie for 2 places
    expect(Math.abs(earned('best-list') - 78.2)).toBeLessThan(0.1) // 2 items tie for 1 place
    expect(earned('hindsight-list')).toBeCloseTo(84.11, 2)
    expect(mode.noRepeat!.rTra).toBeCloseTo(88.15, 2)
    expect(mode.noRepeat!.length).toBe(30)
  })

  test.each([
    [1, 77.986],
    [2, 78.059],
    [5, 78.352],
    [10, 78.352],
  ])('with a shrinkage of %d the best list earns %d', async (shrinkage, expected) => {
    const environment = createEnvironment(coat(folder!))
    const policy = CONTROLS.find(({ name }) => name === 'best-list')!.create(environment, { shrinkage })
    const trajectories = await rollOut(policy, environment, {
      mode: 'noRepeat',
      episodes: 290,
      users: 'in-turn',
      seed: 1,
    })
    expect(episodeMetrics(trajectories, environment).rTra).toBeCloseTo(expected, 2)
  })
})
