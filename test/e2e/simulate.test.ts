import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildDataset, writeDataset } from '../../src/data/index.ts'
import type { Simulation } from '../../src/simulate.ts'
import { drawnRewards, simulatedWorld } from '../simulated-worlds.ts'
import { expectRefusal, tributary, tributaryJson } from './tributary.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-simulate-'))
  const world = simulatedWorld({
    rewards: drawnRewards(20, 40),
    categories: Array.from({ length: 40 }, (_, i) => `kind ${i % 6}`),
  })
  await writeDataset(world, join(folder, 'world'))
  await writeDataset(
    buildDataset('log', { user: ['a', 'b'], item: ['x', 'y'], domain: ['d', 'd'] }),
    join(folder, 'log'),
  )
})
afterAll(() => rm(folder, { recursive: true }))

test('a control on a dataset: the JSON, and a table a mode with every control', async () => {
  const args = ['simulate', 'best-list', 'world', '--episodes', '20', '--leave', 'categories:2:0', '--seed', '7']
  const simulation = await tributaryJson<Simulation>(args, folder)
  expect(simulation).toMatchObject({
    policy: 'best-list',
    episodes: 20,
    dataset: { name: 'simulated' },
    protocol: { seed: 7, leave: ['categories:2:0'], maxLength: 30 },
  })
  for (const mode of ['free', 'noRepeat', 'noRepeat10'] as const)
    expect(Object.keys(simulation.mode[mode]!)).toEqual(
      expect.arrayContaining(['rTra', 'rEach', 'length', 'coverage', 'mcd']),
    )
  expect(simulation.mode.noRepeat10!.length).toBe(10)
  const { stdout, code } = await tributary(args, { cwd: folder })
  expect(code).toBe(0)
  for (const name of ['random', 'popularity', 'best-list', 'hindsight-list', 'oracle'])
    expect(stdout.match(new RegExp(`^${name} `, 'gm'))).toHaveLength(3)
  expect(stdout).toContain(simulation.mode.noRepeat!.rTra.toFixed(2))
  expect(stdout).toContain('Users leave by categories:2:0.')
  expect((await tributary(args, { cwd: folder })).stdout).toBe(stdout)
})

test('a trained run acts, greedily or by its probabilities', async () => {
  const train = ['train', 'popularity', 'world', '--out', 'run', '--split-by', 'leave-two-out']
  expect((await tributary(train, { cwd: folder })).code).toBe(0)
  const args = ['simulate', 'run', '--episodes', '10', '--mode', 'noRepeat']
  const greedy = await tributaryJson<Simulation>(args, folder)
  expect(Object.keys(greedy.mode)).toEqual(['noRepeat'])
  expect(greedy.protocol.acting).toBe('greedy')
  expect(greedy.againstBestList!.noRepeat).toHaveProperty('low')
  const sampled = await tributaryJson<Simulation>([...args, '--acting', 'sampled'], folder)
  expect(sampled.protocol.acting).toBe('sampled')
  expect(sampled.mode.noRepeat!.rTra).not.toBe(greedy.mode.noRepeat!.rTra)
  const { stdout } = await tributary(args, { cwd: folder })
  expect(stdout).toMatch(/^run against best-list: [+−]\d/m)
})

test.each<[string[], (string | RegExp)[]]>([
  [
    ['best-lits', 'world'],
    ["'best-lits'", 'neither a run nor a control', 'best-list'],
  ],
  [['oracle'], ['needs a dataset']],
  [
    ['oracle', 'log'],
    ["'log'", 'each pair of user and item pays'],
  ],
  [
    ['oracle', 'world', '--leave', 'boredom'],
    ["'boredom'", 'categories:WINDOW:MOST'],
  ],
  [
    ['oracle', 'world', '--leave', 'low-reward:9'],
    ['low-reward:9', 'first turn'],
  ],
  [
    ['oracle', 'world', '--mode', 'forced'],
    ['forced', 'noRepeat10'],
  ],
  [
    ['oracle', 'world', '--acting', 'sampled'],
    ['--acting', 'for runs'],
  ],
  [
    ['oracle', 'world', '--max-length', '41'],
    ['41 turns', 'has 40'],
  ],
])('refuses simulate %j', async (args, parts) => {
  expectRefusal(await tributary(['simulate', ...args], { cwd: folder }), parts)
})
