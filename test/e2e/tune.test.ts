import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, start, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()
const SMALL = ['--set', 'width=8', '--set', 'inner=8', '--set', 'layers=1', '--set', 'heads=1']
const SEARCH = ['--search', 'learningRate=0.001..0.05:log', '--search', 'dropout=0,0.2']

interface Tuned {
  readonly trials: readonly {
    number: number
    run: string
    value: number
    options: Record<string, unknown>
    stopped: boolean
  }[]
  readonly best: { number: number; value: number; options: Record<string, unknown> }
  readonly defaults: { number: number }
}

function tune(out: string, ...words: string[]) {
  return ['tune', 'sasrec', 'shop', '--out', out, ...SMALL, ...SEARCH, ...words]
}

/** Seconds are never twice the same. */
function untimed(tuned: object): unknown {
  return JSON.parse(JSON.stringify(tuned, (name, value) => (['seconds', 'files'].includes(name) ? undefined : value)))
}

beforeAll(async () => {
  writeText(folder, 'shop.csv', shopCsv())
  const columns = ['--user', 'user', '--item', 'item', '--domain', 'domain', '--timestamp', 'timestamp']
  await tributaryJson(['import', 'csv', 'shop.csv', '--out', 'shop', ...columns], folder)
})

test('a search tries the defaults first, finds the same wherever it is done, and goes on where it was killed', async () => {
  const words = ['--trials', '4', '--set', 'epochs=2']
  const here = await tributaryJson<Tuned>(tune('./here/', ...words, '--table', 'trials.md'), folder)
  expect(readFileSync(join(folder, 'trials.md'), 'utf8')).toMatch(
    /\| 0 \| .*\| the defaults \|[\s\S]*\| learningRate \|/,
  )
  expect(here.trials.map(({ number }) => number)).toEqual([0, 1, 2, 3])
  expect(here.trials.map(({ run }) => run)).toEqual([0, 1, 2, 3].map((trial) => `trial-00${trial}/seed0`))
  expect(here.trials[0].options).toEqual({})
  expect(Object.keys(here.trials[1].options)).toEqual(['learningRate', 'dropout'])
  expect(here.best.value).toBe(Math.max(...here.trials.map(({ value }) => value)))
  expect(JSON.parse(readFileSync(join(folder, 'here/tuning.json'), 'utf8'))).toEqual(untimedFiles(here))

  const killed = start(tune('there', ...words, '--on', 'local:2'), { cwd: folder })
  while (!existsSync(join(folder, 'there/trial-002/seed0/manifest.json')))
    await new Promise((resolve) => setTimeout(resolve, 10))
  killed.process.kill('SIGTERM')
  await killed.ended
  const there = await tributaryJson<Tuned>(tune('there', ...words, '--on', 'local:2'), folder)
  expect(untimed(there)).toEqual(untimed(here))

  // What was found can be trained as it is.
  const trained = ['train', '--config', 'here/best.json', 'sasrec', 'shop', '--out', 'best', '--json']
  const { code, stderr } = await tributary(trained, { cwd: folder })
  expect(code, stderr).toBe(0)
  const { config } = JSON.parse(readFileSync(join(folder, 'best/manifest.json'), 'utf8')) as {
    config: Record<string, { value: unknown }>
  }
  for (const [option, value] of Object.entries(here.best.options)) expect(config[option].value).toEqual(value)
})

test('successive halving trains few to the end, and the defaults with them', async () => {
  const tuned = await tributaryJson<Tuned>(
    tune('halved', '--trials', '6', '--sampler', 'halving', '--set', 'epochs=3'),
    folder,
  )
  const ended = tuned.trials.filter(({ stopped }) => !stopped)
  expect(ended.length).toBeLessThanOrEqual(3)
  expect(ended.map(({ number }) => number)).toContain(0)
  expect(ended.map(({ number }) => number)).toContain(tuned.best.number)
})

test('a trial that a disk keeps from being trained ends the search, wherever it is done, and counts for nothing', async () => {
  writeText(folder, 'blocked/trial-001', 'mine')
  for (const where of [[], ['--on', 'local']])
    expectRefusal(await tributary(tune('blocked', '--trials', '2', '--set', 'epochs=1', ...where), { cwd: folder }), [
      'blocked/trial-001',
    ])
})

test('what cannot be searched is refused before anything is trained', async () => {
  const refused = async (words: string[], parts: string[]) =>
    expectRefusal(await tributary(words, { cwd: folder }), parts)
  await refused(tune('no', '--search', 'learningRat=0..1'), ["'learningRat'", 'learningRate'])
  await refused(tune('no', '--search', 'dropout=0.5..0.1'), ['dropout', 'smaller number'])
  await refused(tune('no', '--search', 'width=8,16'), ['width', '--set or --search'])
  await refused(tune('no', '--objective', 'boks'), ["'boks'", 'books'])
  await refused(['tune', 'popularity', 'shop', '--out', 'no'], ['popularity', '--search'])
  expect(existsSync(join(folder, 'no'))).toBe(false)
})

function untimedFiles(tuned: object): unknown {
  return JSON.parse(JSON.stringify(tuned, (name, value) => (name === 'files' ? undefined : value)))
}
