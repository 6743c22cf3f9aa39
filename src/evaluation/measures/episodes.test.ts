import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawnRewards, simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import { buildDataset, writeDataset } from '../../data/index.ts'
import { compare } from '../../experiments/compare.ts'
import { entryOf } from '../../experiments/entry.ts'
import { outcomeOf } from '../../experiments/events.ts'
import { CONTROLS } from '../../registry.ts'
import { createEnvironment } from '../../rl/index.ts'
import { simulate } from '../../simulation/simulate.ts'
import { summarizeSeeds } from '../compare.ts'
import { episodes, measureOf } from './index.ts'

const world = simulatedWorld({
  rewards: drawnRewards(12, 30),
  categories: Array.from({ length: 30 }, (_, i) => `c${i % 4}`),
})
const none = { queries: [], answers: new Int32Array(0), rows: new Int32Array(0) }
const control = (name: string) =>
  CONTROLS.find((one) => one.name === name)!.create(createEnvironment(world), { shrinkage: 5 })

test('episodes pay what simulate says of the same ones', async () => {
  for (const asked of [
    { count: 40 },
    { count: 40, mode: 'noRepeat', leave: ['categories:2:0'], maxLength: 6 },
  ] as const) {
    const { overall, macro, domains, protocol } = await episodes.evaluate(control('oracle'), world, none, {
      episodes: asked,
      seed: 3,
    })
    const { mode } = await simulate('oracle', world, {
      episodes: 40,
      seed: 3,
      modes: ['mode' in asked ? asked.mode : 'free'],
      ...('leave' in asked && { leave: [{ kind: 'categories', window: 2, most: 0 }], maxLength: asked.maxLength }),
    })
    const [figures] = Object.values(mode)
    for (const name of ['rTra', 'rEach', 'length'] as const) expect(overall[name]).toBeCloseTo(figures[name], 10)
    expect(overall.cases).toBe(40)
    expect([domains.get('shop'), macro]).toEqual([overall, overall])
    expect(protocol).toMatchObject({ episodes: 40, users: 12, items: 30, seed: 3 })
    expect(episodes.describe(protocol)).toContain(
      'leave' in asked
        ? 'at most 6 turns; users leave by categories:2:0.'
        : 'at most 30 turns; users never leave early.',
    )
  }
})

test('who earns more is judged as helped, over users', async () => {
  const of = async (name: string) => ({
    name,
    seeds: [1],
    seconds: 0,
    evaluations: [await episodes.evaluate(control(name), world, none, { episodes: { count: 200 } })],
  })
  const comparison = summarizeSeeds([await of('random'), await of('oracle')], { seed: 1, leastUsers: 2 })
  expect(comparison).toMatchObject({ measure: 'episodes', metric: 'rTra', lessIsBetter: [] })
  expect(comparison.users.toJSON()).toEqual({ shop: 12 })
  const { rTra, length } = comparison.differences.get('oracle')!.get('shop')!
  expect(rTra.verdict).toBe('helped')
  expect(rTra.low).toBeGreaterThan(0)
  expect(length).toMatchObject({ mean: 0, verdict: 'no difference' })
  const [name, seeds, seconds] = ['oracle', [1], 0] as const
  const other = await episodes.evaluate(control(name), world, none, { episodes: { count: 200 } })
  const leaving = { ...other, protocol: { ...other.protocol, leave: 'low-reward:1' } }
  const unlike = [
    { name, seeds, seconds, evaluations: [other] },
    { name: 'leaving', seeds, seconds, evaluations: [leaving] },
  ]
  expect(() => summarizeSeeds(unlike, { seed: 1 })).toThrow('leaving was evaluated with leave = low-reward:1')
})

test('a comparison trains models and lets them act, and is refused before that where nobody knows what is paid', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'episodes-'))
  await writeDataset(world, join(folder, 'paying'))
  await writeDataset(buildDataset('plain', { user: ['a'], item: ['x'], domain: ['one'] }), join(folder, 'plain'))
  const asked = (dataset: string) =>
    outcomeOf(
      compare({
        entries: [entryOf('random'), entryOf('item-knn')],
        datasetFolder: join(folder, dataset),
        out: join(folder, 'runs'),
        seeds: [1],
        leastUsers: 2,
        episodes: { count: 50, maxLength: 5 },
      }),
    )
  const { comparison } = await asked('paying')
  expect(comparison).toMatchObject({ measure: 'episodes', protocol: { episodes: 50, mode: 'free', maxLength: 5 } })
  expect(comparison.models.get('item-knn')!.overall.length.mean).toBe(5)
  await expect(asked('plain')).rejects.toThrow("'plain' does not say what each pair of user and item pays")
  expect(() => measureOf({ name: 'lr', task: 'ctr' }, { episodes: { count: 1 } })).toThrow(
    'so it cannot act; leave out --episodes',
  )
  await rm(folder, { recursive: true })
})
