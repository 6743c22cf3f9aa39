import { expect, test } from 'vitest'
import { DEMO_TRUTH_EARNS } from '../../src/data/index.ts'
import type { Simulation } from '../../src/simulation/simulate.ts'
import { studentQuantile } from '../../src/statistics/index.ts'
import { commandsIn, tributaryArguments } from '../docs/commands.ts'
import { readPage } from '../docs/pages.ts'
import { createFolder, tributary, tributaryJson } from './tributary.ts'

// The world with a truth that `data demo --truth` makes: the way of the docs, and that a policy learns there.

const folder = createFolder()
const commands = commandsIn(
  readPage('docs/simulation.md').blocks.find(({ text }) => text.includes('data demo --truth'))!,
).map(({ words }) => tributaryArguments(words)!)

test('the way of the docs from the demo world to a verdict, line by line', async () => {
  expect(commands.map(([command]) => command)).toEqual([
    ...['data', 'simulate', 'train', 'train', 'simulate', 'simulate', 'ope'],
  ])
  for (const words of commands) {
    const { code, stderr } = await tributary(words, { cwd: folder })
    expect(code, `${words.join(' ')}: ${stderr}`).toBe(0)
  }
})

test('a learned policy earns more than chance, than what is popular and than one list, over seeds', async () => {
  const train = commands.find((words) => words[1] === 'mbpo')!
  const asked = ['--mode', 'noRepeat', '--max-length', '10', '--users', 'in-turn', '--episodes', '480']
  const gains: Record<string, number[]> = { random: [], popularity: [], 'best-list': [] }
  for (const seed of [1, 2, 3, 4]) {
    const out = `runs/seed-${seed}`
    await tributaryJson([...train.map((word) => (word === 'runs/mbpo' ? out : word)), '--seed', `${seed}`], folder)
    const { mode, controls } = await tributaryJson<Simulation>(['simulate', out, ...asked], folder)
    for (const [name, all] of Object.entries(gains)) all.push(mode.noRepeat!.rTra - controls[name].mode.noRepeat!.rTra)
  }
  for (const [name, all] of Object.entries(gains)) {
    const mean = all.reduce((sum, x) => sum + x, 0) / all.length
    const deviation = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (all.length - 1))
    const low = mean - (studentQuantile(0.975, all.length - 1) * deviation) / Math.sqrt(all.length)
    expect(low, `against ${name}: ${all.join(', ')}`).toBeGreaterThan(0)
  }
  expect(DEMO_TRUTH_EARNS.oracle).toBe(45)
})

test('the world of services is made, too, and is there once', async () => {
  const said = await tributaryJson(['data', 'demo', '--out', 'datasets/services'], folder)
  expect(said).toMatchObject({ users: 1500, items: 800, truth: false })
  const again = await tributary(['data', 'demo', '--out', 'datasets/services'], { cwd: folder })
  expect(again.code).toBe(1)
  expect(again.stderr).toMatch(/datasets\/services/)
})
