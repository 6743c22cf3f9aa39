import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildDataset, writeDataset } from '../../src/data/index.ts'
import type { EpisodeRecord } from '../../src/simulation/episode-records.ts'
import type { Simulation } from '../../src/simulation/simulate.ts'
import { commandsIn, tributaryArguments } from '../docs/commands.ts'
import { readPage } from '../docs/pages.ts'
import { drawnRewards, simulatedWorld } from '../worlds/simulated-worlds.ts'
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

test('the way of the docs from a table of rewards to a simulation, line by line', async () => {
  const page = readPage('docs/simulation.md')
  const commands = commandsIn(page.blocks.find(({ text }) => text.includes('--truth demo/truth.csv'))!)
  expect(commands.map(({ words }) => words[0])).toEqual(['node', ...Array(4).fill('tributary')])
  const script = fileURLToPath(new URL(`../../${commands[0].words[1]}`, import.meta.url))
  await promisify(execFile)(process.execPath, [script, ...commands[0].words.slice(2)], { cwd: folder })
  const shown = page.blocks.find(({ text }) => text.startsWith('user,item,reward'))!.text
  expect(readFileSync(join(folder, 'demo/truth.csv'), 'utf8').startsWith(shown)).toBe(true)
  let last = ''
  for (const { words } of commands.slice(1)) {
    const { code, stdout, stderr } = await tributary(tributaryArguments(words)!, { cwd: folder })
    expect(code, stderr).toBe(0)
    last = stdout
  }
  const [, run, best, oracle] = /It prints (\S+) for the run, (\S+) for `best-list` and (\S+) for the oracle/.exec(
    readFileSync(new URL('../../docs/simulation.md', import.meta.url), 'utf8'),
  )!
  for (const [name, earned] of Object.entries({ 'runs/demo': run, 'best-list': best, oracle }))
    expect(last).toMatch(new RegExp(`^${name} .*${earned.replace('.', '\\.')} `, 'm'))
  expect(Number(run)).toBeGreaterThan(Number(best))
})

test('what a truth of rows says is what the simulator pays, from csv and gzip', async () => {
  writeFileSync(join(folder, 'log.csv'), 'user,item,domain,value\na,x,d,1\nb,y,d,2\n')
  writeFileSync(join(folder, 'pays.csv'), 'item,reward,user,why\ny,2,a,.\nx,0.5,a,.\ny,4,b,.\nx,1,b,.\n')
  writeFileSync(join(folder, 'pays.csv.gz'), gzipSync(readFileSync(join(folder, 'pays.csv'))))
  const hashes: string[] = []
  for (const file of ['pays.csv', 'pays.csv.gz']) {
    const args = ['import', 'csv', 'log.csv', '--truth', file, '--out', 'paid', '--overwrite']
    const report = await tributaryJson<{ hash: string; truth: unknown }>(args, folder)
    expect(report.truth).toEqual({ users: 2, items: 2, notes: [`read from ${file}`] })
    hashes.push(report.hash)
    const { controls } = await tributaryJson<Simulation>(
      [
        'simulate',
        'oracle',
        'paid',
        '--mode',
        'noRepeat',
        '--max-length',
        '2',
        '--users',
        'in-turn',
        '--episodes',
        '2',
      ],
      folder,
    )
    expect(controls.random.mode.noRepeat!.rTra).toBe(3.75)
  }
  expect(hashes[1]).toBe(hashes[0])
  // What it wrote is a truth of its own kind.
  const args = ['import', 'csv', 'log.csv', '--truth', 'paid/truth.parquet', '--out', 'paid-again']
  expect((await tributaryJson<{ hash: string }>(args, folder)).hash).toBe(hashes[0])
})

test.each([
  ['a pair without a reward', 'user,item,reward\na,x,1\na,y,2\nb,x,3\n', ["no reward for user 'b' and item 'y'"]],
  ['a pair that stands twice', 'user,item,reward\na,x,1\na,x,2\n', ["'a'", "'x'", 'twice']],
  ['a reward that is no number', 'user,item,reward\na,x,good\n', ["'a'", "'x'", 'finite number']],
  ['an infinite reward', 'user,item,reward\na,x,inf\n', ["'a'", "'x'", 'finite number']],
  ['a user that the log does not have', 'user,item,reward\nc,x,1\n', ["the user 'c'", 'no interaction']],
  ['an item that the log does not have', 'user,item,reward\na,z,1\n', ["the item 'z'", 'no interaction']],
  ['no such column', 'user,item,score\na,x,1\n', ["'reward'", 'user, item, score']],
  ['a row that cannot be split', 'user,item,reward\na,x,1,2\n', ['line 2']],
  ['a header alone', 'user,item,reward\n', ['no rows']],
  ['an empty file', '', ['truth.csv is empty']],
])('a truth is refused: %s', async (_, text, parts) => {
  writeFileSync(join(folder, 'log.csv'), 'user,item,domain,value\na,x,d,1\nb,y,d,2\n')
  writeFileSync(join(folder, 'truth.csv'), text)
  expectRefusal(
    await tributary(['import', 'csv', 'log.csv', '--truth', 'truth.csv', '--out', 'refused'], { cwd: folder }),
    parts,
  )
  expect(existsSync(join(folder, 'refused'))).toBe(false)
})

test('a truth of another kind of file, none at all, or beside one that the reader brings is refused', async () => {
  writeFileSync(join(folder, 'truth.txt'), 'user,item,reward\n')
  const refused = async (reader: string, truth: string, parts: string[]) =>
    expectRefusal(
      await tributary(['import', reader, 'log.csv', '--truth', truth, '--out', 'refused'], { cwd: folder }),
      parts,
    )
  await refused('csv', 'truth.txt', ['truth.txt', '.csv', '.parquet'])
  await refused('csv', 'absent.csv', ['absent.csv'])
  await refused('coat', 'truth.csv', ["'coat' brings a truth itself"])
  expectRefusal(await tributary(['simulate', 'best-list', 'log'], { cwd: folder }), [
    '--truth FILE',
    'user, item and reward',
  ])
})

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
    expect(stdout.match(new RegExp(`^${name} `, 'gm'))).toHaveLength(5) // two modes have a second table, of endings
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

test('each user once, listed users, and episodes as a file', async () => {
  writeFileSync(join(folder, 'some.txt'), 'u0003\nu0001\n\nu0003\n')
  writeFileSync(join(folder, 'some.json'), '["u0003", "u0001", "u0003"]')
  writeFileSync(join(folder, 'strangers.txt'), 'nobody\n')
  const args = ['simulate', 'random', 'world', '--mode', 'free', '--leave', 'low-reward:1', '--leave', 'distance:4:5%']
  const each = await tributaryJson<Simulation>([...args, '--users', 'each'], folder)
  expect(each).toMatchObject({
    episodes: 20,
    protocol: { sampling: 'in-turn', leave: ['low-reward:1', 'distance:4:5%'] },
  })
  expect(each.protocol.foundLeast!['distance:4:5%']).toBeGreaterThan(0)
  const listed = ['some.txt', 'some.json'].map((file) =>
    tributaryJson<Simulation>([...args, '--users', file, '--episodes-out', `${file}.episodes`], folder),
  )
  const [one, other] = await Promise.all(listed)
  expect(one).toEqual(other)
  expect(one).toMatchObject({ episodes: 3, protocol: { sampling: 'listed' } })
  const episodes = JSON.parse(readFileSync(join(folder, 'some.txt.episodes'), 'utf8')) as EpisodeRecord[]
  expect(episodes.map(({ userid }) => userid)).toEqual(['u0003', 'u0001', 'u0003'])
  const turns = episodes.flatMap(({ steps }) => steps)
  const free = one.mode.free!
  expect(turns.length / 3).toBeCloseTo(free.length)
  expect(turns.reduce((sum, { reward }) => sum + reward, 0) / 3).toBeCloseTo(free.rTra, 4)
  const counts = episodes.map(({ termination_reason }) => termination_reason)
  for (const [ending, count] of Object.entries(free.endings))
    expect(counts.filter((reason) => reason === ending)).toHaveLength(count)
  for (const { steps, termination_reason } of episodes) {
    expect(steps.at(-1)).toMatchObject({ done: true, reason: termination_reason })
    expect(steps.at(-1)!.terminal_failure).toBe(termination_reason === 'low-reward')
    for (const step of steps.slice(0, -1)) expect(step).toMatchObject({ done: false, reason: 'continue' })
  }
  const { stdout } = await tributary([...args, '--users', 'each'], { cwd: folder })
  expect(stdout).toMatch(/free, accepted +return +length +low-reward +distance +max-length/)
  const refused = async (users: string) => tributary(['simulate', 'random', 'world', '--users', users], { cwd: folder })
  expectRefusal(await refused('strangers.txt'), [/names user 'nobody'/])
  expectRefusal(await refused('nowhere.txt'), [/takes drawn, in-turn, each or a file/])
})
